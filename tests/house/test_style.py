"""The promises the house makes about its own shape: sizes, docstrings, quick imports, no hidden skips."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "traction").rglob("*.py"))
HEAVY = ("numpy", "scipy", "numba", "pydantic", "matplotlib", "mcap", "rich", "serial")


def functions(tree: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_and_functions_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    for function in functions(ast.parse(text)):
        body = function.body[1:] if ast.get_docstring(function) else function.body
        if body:
            length = (body[-1].end_lineno or 0) - body[0].lineno + 1
            assert length <= 50, f"{function.name} has {length} lines"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_public_name_has_a_docstring(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree) or path.name == "__main__.py"
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name
            members = [child for child in node.body if isinstance(child, ast.FunctionDef)]
        elif isinstance(node, ast.Module):
            members = [child for child in node.body if isinstance(child, ast.FunctionDef)]
        else:
            continue
        for member in members:
            if not member.name.startswith("_"):
                assert ast.get_docstring(member), member.name


def test_importing_traction_loads_nothing_heavy() -> None:
    code = f"import sys, traction; print([name for name in {HEAVY!r} if name in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_nothing_below_the_shell_prints() -> None:
    for path in MODULES:
        if path.relative_to(ROOT / "traction").parts[0] == "cli":
            continue
        calls = [
            node
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call)
        ]
        assert not [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"], (
            path
        )


SYNONYMS = {
    "device": "table",
    "rig": "table",
    "trajectory": "profile",
    "waveform": "profile",
    "recipe": "protocol",
    "backend": "driver",
}
"""What a concept is never called, and its one word."""

OTHER_CONCEPTS = {("sim", "trajectory"), ("evidence", "trajectory")}
"""Not the profile: what a simulated patient does over time."""


def identifiers(tree: ast.AST) -> set[str]:
    """Return every name that a module gives or uses: variables, attributes, arguments, functions, classes."""
    names: set[str] = set()
    for node in ast.walk(tree):
        for field in ("id", "attr", "arg", "name", "asname"):
            value = getattr(node, field, None)
            names |= {value} if isinstance(value, str) else set()
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_one_word_for_each_concept(path: Path) -> None:
    package = path.relative_to(ROOT / "traction").parts[0]
    for name in identifiers(ast.parse(path.read_text(encoding="utf-8"))):
        words = {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}
        words |= {re.sub("ies$", "y", word).removesuffix("s") for word in words}
        for word in words & SYNONYMS.keys():
            assert (package, word) in OTHER_CONCEPTS, f"{name}: write {SYNONYMS[word]}, not {word}"
