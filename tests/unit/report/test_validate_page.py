"""The page on cases lists the shipped ones as they are, and its example is one."""

import re
from pathlib import Path

from traction.evidence.library import load_library
from traction.evidence.names import LEVELS, POSTURES, QUANTITIES
from traction.report.validate_page import markdown

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "evidence.md").read_text(encoding="utf-8")


def test_the_tables_of_the_page_are_those_of_the_program() -> None:
    _, _, rest = PAGE.partition("print(markdown())")
    printed = rest.partition("-->")[2].partition("<!-- end of cases -->")[0]
    assert printed.strip() == markdown().strip()


def test_the_example_of_the_page_is_a_file_of_cases(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "example.toml"
    path.write_text(example, encoding="utf-8")
    assert [case.id for case in load_library([path]).cases] == ["example-20min", "example-0min"]


def test_the_page_names_every_quantity_posture_and_region() -> None:
    for word in (*QUANTITIES, *POSTURES, *LEVELS):
        assert f"`{word}`" in PAGE or f'`"{word}"`' in PAGE, word
