"""The kinds of mutants: comparisons, boundaries, signs, constants, booleans; what each node gives."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from tests.mutation.names import Names
from tests.mutation.places import Source

BOUNDARY = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
OPPOSITE = {
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
    "==": "!=",
    "!=": "==",
    "is": "is not",
    "is not": "is",
    "in": "not in",
    "not in": "in",
}
SIGNS = {"+": "-", "-": "+"}
BITS = {"&": "|", "|": "&", "<<": ">>", ">>": "<<"}
EXTREMES = {"min": "max", "max": "min"}
TOLERANCE = 1e-3
"""A number smaller than this is a tolerance, of which twice and half are tried; else a tenth more or less."""


class Change(NamedTuple):
    kind: str
    start: int
    end: int
    replacement: str


def changes(source: Source, names: Names, node: ast.AST) -> Iterator[Change]:
    """Yield every change of one node, its operands not included."""
    if isinstance(node, ast.Compare):
        yield from _comparison(source, node)
    elif isinstance(node, ast.BoolOp):
        yield from _and_or(source, node)
    elif isinstance(node, ast.UnaryOp):
        yield from _unary(source, node)
    elif isinstance(node, ast.BinOp):
        yield from _operator(source, source.end(node.left), source.start(node.right))
    elif isinstance(node, ast.AugAssign):
        yield from _operator(source, source.end(node.target), source.start(node.value))
    elif isinstance(node, ast.Constant):
        yield from _constant(source, node)
    elif isinstance(node, ast.Attribute):
        other = names.neighbour(node)
        if other is not None:
            yield Change("constant", source.end(node.value), source.end(node), f".{other}")
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in EXTREMES:
        yield Change("comparison", source.start(node.func), source.end(node.func), EXTREMES[node.func.id])
    for test in _tests(node):
        yield Change("boolean", source.start(test), source.end(test), f"not ({_text(source, test)})")


def _comparison(source: Source, node: ast.Compare) -> Iterator[Change]:
    left: ast.expr = node.left
    for right in node.comparators:
        tokens = source.between(source.end(left), source.start(right))
        start, end = tokens[0].start, tokens[-1].end
        operator = " ".join(token.text for token in tokens)
        if operator in BOUNDARY:
            yield Change("boundary", start, end, BOUNDARY[operator])
        yield Change("comparison", start, end, OPPOSITE[operator])
        left = right


def same_when_equal(node: ast.AST) -> ast.Compare | None:
    """Return the comparison of a choice between the very two it compares.

    As in ``a if a < b else b``, and in ``if b < a: a = b`` without an ``else``: ``<`` or ``<=`` is the same.
    """
    if not isinstance(node, ast.IfExp | ast.If) or not isinstance(node.test, ast.Compare):
        return None
    test = node.test
    if isinstance(node, ast.IfExp):
        chosen: list[ast.expr] = [node.body, node.orelse]
    elif len(node.body) == 1 and isinstance(node.body[0], ast.Assign) and not node.orelse:
        chosen = [*node.body[0].targets, node.body[0].value]
    else:
        return None
    compared = [test.left, *test.comparators]
    if any(isinstance(part, ast.Call) for one in compared for part in ast.walk(one)):
        return None
    same = len(compared) == 2 and sorted(map(ast.unparse, compared)) == sorted(map(ast.unparse, chosen))
    return test if same else None


def _and_or(source: Source, node: ast.BoolOp) -> Iterator[Change]:
    words = []
    for left, right in zip(node.values, node.values[1:], strict=False):
        (word,) = source.between(source.end(left), source.start(right))
        words.append(word)
        yield Change("boolean", word.start, word.end, "or" if word.text == "and" else "and")
    always = "True" if isinstance(node.op, ast.And) else "False"
    for operand in node.values:  # as if it were not there
        yield Change("boolean", source.start(operand), source.end(operand), always)


def _unary(source: Source, node: ast.UnaryOp) -> Iterator[Change]:
    start, end = source.start(node), source.start(node.operand)
    if isinstance(node.op, ast.Not):
        yield Change("boolean", start, start + len("not "), "")
    elif isinstance(node.op, ast.USub):
        yield Change("sign", start, start + 1, "")
    elif isinstance(node.op, ast.Invert):
        yield Change("boolean", start, start + 1, "")
    assert end > start


def _operator(source: Source, start: int, end: int) -> Iterator[Change]:
    (token,) = source.between(start, end)
    word, assigned = token.text.removesuffix("="), "=" if token.text.endswith("=") else ""
    if word in SIGNS:
        yield Change("sign", token.start, token.end, SIGNS[word] + assigned)
    elif word in BITS:
        yield Change("boolean", token.start, token.end, BITS[word] + assigned)


def _constant(source: Source, node: ast.Constant) -> Iterator[Change]:
    value, start, end = node.value, source.start(node), source.end(node)
    if isinstance(value, bool):
        yield Change("boolean", start, end, str(not value))
    elif isinstance(value, int):
        yield Change("constant", start, end, str(value + 1))
        yield Change("constant", start, end, str(value - 1) if value else "(-1)")
    elif isinstance(value, float):
        for factor in (2.0, 0.5) if value < TOLERANCE else (1.1, 0.9):
            yield Change(
                "constant", start, end, repr(value * factor) if value else f"{2.0 * factor - 2.0:.1f}"
            )


def _tests(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the conditions of a node that are no comparison, ``and``, ``or`` or ``not`` themselves."""
    if isinstance(node, ast.If | ast.While | ast.IfExp):
        found = [node.test]
    elif isinstance(node, ast.comprehension):
        found = node.ifs
    else:
        found = []
    for test in found:
        inner = test.value if isinstance(test, ast.NamedExpr) else test
        negated = isinstance(inner, ast.UnaryOp) and isinstance(inner.op, ast.Not)
        if not negated and not isinstance(inner, ast.Compare | ast.BoolOp | ast.Constant):
            yield test


def _text(source: Source, node: ast.expr) -> str:
    return source.text[source.start(node) : source.end(node)].decode()
