"""One layer alone: the copy is really blind where it is meant to be, and the layer that is left holds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.campaign_matrix import knockout, tables
from tests.planting import ROOT, NoSuchText, apply, run_python

HERE = Path(__file__).resolve().parent
LAYERS = ("proof", "monitor", "guard", "controller")


def without(*layers: str) -> tuple[str, ...]:
    return tuple(one for one in LAYERS if one not in layers)


@pytest.fixture(scope="module")
def blind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Path]]:
    """Return a function that gives a copy of the package with these layers switched off."""
    made: dict[tuple[str, ...], Path] = {}

    def copy(*layers: str) -> Path:
        if layers not in made:
            made[layers] = knockout.blinded(tmp_path_factory.mktemp("blind"), layers)
        return made[layers]

    return copy


def test_every_text_to_be_replaced_is_there_exactly_once(blind: Callable[..., Path]) -> None:
    root = blind(*LAYERS)
    for one in knockout.patches():
        assert one.new in (root / one.file).read_text(encoding="utf-8")
        assert one.layer in LAYERS
        assert one.why


@pytest.mark.parametrize("times", [0, 2])
def test_a_text_that_is_not_there_once_is_an_error_that_names_it(tmp_path: Path, times: int) -> None:
    (tmp_path / "code.py").write_text("limit = 5\n" * times, encoding="utf-8")
    patch = knockout.Patch("guard", "why", "code.py", "limit = 5\n", "")
    with pytest.raises(NoSuchText, match=f"code.py has {times} times"):
        apply(tmp_path, [patch])


def test_the_copy_is_what_runs_and_the_package_is_not_touched(blind: Callable[..., Path]) -> None:
    root = blind("proof")
    done = run_python(root, "-c", "import traction; print(traction.__file__)")
    assert Path(done.stdout.strip()).is_relative_to(root)
    for one in knockout.patches():
        assert one.old in (ROOT / one.file).read_text(encoding="utf-8")


def test_every_layer_said_to_hold_alone_can_be_asked_or_is_only_asked_for() -> None:
    said = {layer for one in knockout.hazards().values() for layer in one["alone"]}
    assert said <= {*knockout.OFF, "mechanics"}
    assert len(list(knockout.asked([]))) > 30


# ---- plans that break a limit ------------------------------------------------------------------------------


HOLDS = {
    # who is left: against which of the plans it has to hold
    ("proof",): {"force", "rate", "hold", "session"},
    ("guard",): {"force", "rate"},  # it knows no time
    ("monitor",): {"force", "rate", "hold", "session"},
    ("controller",): {"force", "rate", "hold", "session"},
    (): set(),
}


@pytest.mark.parametrize("left", HOLDS, ids=lambda left: "-".join(left) or "nobody")
def test_a_plan_that_breaks_a_limit_is_held_by_each_layer_alone(
    blind: Callable[..., Path], left: tuple[str, ...]
) -> None:
    found = knockout.provoked(blind(*without(*left)))
    assert {name for name, one in found.items() if one["holds"]} == HOLDS[left], found
    moved = [one for one in found.values() if not one["ended"].startswith("REFUSED")]
    assert all((one["margin"] >= 0) == one["holds"] and one["out_s"] > 0 for one in moved), found


# ---- a fault ----------------------------------------------------------------------------------------------


ONE = tables.Choice(
    {
        "phase": ("HOLD",),
        "onset": ("middle",),
        "region": ("lumbar",),
        "drive": ("back-drivable",),
        "transport": ("direct",),
    }
)


def one_cell(root: Path, fault: str, keep: Path) -> dict[str, Any]:
    (cell,) = tables.matrix(root, [fault], replace(ONE, keep=keep))
    return cell


@pytest.fixture(scope="module")
def keep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which what ran stays for the other tests."""
    return tmp_path_factory.mktemp("kept")


def test_a_runaway_is_held_by_each_layer_alone_and_by_nobody_else(
    blind: Callable[..., Path], keep: Path
) -> None:
    force = set(knockout.FORCE)
    nobody = one_cell(blind(*LAYERS), "motor-runaway", keep)
    assert force & {one["invariant"] for one in nobody["escapes"]}
    for off in knockout.OFF.values():
        alone = one_cell(blind(*off), "motor-runaway", keep)
        assert not force & {one["invariant"] for one in alone["escapes"]}
        assert alone["react_ms"] is not None
        assert nobody["peak_n"] > 2 * alone["peak_n"]


def test_what_a_table_gave_is_kept_for_the_same_sources_and_no_others(
    blind: Callable[..., Path], keep: Path, tmp_path: Path
) -> None:
    root = blind(*LAYERS)
    ran = one_cell(root, "motor-runaway", keep)
    (own,) = (one for one in keep.iterdir() if json.loads(one.read_text(encoding="utf-8")) == [ran])
    (tmp_path / own.name).write_text(json.dumps([{**ran, "kept": True}]), encoding="utf-8")
    assert one_cell(root, "motor-runaway", tmp_path) == {**ran, "kept": True}
    assert tables.digest(root) != tables.digest(blind("proof"))


def test_a_matrix_of_another_commit_stands_for_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "matrix.json"
    assert tables.whole_matrix(file) == []
    file.write_text(json.dumps({"commit": "0" * 40, "found": [{}]}), encoding="utf-8")
    assert tables.whole_matrix(file) == []
    assert "not of this commit" in capsys.readouterr().err


CELL = {
    "fault": "strap-break",
    "phase": "HOLD",
    "onset": "middle",
    "region": "lumbar",
    "drive": "self-locking",
}
RAN = {**CELL, "transport": "wire", "at_ms": 10, "ended": "", "peak_n": 90.0, "react_ms": 40, "escapes": []}
FORCE = {"invariant": "I1", "at_ms": 1, "found": 2.0, "bound": 1.0, "says": "N of true force"}
DOWN = {"invariant": "I4", "at_ms": 1, "found": 14.4, "bound": 12.7, "says": "N on the way down"}
LEFT = {"invariant": "I14", "at_ms": 1, "found": 11.8, "bound": 11.7, "says": "N left in the end"}
IN_POWER = {"invariant": "I14", "at_ms": 1, "found": 1.0, "bound": 0.0, "says": "drive in power in the end"}
NO_LINE = {**CELL, "transport": "direct", "absent": "there is no line"}


@pytest.mark.parametrize(
    ("layer", "alone", "holds"),
    [
        ("controller", [RAN], True),
        ("controller", [], False),
        ("controller", [{**RAN, "at_ms": None}], False),
        ("controller", [NO_LINE], False),
        ("controller", [{**RAN, "escapes": [FORCE]}], False),
        ("controller", [{**RAN, "escapes": [{**FORCE, "invariant": "I15"}]}], True),
        ("controller", [{**RAN, "escapes": [DOWN]}], False),
        ("host", [{**RAN, "escapes": [DOWN]}], True),
        ("host", [{**RAN, "escapes": [{**DOWN, "found": 14.6}]}], False),
        ("host", [{**RAN, "escapes": [IN_POWER]}], True),
        ("host", [{**RAN, "escapes": [IN_POWER, LEFT]}], False),
    ],
)
def test_a_layer_holds_when_every_fault_began_and_the_force_stayed(
    layer: str, alone: list[Any], holds: bool
) -> None:
    whole = {knockout.where(one): one for one in (RAN, {**RAN, "fault": knockout.IDLE})}
    assert knockout.judged("H16", layer, ["strap-break"], alone, whole).holds is holds


def test_a_hazard_that_only_a_plan_brings_about_can_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert knockout.main(["H04"]) == 0
    *told, _, last = capsys.readouterr().out.splitlines()
    assert last == "2 layers asked to hold alone: 2 held, 0 did not"
    for line, layer in zip(told, ("controller", "host"), strict=True):
        assert line.startswith(f"H04 {layer} alone holds: 1 plan that breaks the limit of session: ")
        assert re.search(
            r": [A-Z]+ E\d{3}, \d+ N at most($|, out of RUN [0-9.]+ s after the start, .*, margin \d+ %$)",
            line,
        )


def test_a_claim_that_nothing_has_shown_is_named() -> None:
    shown = [knockout.Alone(name, layer, 1, ()) for name, layer, _ in knockout.asked([])]
    rest = knockout.by_tests_only(shown)
    assert "H09 host" in rest
    assert not {f"{one.hazard} {one.layer}" for one in shown} & set(rest)
