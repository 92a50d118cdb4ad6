"""The drawing of a position shows what a protocol states, and nothing where it states nothing."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from traction.report.position import (
    BENT,
    PRONE,
    SEATED,
    SQUARE,
    STANDING,
    STRAIGHT,
    SUPINE,
    placed_of,
    words_of,
)
from traction.report.position_picture import WIDTH, picture

ROOT = Path(__file__).resolve().parents[3]
SVG = "{http://www.w3.org/2000/svg}"


def stated(region: str, **values: str) -> str:
    lines = "\n".join(f'{key} = "{value}"' for key, value in values.items())
    return f'region = "{region}"\n[position]\n{lines}\n'


@pytest.mark.parametrize(
    ("posture", "body", "legs"),
    [
        ("on the back, hips and knees bent", SUPINE, BENT),
        ("supine, hips and knees at 90 deg", SUPINE, SQUARE),
        ("on the back, head raised", SUPINE, STRAIGHT),
        ("face down", PRONE, STRAIGHT),
        ("sitting", SEATED, STRAIGHT),
        ("standing", STANDING, STRAIGHT),
    ],
)
def test_postures_are_understood_as_protocols_word_them(posture: str, body: str, legs: str) -> None:
    placed = placed_of(stated("lumbar", posture=posture))
    assert placed is not None
    assert (placed.body, placed.legs) == (body, legs)


@pytest.mark.parametrize("posture", ["on the left side", "hanging by the heels", ""])
def test_a_posture_that_is_not_understood_gives_no_picture(posture: str) -> None:
    assert placed_of(stated("lumbar", posture=posture)) is None


def test_no_posture_gives_no_picture() -> None:
    assert placed_of('region = "lumbar"\n') is None
    assert placed_of("region = \x00") is None


@pytest.mark.parametrize("region", ["lumbar", "cervical", "hip"])
@pytest.mark.parametrize(
    "posture", ["on the back, hips and knees at 90 deg", "face down", "sitting", "standing"]
)
@pytest.mark.parametrize("angle", ["0 deg", "20 deg", "90 deg"])
def test_what_is_drawn_is_a_picture_with_words_that_stays_within_its_frame(
    region: str, posture: str, angle: str
) -> None:
    written = stated(region, posture=posture, angle=angle, level="L4-L5", couch="split")
    placed = placed_of(written)
    assert placed is not None
    root = ET.fromstring(picture(placed))
    titles = [root.find(f"{SVG}{tag}") for tag in ("title", "desc")]
    assert [one.text for one in titles if one is not None] == [f"Position: {posture}", words_of(placed)]
    height = float(root.attrib["viewBox"].split()[3])
    for one in root.iter(f"{SVG}text"):
        assert 0 <= float(one.attrib["x"]) <= WIDTH
        assert 12 <= float(one.attrib["y"]) <= height
    said = [one.text for one in root.iter(f"{SVG}text")]
    assert "L4-L5" in said
    assert ("pull" in said) == placed.pulled
    assert ("20 deg" in said) == (placed.pulled and angle == "20 deg")
    colours = set(re.findall(r'(?:fill|stroke)="#([0-9a-f]{3}|[0-9a-f]{6})"', picture(placed)))
    assert all(len(set(one)) == 1 or one[:2] == one[2:4] == one[4:] for one in colours), "grey only"


def test_a_tare_gives_its_angle_and_a_hostile_posture_is_only_text() -> None:
    tare = '[tare]\nhead_mass = "5 kg"\nangle = "25 deg"\npull = "downward"\n'
    placed = placed_of(stated("cervical", posture="on the back <script>x</script>") + tare)
    assert placed is not None
    assert (placed.angle_deg, placed.downward) == (25.0, True)
    assert "<script>" not in picture(placed)
    assert "25 deg downwards" in words_of(placed)


def test_every_posture_that_a_shipped_protocol_states_can_be_drawn() -> None:
    files = [
        path
        for folder in ("library", "templates", "examples")
        for path in ROOT.glob(f"protocols/{folder}/*.toml")
    ]
    texts = [path.read_text(encoding="utf-8") for path in files]
    stating = [one for one in texts if re.search(r"^posture = ", one, re.MULTILINE)]
    assert len(stating) >= 8
    assert all(placed_of(one) is not None for one in stating)
