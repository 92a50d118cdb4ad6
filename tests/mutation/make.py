"""Make every mutant of a file, in the order of its text."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.mutation.kinds import changes, same_when_equal
from tests.mutation.names import Names
from tests.mutation.places import Mutant, Source

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {
    "traction/safety": ("tests/unit/safety", "tests/property/safety/test_proof_laws.py"),
    "traction/controller": ("tests/unit/controller", "tests/unit/wire"),
    "traction/runner/ladder.py": ("tests/unit/runner/test_sabotage_ladder.py",),
    "traction/runner/release.py": ("tests/unit/runner/test_sabotage_release.py",),
}
"""What is mutated, and the tests that have to find every mutant of it: those that state single promises."""

LEFT_OUT = (
    "tests/property/safety/test_proof_laws.py::test_the_two_routines_always_agree",
    "tests/property/safety/test_proof_laws.py::test_dense_samples_stay_within_the_figures",
    "tests/unit/wire/test_vectors.py::test_a_difference_is_found_and_named",
)
"""Tests that take seconds and are about no single comparison, or about none of what is mutated."""


def files(only: str = "") -> list[str]:
    """Return the files under mutation, below the root; ``only`` is the beginning of a path."""
    every = [
        path.relative_to(ROOT).as_posix()
        for name in PACKAGES
        for path in ([ROOT / name] if name.endswith(".py") else (ROOT / name).rglob("*.py"))
    ]
    return sorted(name for name in every if name.startswith(only))


def tests_of(chosen: list[str]) -> list[str]:
    """Return the folders of tests for these files."""
    return [
        folder
        for name, folders in PACKAGES.items()
        if any(file == name or file.startswith(f"{name}/") for file in chosen)
        for folder in folders
    ]


def mutants(file: str, root: Path = ROOT) -> list[Mutant]:
    """Return the mutants of one file below ``root``."""
    source = Source(root, file)
    names = Names(ROOT, source.tree)
    found = {}
    choices = {same_when_equal(node) for node in ast.walk(source.tree)}
    for function, lines, node in _reached(source.tree):
        for change in changes(source, names, node):
            if change.kind == "boundary" and node in choices:
                continue
            mutant = source.mutant(function, lines, *change)
            found[mutant.start, mutant.end, mutant.replacement] = mutant
    seen: Counter[tuple[str, str, str]] = Counter()
    numbered = []
    for _, mutant in sorted(found.items()):
        alike = (mutant.function, mutant.line, mutant.becomes)
        numbered.append(mutant._replace(nth=seen[alike]))
        seen[alike] += 1
    return numbered


def _reached(tree: ast.Module) -> Iterator[tuple[str, tuple[int, int], ast.AST]]:
    """Yield every node that computes something, with the function whose running it takes and its statement.

    Left out: annotations, decorators, texts for people (in f-strings), and what only a type checker reads.
    """
    waiting: list[tuple[str, str, tuple[int, int], ast.AST]] = [("", "", (0, 0), tree)]
    while waiting:
        function, scope, lines, node = waiting.pop()
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.If) and _for_types_only(node.test)):
            continue
        if isinstance(node, ast.stmt):
            lines = _head(node)
        yield function, lines, node
        parts = list(_parts(node))
        if isinstance(node, ast.FunctionDef):
            defaults = [part for part in (*node.args.defaults, *node.args.kw_defaults) if part]
            waiting += [(function, scope, lines, part) for part in defaults]  # computed with the ``def``
            function = function or f"{scope}{node.name}"
        elif isinstance(node, ast.ClassDef):
            scope = f"{scope}{node.name}."
        waiting += [(function, scope, lines, part) for part in parts]


def _parts(node: ast.AST) -> Iterable[ast.AST]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.body
    if isinstance(node, ast.AnnAssign):
        return [part for part in (node.target, node.value) if part]
    if isinstance(node, ast.Lambda):
        return [node.body]
    return ast.iter_child_nodes(node)


def _head(node: ast.stmt) -> tuple[int, int]:
    below = getattr(node, "body", None)
    return node.lineno, max(below[0].lineno - 1, node.lineno) if below else node.end_lineno or node.lineno


def _for_types_only(test: ast.expr) -> bool:
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"
