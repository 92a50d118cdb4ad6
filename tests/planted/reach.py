"""Which sessions a planted defect can change at all: one run of the seeds finds that out for all defects.

At every place where a planted text differs from the code both are computed, the session goes on with what
the code says, and the defect is noted when the two differ. A session in which it is never noted is the same
with the defect, so it need not be run with it. Where that cannot be said the defect is noted on being
reached, and where it acts at import every session counts.
"""

from __future__ import annotations

import ast
import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, Protocol

from tests.planting import ROOT, Change, copied, run_python

MARKS = """
SEEN = set()

def reached(name):
    SEEN.add(name)

def either(name, said, planted):
    try:
        other = planted()
        if type(other) is type(said) and other == said:
            return said
    except Exception:
        pass
    SEEN.add(name)
    return said
"""
RUN = Path(__file__).with_name("reached.py")
PURE = frozenset(("type", "max", "min", "abs", "len", "int", "bool", "map", "range", "tuple"))
VALUES = {ast.If: "test", ast.While: "test", ast.Return: "value", ast.Assign: "value", ast.AugAssign: "value"}
BODIES = ("body", "orelse", "finalbody")


class Named(Change, Protocol):
    """A change that has a name."""

    @property
    def id(self) -> str: ...


class Mark(NamedTuple):
    """What is noted at a statement: that it is reached, or that ``planted`` has another value."""

    name: str
    at: ast.stmt
    planted: ast.expr | None


class Everywhere(Exception):
    """A defect that acts at import."""


def marks(name: str, code: list[ast.stmt], planted: list[ast.stmt], inside: bool = False) -> Iterator[Mark]:
    """Yield where the two lists of statements differ; raises Everywhere where that is at import."""
    mine, other = [ast.dump(one) for one in code], [ast.dump(one) for one in planted]
    first = next((at for at, pair in enumerate(zip(mine, other, strict=False)) if pair[0] != pair[1]), None)
    if first is None:
        first = min(len(mine), len(other))
    last = 0
    while last < min(len(mine), len(other)) - first and mine[-1 - last] == other[-1 - last]:
        last += 1
    gone, new = code[first : len(code) - last], planted[first : len(planted) - last]
    if not gone and not new:
        return
    if len(gone) == len(new) == 1 and type(gone[0]) is type(new[0]):
        yield from _one(name, gone[0], new[0], inside)
    elif not inside:
        raise Everywhere
    elif len(gone) == 1 and not new and isinstance(gone[0], ast.If) and not gone[0].orelse:
        yield Mark(name, gone[0], ast.Constant(False))
    else:
        yield Mark(name, code[min(first, len(code) - 1)], None)


def _one(name: str, code: ast.stmt, planted: ast.stmt, inside: bool) -> Iterator[Mark]:
    if isinstance(code, ast.FunctionDef | ast.ClassDef):
        within = inside or isinstance(code, ast.FunctionDef)
        yield from marks(name, code.body, planted.body, within)  # type: ignore[attr-defined]
        return
    if not inside:
        raise Everywhere
    slot = VALUES.get(type(code), "")
    same = _dump_without(code, slot) == _dump_without(planted, slot)
    value = getattr(planted, slot, None)
    if not same or (value is not None and not _is_pure(value)):
        yield Mark(name, code, None)
    elif slot and ast.dump(getattr(code, slot)) != ast.dump(value):
        yield Mark(name, code, value)
    for body in BODIES:
        if getattr(code, body, None):
            yield from marks(name, getattr(code, body), getattr(planted, body) or [ast.Pass()], True)


def _dump_without(one: ast.stmt, slot: str) -> list[str]:
    left = [(name, value) for name, value in ast.iter_fields(one) if name not in (slot, *BODIES)]
    return [
        f"{name} {ast.dump(value) if isinstance(value, ast.AST) else _dumped(value)}" for name, value in left
    ]


def _dumped(value: object) -> str:
    return (
        repr([ast.dump(one) if isinstance(one, ast.AST) else one for one in value])
        if isinstance(value, list)
        else repr(value)
    )


def _is_pure(value: ast.expr) -> bool:
    calls = [one.func for one in ast.walk(value) if isinstance(one, ast.Call)]
    return all(isinstance(one, ast.Name) and one.id in PURE for one in calls)


class _Marked(ast.NodeTransformer):
    def __init__(self, wanted: Iterable[Mark]) -> None:
        self._at: defaultdict[ast.stmt, list[Mark]] = defaultdict(list)
        for one in wanted:
            self._at[one.at].append(one)

    def visit(self, node: ast.AST) -> ast.AST | list[ast.AST]:  # type: ignore[override]
        self.generic_visit(node)
        noted: list[ast.AST] = []
        for mark in self._at.get(node, []):  # type: ignore[call-overload]
            if mark.planted is None:
                noted.append(ast.Expr(_call("reached", mark.name)))
            else:
                slot = VALUES[type(mark.at)]
                said, planted = getattr(node, slot), mark.planted
                if slot == "test":
                    said, planted = (
                        ast.Call(ast.Name("bool", ast.Load()), [one], []) for one in (said, planted)
                    )
                nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
                setattr(node, slot, _call("either", mark.name, said, ast.Lambda(nothing, planted)))
        return [*noted, node] if noted else node


def _call(function: str, name: str, *arguments: ast.expr) -> ast.Call:
    called = ast.Attribute(ast.Name("planted_marks", ast.Load()), function, ast.Load())
    return ast.Call(called, [ast.Constant(name), *arguments], [])


def marked(text: str, wanted: Iterable[Named]) -> tuple[str, list[str]]:
    """Return a module's text with all marks of these defects, and the names of those that act at import."""
    tree, found, everywhere = ast.parse(text), [], []
    for one in wanted:
        try:
            found += marks(one.id, tree.body, ast.parse(text.replace(one.old, one.new)).body)
        except Everywhere:
            everywhere.append(one.id)
    tree = ast.fix_missing_locations(_Marked(found).visit(tree))
    after = sum(isinstance(one, ast.ImportFrom) and one.module == "__future__" for one in tree.body)
    after += bool(ast.get_docstring(tree))
    tree.body.insert(after, ast.parse("import planted_marks").body[0])
    return ast.unparse(tree), everywhere


def reached(wanted: Iterable[Named], parts: list[str]) -> Callable[[str], list[int] | None]:
    """Run the seeds in these parts, each in a process; return a function: name -> its seeds, None for all."""
    by_file: defaultdict[str, list[Named]] = defaultdict(list)
    for one in wanted:
        by_file[one.file].append(one)
    everywhere: set[str] = set()
    with (
        tempfile.TemporaryDirectory(prefix="planted-") as folder,
        ThreadPoolExecutor(max(len(parts), 1)) as pool,
    ):
        root = copied(Path(folder), [])
        for file, ones in by_file.items():
            text, always = marked((ROOT / file).read_text(encoding="utf-8"), ones)
            (root / file).write_text(text, encoding="utf-8")
            everywhere.update(always)
        (root / "planted_marks.py").write_text(MARKS, encoding="utf-8")
        answers = list(pool.map(lambda part: run_python(root, str(RUN), part), parts))
    seeds: defaultdict[str, list[int]] = defaultdict(list)
    for answer in answers:
        if answer.returncode != 0:
            raise RuntimeError(answer.stderr[-2000:])
        for name, some in json.loads(answer.stdout).items():
            seeds[name] += some
    return lambda name: None if name in everywhere else seeds[name]
