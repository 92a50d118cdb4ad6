"""The page of hazards is what the file of hazards says, links included, and says what it is not."""

import re
import shlex
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from tests.campaign_matrix import knockout
from tests.hazards import seen
from traction.hazards.model import MECHANICS, Hazards
from traction.hazards.page import markdown

PAGE = Path(__file__).resolve().parents[2] / "docs" / "hazards.md"


def test_the_page_is_made_from_the_file(hazards: Hazards) -> None:
    made = "".join(f"{line}\n" for line in markdown(hazards))
    assert PAGE.read_text(encoding="utf-8") == made, "python -m traction.hazards > docs/hazards.md"


def test_it_claims_no_conformity() -> None:
    assert "bench evidence, and no claim of conformity" in PAGE.read_text(encoding="utf-8")


def test_its_links_lead_to_its_headings(hazards: Hazards) -> None:
    text = PAGE.read_text(encoding="utf-8")
    headings = {
        re.sub("[^a-z0-9 -]", "", line[3:].lower()).replace(" ", "-")
        for line in text.splitlines()
        if line.startswith("## H")
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) == headings
    assert len(headings) == len(hazards.hazards)


def test_the_counts_add_up(hazards: Hazards) -> None:
    rows = re.findall(
        r"^\| ([a-z ]+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", "\n".join(markdown(hazards)), re.M
    )
    counts = {name: [int(one) for one in numbers] for name, *numbers in rows}
    assert [sum(counts["hazards"][:-1]), counts["hazards"][-1]] == [58, 58]
    assert counts["hazards"][0] == sum(one.status == "held" for one in hazards.hazards)
    mechanics = [one for hazard in hazards.hazards for one in hazard.controls if one.layer == MECHANICS]
    assert counts["controls of mechanics"][-1] == len(mechanics)
    assert counts["controls of mechanics"][0] == 0


def commands(name: str) -> dict[str, list[str]]:
    """Return what stands as a command in the section of a hazard, word by word, by its first two words."""
    section = PAGE.read_text(encoding="utf-8").split(f"\n## {name} ")[1].split("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    found = {}
    for words in map(shlex.split, lines):
        found[" ".join(words[:3])] = words
    return found


def test_a_command_shows_every_fault_of_a_hazard(hazards: Hazards) -> None:
    for one in hazards.hazards:
        words = commands(one.name).get("traction faults matrix", [])
        assert tuple(after for word, after in pairwise(words) if word == "--fault") == one.faults
        alone = commands(one.name).get("python -m tests.campaign_matrix.knockout")
        planned = one.name in knockout.PLANS.values()
        assert (alone is not None) == bool((one.faults or planned) and set(one.alone) - {MECHANICS})


def test_a_command_shows_every_hazard_that_has_no_fault(hazards: Hazards) -> None:
    named = {one.name for one in hazards.hazards if "python -m tests.hazards.seen" in commands(one.name)}
    assert named == set(seen.SHOWS)
    others = {one.name for one in hazards.hazards if one.faults} | set(knockout.PLANS.values())
    assert named | others == {one.name for one in hazards.hazards}


@pytest.mark.parametrize("name", ["H12"])
def test_what_is_slow_begins_early_enough_to_be_answered(
    name: str, shell: Callable[..., object], hazards: Hazards
) -> None:
    done = shell(*commands(name)["traction faults matrix"][1:])
    (hazard,) = (one for one in hazards.hazards if one.name == name)
    lines = [text for text in done.out.splitlines() if text.startswith(hazard.faults)]
    assert len(lines) == len(hazard.faults) == sum("out of RUN after" in text for text in lines)


@pytest.mark.parametrize("name", ["H02", "H13", "H22", "H28", "H43"])
def test_the_command_of_a_hazard_shows_fault_reaction_time_and_margin(
    name: str, shell: Callable[..., object], hazards: Hazards
) -> None:
    done = shell(*commands(name)["traction faults matrix"][1:])
    assert done.code == 0
    (hazard,) = (one for one in hazards.hazards if one.name == name)
    for fault in hazard.faults:
        (line,) = (
            text for text in done.out.splitlines() if text.startswith(f"{fault} at the middle of HOLD")
        )
        assert re.search(r"\([0-9.]+ s after the start\): [A-Z]+", line)
        assert re.search(r"out of RUN after \d+ ms", line)
        assert re.search(r"[0-9.]+ N at most, margin \d+ % of H\d\d", line)
