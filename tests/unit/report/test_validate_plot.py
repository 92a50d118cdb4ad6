"""The picture shows the runs that were judged, each with the band it was held against."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from traction.errors import UsageError
from traction.evidence.curves import Curves, curves_of
from traction.evidence.library import Library, load_library
from traction.evidence.run import run_cases
from traction.report.validate_plot import draw, validate_figure


@dataclass(frozen=True)
class Spring:
    """A run in which every quantity is the pull in force, larger with each parameter set."""

    time_s: np.ndarray
    values: np.ndarray

    def quantity(self, name: str, level: str | None = None) -> np.ndarray:
        return self.values


def simulate(case, members, times) -> Spring:
    ends = np.cumsum([stage.for_s for stage in case.timeline])
    pulls = np.asarray([stage.pull_n(75.0) for stage in case.timeline])
    now = pulls[np.minimum(np.searchsorted(ends, times - 1e-6), len(pulls) - 1)]
    return Spring(times, now[:, None] * (1.0 + np.arange(1 + len(members))))


TEXT = """
[[case]]
id = "{id}"
source = "Author A, year"
score = {score}
[case.patient]
mass_kg = 75.0
[[case.timeline]]
posture = "prone"
for_s = 60.0
[[case.timeline]]
posture = "prone"
{pull}
ramp_s = 10.0
for_s = 600.0
[case.expect]
quantity = "{quantity}"
at_s = 360.0
{band}
"""


def case(name: str, quantity: str, pull: str, band: str, score: str = "true") -> str:
    return TEXT.format(id=name, quantity=quantity, pull=pull, band=band, score=score)


@pytest.fixture
def mixed(tmp_path: Path) -> Library:
    path = tmp_path / "mixed.toml"
    path.write_text(
        case("none", "disc_pressure_mmhg", "", "high = 5")
        + case("some", "disc_pressure_mmhg", "pull_n = 100", "low = 90\nhigh = 110")
        + case("much", "disc_pressure_kpa", "pull_bw = 0.5", "low = 10\nhigh = 20", "false")
        + case("long", "segment_elongation_mm", "pull_n = 50", "low = 40\nhigh = 60")
        + case("tall", "stature_change_mm", "", "low = 0\nhigh = 1")
        + case("else", "muscle_activity_pct_mva", "pull_n = 50", "low = 0")
    )
    return load_library([path])


def curves(library: Library, members: int = 2) -> Curves:
    sets = [{}] * members
    return curves_of(run_cases(library, sets, simulate=simulate), sets, simulate)


def test_pressures_of_one_setting_make_one_curve_with_a_mark_for_each(mixed: Library) -> None:
    (curve,) = curves(mixed).pressure
    assert curve.x[0] == 0.0
    assert curve.x[-1] == pytest.approx(1.1 * 0.5 * 75 * 9.80665)
    assert curve.y.shape == (3, len(curve.x))
    assert curve.y[1] == pytest.approx(2.0 * curve.x)
    assert [mark.x for mark in curve.marks] == pytest.approx([0.0, 100.0, 367.749], abs=1e-3)
    assert curve.marks[2].low == pytest.approx(75.0, abs=0.01)  # 10 kPa in mmHg
    assert [mark.scored for mark in curve.marks] == [True, True, False]


def test_lengthening_is_followed_from_the_pull_and_after_it(mixed: Library) -> None:
    found = curves(mixed)
    (creep,), (release,), (lying,) = found.creep, found.release, found.lying
    assert creep.x[0] == 0.0
    assert creep.x[-1] == pytest.approx(10.0)
    assert creep.marks[0].x == pytest.approx(5.0)
    assert release.y[0, 0] == 100.0
    assert release.y[0, -1] == 0.0
    assert release.x[-1] == pytest.approx(90.0)
    assert lying.marks[0].value == 0.0


@pytest.mark.parametrize("members", [0, 2])
def test_the_picture_is_written_whole_and_names_the_count(
    mixed: Library, tmp_path: Path, members: int
) -> None:
    found = curves(mixed, members)
    path = tmp_path / "agreement.png"
    draw(found, path)
    assert path.read_bytes().startswith(b"\x89PNG")
    title = validate_figure(found).get_suptitle()
    assert "5 of 5 scored cases" in title


def test_files_without_such_cases_say_so_in_the_picture(tmp_path: Path) -> None:
    path = tmp_path / "other.toml"
    path.write_text(case("else", "travel_mm", "pull_n = 50", "low = 0"))
    figure = validate_figure(curves(load_library([path])))
    assert [panel.texts[0].get_text() for panel in figure.axes] == ["no such case in these files"] * 4


def test_a_kind_of_picture_nobody_can_draw_is_refused(mixed: Library, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        draw(curves(mixed), tmp_path / "agreement.bmp")
    assert caught.value.code == "E161"
