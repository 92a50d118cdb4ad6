"""The named constants a module reads of another one, such as codes.FAULT_ESTOP, and its neighbour."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path


class Names:
    """Of one module: which of its names are modules or classes full of constants."""

    def __init__(self, root: Path, tree: ast.Module) -> None:
        self._members: dict[str, tuple[str, ...]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("traction"):
                for alias in node.names:
                    members = _members(root, str(node.module), alias.name)
                    self._members[alias.asname or alias.name] = members

    def neighbour(self, node: ast.Attribute) -> str | None:
        """Return the constant that stands next to this one of those named alike, or None."""
        if not isinstance(node.value, ast.Name) or not isinstance(node.ctx, ast.Load):
            return None
        members = self._members.get(node.value.id, ())
        if node.attr not in members:
            return None
        alike = [name for name in members if name.split("_")[0] == node.attr.split("_")[0]]
        others = alike if len(alike) > 1 else members
        return others[(others.index(node.attr) + 1) % len(others)]


@cache
def _members(root: Path, module: str, name: str) -> tuple[str, ...]:
    """Return the whole numbers named in capitals in a module, or in a class of it, in their order."""
    below = root / Path(*module.split("."))
    path = below / f"{name}.py"
    if path.exists():
        return _numbers(ast.parse(path.read_bytes()).body)
    path = below.with_suffix(".py")
    if path.exists():
        for node in ast.parse(path.read_bytes()).body:
            if isinstance(node, ast.ClassDef) and node.name == name:
                return _numbers(node.body)
    return ()


def _numbers(body: list[ast.stmt]) -> tuple[str, ...]:
    found = []
    for node in body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        number = isinstance(value, ast.Constant | ast.UnaryOp | ast.BinOp)
        if isinstance(target, ast.Name) and target.id.isupper() and number:
            found.append(target.id)
    return tuple(found)
