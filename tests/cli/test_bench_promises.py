"""What the commands of the bench and the emulator refuse, keep and end with, without a line."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from traction.bench import kept, suite
from traction.bench.result import Result, Verdict
from traction.cli import bench_jog, bench_span, emulate
from traction.sim import emulator
from traction.sim import serve as serving

WEIGHTS = ("--weight", "5kg", "--weight", "10kg", "--weight", "20kg")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(kept.FOLDER_VARIABLE, str(tmp_path / "bench"))
    return tmp_path / "bench"


@pytest.mark.parametrize(
    ("verdict", "code", "failed"), [(Verdict.FAIL, 5, ("lease",)), (Verdict.PASS, 4, None)]
)
def test_what_was_cut_short_is_kept_where_a_check_had_failed(
    shell, monkeypatch, verdict, code, failed
) -> None:
    def cut_short(*_known: object) -> tuple[tuple[Result, ...], bool]:
        return (Result("lease", "", verdict), Result("timing", "", Verdict.MISSING)), True

    monkeypatch.setattr(suite, "run_checks", cut_short)
    assert shell("bench", "check", "--operator", "Ada").code == code
    checked = kept.load("SIM-0").checked
    assert (None if checked is None else checked.failed) == failed


def test_cells_beyond_their_limits_end_span_with_5_and_are_kept(shell, monkeypatch) -> None:
    def far_off(_opened: object, _guard: object, order: list[float]) -> list[tuple[float, float]]:
        return [(force_n + 20.0 * (-1) ** at, force_n) for at, force_n in enumerate(order)]

    monkeypatch.setattr(bench_span, "_read_all", far_off)
    assert shell("bench", "span", *WEIGHTS).code == 5
    known = kept.load("SIM-0").calibration
    assert known is not None
    assert not known.passed


def test_span_begins_with_nothing_on_the_cord(shell, monkeypatch, folder) -> None:
    looked: list[float] = []

    def still_n(_guard: object, _clock: object, _facts: object, most_n: float) -> tuple[float, float]:
        looked.append(most_n)
        raise KeyboardInterrupt

    monkeypatch.setattr("traction.bench.cells.still_n", still_n)
    shell("bench", "span", *WEIGHTS)
    assert looked == [10.0]  # slack, and not what the first weight would make of it
    assert not folder.exists()


def test_jogging_a_real_table_needs_a_yes_that_it_is_free(shell, monkeypatch) -> None:
    def real(*known: Any, **words: Any) -> Any:
        opened = open_table(*known, **words)
        return replace(opened, identity=replace(opened.identity, simulated=False))

    open_table = bench_jog.open_table
    monkeypatch.setattr(bench_jog, "open_table", real)
    monkeypatch.setattr(bench_jog, "is_terminal", lambda: True)
    monkeypatch.setattr(
        bench_jog, "sys", SimpleNamespace(stdout=SimpleNamespace(isatty=lambda: True), stderr=sys.stderr)
    )
    monkeypatch.setattr("click.confirm", lambda *_known, **_words: False)
    done = shell("bench", "jog")
    assert (done.code, "E550" in done.err) == (3, True)


def test_each_start_of_the_emulator_is_another_power_up_with_the_faults_asked_for(shell, monkeypatch) -> None:
    boots, asked = [], []

    def make(options: Any, boot: int, wanted: Any, *others: Any) -> Any:
        boots.append(boot)
        asked.append([one.fault.name for one in wanted])
        return made(options, boot, wanted, *others)

    made = emulator.make_emulated
    monkeypatch.setattr(emulator, "make_emulated", make)
    monkeypatch.setattr(serving, "serve", lambda *_known, **_words: None)
    monkeypatch.setattr(emulate.signal, "signal", lambda *_known: None)
    for _ in range(4):
        assert (
            shell(
                "emulate", "--tcp", "127.0.0.1:0", "--fault", "link-cut@1s", "--fault", "cell-a-open@2s"
            ).code
            == 0
        )
    assert len(set(boots)) == 4
    assert min(boots) > 0
    assert asked == [["link-cut", "cell-a-open"]] * 4
