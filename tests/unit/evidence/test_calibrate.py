"""The calibration finds what is shipped, says what it rests on, and changes nothing else in the file."""

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from traction.evidence.calibrate import TOLERANCE, changes, how, off
from traction.evidence.calibrate_figures import Bench, scored
from traction.evidence.calibrate_fit import IDENTIFIED, Problem, load_plan, rounded
from traction.evidence.calibrate_page import markdown
from traction.evidence.calibrate_write import with_rows
from traction.evidence.library import load_library
from traction.sim.parameter import parameter_tables

ROOT = Path(__file__).resolve().parents[3]
FILE = ROOT / "traction" / "sim" / "parameters.toml"
PLAN = load_plan()


@pytest.fixture(scope="module")
def problem() -> Problem:
    return Problem(PLAN, load_library())


def test_the_shipped_values_are_where_least_squares_come_to_rest(problem) -> None:
    point, _ = problem.polish(PLAN.shipped, most=2)
    assert off(PLAN, rounded(point, PLAN.digits)) <= TOLERANCE


def test_no_number_does_better_where_it_is_moved_by_a_third_of_what_was_uncertain(problem) -> None:
    step = np.diag([one.sigma / 3 for one in PLAN.free])
    moved = np.vstack([PLAN.shipped + step, PLAN.shipped - step])
    inside = ((moved >= PLAN.low) & (moved <= PLAN.high)).all(axis=1)
    costs = (problem.residuals(np.vstack([PLAN.shipped, moved[inside]])) ** 2).sum(axis=1)
    assert (costs[1:] > costs[0]).all()


def test_a_number_says_calibrated_only_where_the_evidence_says_more_than_was_believed(problem) -> None:
    for one, left in zip(PLAN.free, problem.left(PLAN.shipped), strict=True):
        clear = abs(left - IDENTIFIED) > 0.03  # near the border either word will do
        assert not clear or one.row.how == how(left), f"{one.name}: {left:.2f} left, {one.row.how}"


def test_every_row_that_says_calibrated_was_fitted() -> None:
    said = {
        f"{table}.{name}"
        for table, rows in parameter_tables().items()
        for name, row in rows.items()
        if row.how == "calibrated"
    }
    assert said <= {one.name for one in PLAN.free}


def test_beliefs_lie_in_the_ranges() -> None:
    for one in PLAN.free:
        assert one.row.low < one.prior < one.row.high, one.name
        assert one.sigma > 0.0


def test_pressures_under_pull_know_only_the_product_of_share_and_weakness() -> None:
    # rest pressure does not depend on any of the four; so only their product can show
    library = load_library()
    cases = [case for case in scored(library) if case.id.startswith("rm94-") and case.compare is None]
    names = {
        "lumbar.base.transmitted_share": 1.0,
        "lumbar.grade.4.pressure_factor": 1.0,
        "lumbar.base.load_factor": 1.0,
        "lumbar.base.disc_area_mm2": -1.0,
    }
    shipped = {
        name: parameter_tables()[name.rpartition(".")[0]][name.rpartition(".")[2]].value for name in names
    }
    sets = [shipped, *(shipped | {name: shipped[name] * 1.02**power} for name, power in names.items())]
    figures = np.array([figure.own for figure in Bench(library, cases).figures(sets)])
    singular = np.linalg.svd(figures[:, 1:] - figures[:, :1], compute_uv=False)
    assert singular[1] < 0.05 * singular[0]


def test_all_scored_shipped_cases_hold() -> None:
    library = load_library()
    figures = Bench(library, scored(library)).figures([{}])
    assert not [figure.case.id for figure in figures if not figure.inside(0)]


def test_writing_changes_the_rows_and_nothing_else() -> None:
    text = FILE.read_text(encoding="utf-8")
    shipped = [one.row.value for one in PLAN.free]
    left = np.array([0.0 if one.row.how == "calibrated" else 1.0 for one in PLAN.free])
    assert with_rows(text, changes(PLAN, shipped, left)) == text

    name = "lumbar.couch.split.offset_force_n"
    changed = with_rows(text, {name: (123.5, "prior")})
    differing = [
        (old, new) for old, new in zip(text.splitlines(), changed.splitlines(), strict=True) if old != new
    ]
    ((old, new),) = differing
    assert old.startswith("offset_force_n = { value = ")
    row = tomllib.loads(changed)["lumbar"]["couch"]["split"]["offset_force_n"]
    assert (row["value"], row["how"]) == (123.5, "prior")
    assert new.partition("unit")[2].partition("how")[0] == old.partition("unit")[2].partition("how")[0]


def test_writing_a_number_that_has_no_row_is_refused() -> None:
    with pytest.raises(KeyError, match=r"no\.such"):
        with_rows(FILE.read_text(encoding="utf-8"), {"lumbar.base.no.such": (1.0, "prior")})


def test_the_page_prints_what_the_program_finds() -> None:
    text = (ROOT / "docs" / "calibration.md").read_text(encoding="utf-8")
    _, _, rest = text.partition("print(markdown())")
    printed = rest.partition("-->")[2].partition("<!-- end of calibration -->")[0]
    found = markdown()
    assert _words(printed) == _words(found)
    near = [pytest.approx(number, rel=0.05, abs=0.02) for number in _numbers(found)]
    assert _numbers(printed) == near


def _numbers(text: str) -> list[float]:
    return [float(found) for found in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[-+]\d+)?(?![\w.-])", text)]


def _words(text: str) -> list[str]:
    """Return everything but numbers, and but the order and makeup of directions hardly told apart."""
    return [word for word in re.findall(r"[`a-z_.]{4,}", text) if "." in word or "-" in word]
