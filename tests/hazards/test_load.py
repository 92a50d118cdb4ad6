"""The file of hazards is read strictly: what does not fit is an error, and all of it is told at once."""

import re
from pathlib import Path

import pytest

from traction.errors import ProtocolError
from traction.hazards import model
from traction.hazards.load import load_hazards
from traction.hazards.model import Control, Hazard, Hazards

SHIPPED = (Path(__file__).resolve().parents[2] / "hardware" / "hazards.toml").read_text(encoding="utf-8")


def wrong(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "hazards.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProtocolError) as caught:
        load_hazards(path)
    return [problem.code for problem in caught.value.problems]


def changed(old: str, new: str) -> str:
    made = re.sub(old, new, SHIPPED, count=1, flags=re.MULTILINE)
    assert made != SHIPPED, old
    return made


def test_the_shipped_file_is_whole(hazards: Hazards) -> None:
    assert [one.name for one in hazards.hazards] == [f"H{number:02}" for number in range(1, 59)]


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        (r"^title = .*$", "", ["E307"]),
        (r"^severity = 4$", "severity = 5", ["E308"]),
        (r"^severity = 4$", "severity = true", ["E308"]),
        (r'^within = "20 ms"$', 'within = "20"', ["E308"]),
        (r'^within = "20 ms"$', 'within = "soon"', ["E308"]),
        (r"^reaction = .*$", 'reaction = ["hope"]', ["E308"]),
        (r"^reaction = .*$", "reaction = []", ["E308"]),
        (r"^reaction = .*$", 'reaction = ["refuse", "refuse"]', ["E308"]),
        (r"^alone = .*$", 'alone = ["paper"]', ["E308"]),
        (r"^checks = .*$", 'checks = ["X1"]', ["E308"]),
        (r"^checks = .*$", "checks = [true]", ["E308"]),
        (r"^faults = .*$", 'faults = "cell-a-stuck"', ["E308"]),
        (r"^signal = ", "signl = ", ["E307", "E306"]),
        (r'^status = "held"$', 'status = "done"', ["E308", "E307", "E308", "E308"]),
        (r'^status = "held"$', 'status = "asked"', ["E308", "E308", "E308"]),
        (r'^status = "held"$', 'status = "partly"', ["E307"]),
        (r'^status = "held"$', 'status = "missing"', ["E308", "E308", "E307"]),
        (r'^status = "held"$', 'status = "held"\nlacks = "a little"', ["E308"]),
        (r'^status = "asked"$', 'status = "held"', ["E307", "E307"]),
        (r"^code = \[$", 'code = ["traction"]\nmore = [', ["E306", "E308"]),
        (r'^    "tests/', '    "test/', ["E308"]),
        (r"^H?E331 = .*$", "E331 = 3", ["E308"]),
    ],
)
def test_what_does_not_fit_is_told(tmp_path: Path, old: str, new: str, codes: list[str]) -> None:
    assert sorted(wrong(tmp_path, changed(old, new))) == sorted(codes)


def test_a_hazard_that_is_left_out_or_made_up_is_told(tmp_path: Path) -> None:
    assert wrong(tmp_path, SHIPPED.replace("[H01", "[H99")) == ["E306"]


def test_everything_is_told_at_once(tmp_path: Path) -> None:
    text = SHIPPED.replace('status = "held"', 'status = "done"').replace("severity = 3", "severity = 9")
    assert len(wrong(tmp_path, text)) > 100


def test_what_is_no_toml_or_not_there_is_one_error(tmp_path: Path) -> None:
    assert wrong(tmp_path, "[H01") == ["E305"]
    with pytest.raises(ProtocolError, match="E305"):
        load_hazards(tmp_path / "absent.toml")


def of(*statuses: str, unproved: str = "") -> str:
    controls = tuple(Control(model.HOST, "does", status, "", (), ()) for status in statuses)
    return Hazard("H01", "a", "b", 1, "c", (), "1 s", (), (), (), unproved, controls).status


def test_a_hazard_is_held_only_by_layers_of_software_that_are_all_there_and_proved() -> None:
    assert of("held", "held", "asked") == "held"
    assert of("held", "asked", unproved="a little") == "partly"
    assert of("held", "partly") == of("held", "missing") == of("partly") == "partly"
    assert of("missing", "missing", "asked") == "missing"
