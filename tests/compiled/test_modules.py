"""What is compiled for campaigns fits the source as it is; that it does the same is proved by running it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.compiled.build import MODULES, REPLACED, ready
from tests.planting import ROOT


def test_each_module_is_there_and_named_once() -> None:
    assert list(MODULES) == sorted(set(MODULES))
    assert [name for name in MODULES if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("package", ["controller", "wire", "safety/watch"])
def test_all_of_what_runs_in_every_tick_is_compiled(package: str) -> None:
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "traction" / package).glob("[!_]*.py")}
    assert files <= set(MODULES)


def test_what_derives_from_a_compiled_class_in_a_campaign_is_compiled() -> None:
    """An interpreted class cannot derive from a compiled one: the copy would not even begin."""
    classes = {
        node.name: (name, {getattr(base, "id", "") for base in node.bases})
        for name in _files("campaign", "controller", "drivers", "runner", "sim", "safety", "wire")
        for node in ast.walk(ast.parse((ROOT / name).read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    }
    plain = {name for name, (file, _) in classes.items() if file in MODULES}
    left = {name for name, (file, bases) in classes.items() if bases & plain and file not in MODULES}
    assert left - {"Frozen"} == set()


def test_each_text_that_is_replaced_is_there_once() -> None:
    for one in REPLACED:
        text = (ROOT / one.file).read_text(encoding="utf-8")
        assert text.count(one.old) == 1, one.old
        assert one.file in MODULES


def test_what_is_made_ready_is_python_and_says_the_same_but_for_types() -> None:
    for name in MODULES:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert _without_types(ready(text, name)) == _without_types(text), name


def _files(*packages: str) -> list[str]:
    return [
        path.relative_to(ROOT).as_posix()
        for package in packages
        for path in Path(ROOT / "traction" / package).rglob("*.py")
    ]


class _Untyped(ast.NodeTransformer):
    """Takes out what says something of types alone."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node.value is None:
            return None
        return ast.Assign(targets=[node.target], value=node.value, lineno=0)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        return ast.arg(node.arg)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | None:
        return None if node.module == "typing" else node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if getattr(node.func, "id", "") == "dataclass":
            node.keywords = [one for one in node.keywords if one.arg != "slots"]
            return node if node.keywords else node.func
        return self.generic_visit(node)


def _without_types(text: str) -> str:
    return ast.dump(_Untyped().visit(ast.parse(text)))
