"""The board-safe files stay within what a small board's Python runs: integers, plain classes, no imports."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[3] / "traction"
FILES = sorted([*(PACKAGE / "controller").glob("*.py"), *(PACKAGE / "wire").glob("*.py")])
ALLOWED_IMPORTS = ("traction.controller", "traction.wire", "binascii")  # MicroPython has that one too

FORBIDDEN = (
    ast.Match,
    ast.TypeAlias if hasattr(ast, "TypeAlias") else ast.Match,
    ast.AsyncFunctionDef,
    ast.AsyncFor,
    ast.AsyncWith,
    ast.Await,
    ast.Yield,
    ast.YieldFrom,
    ast.GeneratorExp,
    ast.NamedExpr,
    ast.JoinedStr,
    ast.Lambda,
    ast.With,
    ast.Global,
    ast.Nonlocal,
    ast.Delete,
    ast.Starred,
    ast.Div,
    ast.Pow,
    ast.MatMult,
)
FORBIDDEN_NAMES = {"float", "complex", "round", "sum", "eval", "exec", "getattr", "setattr", "open", "print"}
BASES = {"Readout"}


@pytest.fixture(params=FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def tree(request: pytest.FixtureRequest) -> ast.Module:
    return ast.parse(request.param.read_text(encoding="utf-8"))


def test_it_imports_only_its_own_kind(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        assert not isinstance(node, ast.Import)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            assert node.module is not None
            assert node.module.startswith(ALLOWED_IMPORTS)


def test_it_knows_no_number_but_whole_ones(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            assert node.value is ... or type(node.value) in (int, str, bytes, bool, type(None)), node.value
        if isinstance(node, ast.Name):
            assert node.id not in FORBIDDEN_NAMES, node.lineno


def test_all_it_ever_catches_is_a_text_that_is_no_number(tree: ast.Module) -> None:
    """Around one statement, and by its name: nothing else may go wrong unseen."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Try):
            (handler,) = node.handlers
            assert isinstance(handler.type, ast.Name)
            assert handler.type.id == "ValueError"
            assert (len(node.body), node.orelse, node.finalbody) == (1, [], [])


def test_it_uses_only_plain_syntax(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        assert not isinstance(node, FORBIDDEN), ast.dump(node)[:80]
        if isinstance(node, ast.FunctionDef):
            assert not node.args.posonlyargs
            assert not node.args.kwonlyargs
            assert not node.args.kwarg
            assert not node.args.vararg
            decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
            assert decorators in ([], ["property"])
        if isinstance(node, ast.ClassDef):
            assert not node.decorator_list
            assert not node.keywords
            assert {ast.unparse(base) for base in node.bases} <= BASES


def test_it_keeps_nothing_that_changes_at_module_level(tree: ast.Module) -> None:
    for node in tree.body:
        if isinstance(node, ast.Assign):
            assert all(isinstance(target, ast.Name) and target.id.isupper() for target in node.targets)
            assert not isinstance(node.value, ast.List | ast.Set)
        else:
            assert isinstance(node, ast.Expr | ast.ImportFrom | ast.ClassDef | ast.FunctionDef)
