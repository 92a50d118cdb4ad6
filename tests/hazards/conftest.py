"""The shipped hazards, read once, and what the project has that they must speak of."""

import ast
from functools import cache
from pathlib import Path

import pytest

from traction.hazards.load import load_hazards
from traction.hazards.model import Hazards

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def hazards() -> Hazards:
    return load_hazards()


@cache
def defined(file: str) -> frozenset[str]:
    """Return the qualified names that a Python file defines, without importing it; none where it is not."""
    path = ROOT / file
    if not path.is_file():
        return frozenset()
    found: set[str] = set()

    def walk(body: list[ast.stmt], above: str) -> None:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found.add(above + node.name)
                walk(node.body, f"{above}{node.name}.")

    walk(ast.parse(path.read_text(encoding="utf-8")).body, "")
    return frozenset(found)


@pytest.fixture(name="defined", scope="session")
def defined_fixture():
    return defined
