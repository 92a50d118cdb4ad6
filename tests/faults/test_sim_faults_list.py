"""How a fault is asked for: a closed list, times with units, and nothing that is quietly ignored."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from traction.campaign.matrix import Choice
from traction.clock import VirtualClock
from traction.drivers.base import TableSetup
from traction.drivers.registry import open_driver
from traction.errors import UsageError
from traction.sim.faults import FAULTS, FOR_EVER, HOST, LINK, ON, TABLE, read_faults
from traction.tables import find_table

BOTH = (TABLE, LINK)


def code_of(text: str, sides: tuple[str, ...] = BOTH) -> str:
    with pytest.raises(UsageError) as caught:
        read_faults([text], sides)
    return caught.value.code


@pytest.mark.parametrize(
    ("text", "at_ms", "span_ms", "value"),
    [
        ("cell-a-stuck@12s", 12_000, FOR_EVER, None),
        ("cell-a-stuck@on", ON, FOR_EVER, None),
        ("cell-a-stuck@on+2s", ON, 2000, None),
        ("cells-open@0.5min+500ms", 30_000, 500, None),
        ("cell-b-drifting@0s", 0, FOR_EVER, 2.0),
        ("cell-b-drifting:0.5N/s@1s", 1000, FOR_EVER, 0.5),
        ("motor-runaway:5mm/s@1s", 1000, FOR_EVER, 5.0),
        ("link-corrupted:1%@1s", 1000, FOR_EVER, 0.01),
        ("controller-reboot:2s@1s", 1000, FOR_EVER, 2.0),
    ],
)
def test_what_is_asked_for_is_understood(text: str, at_ms: int, span_ms: int, value: float | None) -> None:
    (one,) = read_faults([text], BOTH)
    assert one.fault.name == re.split("[:@]", text)[0]
    assert (one.at_ms, one.span_ms, one.value) == (at_ms, span_ms, value)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "E126"),
        ("cell-a-stuck", "E126"),
        ("cell-a-stuck@", "E126"),
        ("cell-c-stuck@1s", "E126"),
        ("CELL-A-STUCK@1s", "E126"),
        ("cell-a-stuck@1s+0s", "E126"),
        ("cell-a-stuck@25h", "E126"),
        ("cell-a-stuck@1", "E112"),
        ("cell-a-stuck@-1s", "E114"),
        ("cell-a-stuck@1s+", "E112"),
        ("cell-a-stuck@nan", "E113"),
        ("cell-a-stuck:1N@1s", "E126"),
        ("cell-a-drifting:0N/s@1s", "E126"),
        ("cell-a-drifting:2000N/s@1s", "E126"),
        ("cell-a-drifting:1mm/s@1s", "E111"),
        ("cell-a-drifting:@1s", "E112"),
        ("strap-break@1s+1s", "E126"),
        ("controller-reboot@1s+1s", "E126"),
    ],
)
def test_what_is_not_understood_is_refused(text: str, code: str) -> None:
    assert code_of(text) in (code, "E110")


def test_a_name_that_is_nearly_right_is_guessed() -> None:
    with pytest.raises(UsageError, match="did you mean cell-a-stuck"):
        read_faults(["cell-a-stuk@1s"], BOTH)


@pytest.mark.parametrize("name", [name for name, one in FAULTS.items() if one.side != TABLE])
def test_a_table_alone_cannot_have_a_fault_of_a_line_or_of_a_host(name: str) -> None:
    assert code_of(f"{name}@1s", (TABLE,)) == "E127"
    for ask in (find_table, lambda url: open_driver(url, clock=VirtualClock(), setup=TableSetup())):
        with pytest.raises(UsageError, match="E127"):
            ask(f"sim:?fault={name}@1s")


@pytest.mark.parametrize("name", [name for name, one in FAULTS.items() if one.side == HOST])
def test_an_emulated_table_has_no_host_to_spoil(name: str) -> None:
    assert code_of(f"{name}@1s") == "E127"


@pytest.mark.parametrize("name", [name for name, one in FAULTS.items() if one.side != TABLE])
def test_the_refusal_names_a_command_that_takes_this_fault(name: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_faults([f"{name}@1s"], (TABLE,))
    (problem,) = refused.value.problems
    if FAULTS[name].side == HOST:
        assert problem.expected.endswith("traction faults matrix")
        assert name in Choice().faults
    else:
        assert "traction emulate" in problem.expected
        assert read_faults([f"{name}@1s"], BOTH)


def test_a_url_may_ask_for_several() -> None:
    assert find_table("sim:?fault=cell-a-stuck@1s,motor-jammed@2s+1s").facts.name == "sim"
    with pytest.raises(UsageError, match="E126"):
        find_table("sim:?fault=cell-a-stuck@1s,")


def test_each_fault_says_what_it_does() -> None:
    for name, fault in FAULTS.items():
        assert re.fullmatch("[a-z]+(-[a-z]+)+", name)
        assert len(fault.does) > 10
        assert fault.side in (*BOTH, HOST)
        if fault.value is not None and fault.value.usual is not None:
            assert fault.value.low <= fault.value.usual <= fault.value.high


def emulate(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "traction", "emulate", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=60)


def test_the_shell_prints_the_list_and_refuses_what_is_not_on_it(tmp_path: Path) -> None:
    listed = emulate("--list-faults", cwd=tmp_path)
    assert [line.split()[0] for line in listed.stdout.splitlines()] == list(FAULTS)
    wrong = emulate("--tcp", "127.0.0.1:0", "--fault", "link-cutt@1s", cwd=tmp_path)
    assert (wrong.returncode, "E126" in wrong.stderr) == (2, True)
    (tmp_path / "there").write_text("", encoding="utf-8")
    taken = emulate("--tcp", "127.0.0.1:0", "--trace", "there", cwd=tmp_path)
    assert (taken.returncode, "E162" in taken.stderr) == (2, True)
