"""The promises the house makes about its own shape: sizes, docstrings, quick imports, no hidden skips."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("style")  # so that only one worker parses every module

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "traction").rglob("*.py"))
HEAVY = ("numpy", "scipy", "numba", "pydantic", "matplotlib", "mcap", "rich", "serial")


@cache
def trees() -> dict[str, ast.Module]:
    """Return every module, parsed once for all tests here, by its path below the package."""
    return {
        path.relative_to(ROOT / "traction").as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in MODULES
    }


def functions(tree: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_modules_and_functions_stay_small() -> None:
    large = [path for path in MODULES if len(path.read_text(encoding="utf-8").splitlines()) > 300]
    assert not large, large
    long = []
    for name, tree in trees().items():
        for function in functions(tree):
            body = function.body[1:] if ast.get_docstring(function) else function.body
            length = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            long += [f"{name}: {function.name} has {length} lines"] if length > 50 else []
    assert not long, "\n".join(long)


def public(tree: ast.Module) -> Iterator[tuple[str, ast.Module | ast.ClassDef | ast.FunctionDef]]:
    """Yield the module, its public classes, and the public functions of it and of them, by name."""
    yield "the module", tree
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.name, node
        elif not isinstance(node, ast.Module):
            continue
        for member in node.body:
            if isinstance(member, ast.FunctionDef) and not member.name.startswith("_"):
                yield member.name, member


def test_every_public_name_has_a_docstring() -> None:
    bare = [
        f"{name}: {what}"
        for name, tree in trees().items()
        for what, node in public(tree)
        if not ast.get_docstring(node) and (name, what) != ("__main__.py", "the module")
    ]
    assert not bare, "\n".join(bare)


def test_importing_traction_loads_nothing_heavy() -> None:
    code = f"import sys, traction; print([name for name in {HEAVY!r} if name in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_nothing_below_the_shell_prints() -> None:
    printing = [
        name
        for name, tree in trees().items()
        if not name.startswith("cli/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert not printing, "\n".join(printing)


SYNONYMS = {
    "device": "table",
    "rig": "table",
    "trajectory": "profile",
    "waveform": "profile",
    "recipe": "protocol",
    "backend": "driver",
}
"""What a concept is never called, and its one word."""

OTHER_CONCEPTS = {("sim", "trajectory"), ("evidence", "trajectory"), ("campaign", "rig"), ("report", "rig")}
"""Not the profile: what a simulated patient does over time. Not the table alone: with who lies on it."""


def identifiers(tree: ast.AST) -> set[str]:
    """Return every name that a module gives or uses: variables, attributes, arguments, functions, classes."""
    names: set[str] = set()
    for node in ast.walk(tree):
        for field in ("id", "attr", "arg", "name", "asname"):
            value = getattr(node, field, None)
            names |= {value} if isinstance(value, str) else set()
    return names


def test_one_word_for_each_concept() -> None:
    wrong = []
    for module, tree in trees().items():
        package = module.partition("/")[0]
        for name in identifiers(tree):
            words = {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}
            words |= {re.sub("ies$", "y", word).removesuffix("s") for word in words}
            for word in words & SYNONYMS.keys():
                if (package, word) not in OTHER_CONCEPTS:
                    wrong.append(f"{module}: {name}: write {SYNONYMS[word]}, not {word}")
    assert not wrong, "\n".join(wrong)


def test_every_decision_has_a_number_of_its_own_and_starts_with_it() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [page.name[:4] for page in pages]
    assert len(set(numbers)) == len(numbers), [number for number in numbers if numbers.count(number) > 1]
    wrong = [p.name for p in pages if not p.read_text(encoding="utf-8").startswith(f"# {p.name[:4]} ")]
    assert not wrong, wrong
