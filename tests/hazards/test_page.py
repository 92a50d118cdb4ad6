"""The page of hazards is what the file of hazards says, links included, and says what it is not."""

import re
from pathlib import Path

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
