"""Put the mutated code of one function in the place of the live one, or a mutated text in place of a file."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from tests.mutation.places import Mutant


def module_name(file: str) -> str:
    """Return the name a file is imported under."""
    return ".".join(Path(file).with_suffix("").parts).removesuffix(".__init__")


def swap_function(mutant: Mutant, root: Path) -> None:
    """Give the live function the mutated code; LookupError when there is no such function."""
    function = live_function(mutant)
    path = str(root / mutant.file)
    whole = compile(mutant.source(root), path, "exec", dont_inherit=True)
    code = next((code for code in _codes(whole) if code.co_qualname == mutant.function), None)
    if code is None:
        raise LookupError(mutant.function)
    function.__code__ = code


def live_function(mutant: Mutant) -> FunctionType:
    """Return the function as its class or module holds it; LookupError when it is not there."""
    found: Any = sys.modules[module_name(mutant.file)]
    for name in mutant.function.split("."):
        found = vars(found)[name]
    found = getattr(found, "fget", getattr(found, "__func__", found))
    while hasattr(found, "__wrapped__"):
        found = found.__wrapped__
    if isinstance(found, FunctionType):
        return found
    raise LookupError(mutant.function)


def _codes(code: CodeType) -> list[CodeType]:
    inner = [one for const in code.co_consts if isinstance(const, CodeType) for one in _codes(const)]
    return [code, *inner]


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, path: str, source: bytes) -> None:
        super().__init__(name, path)
        self._mutated = source

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._mutated, self.path, "exec", dont_inherit=True)


def import_mutated(mutant: Mutant, root: Path) -> None:
    """Import one module from its mutated text, and what it needs as it is.

    At once, because pytest reads by itself what it is going to import.
    """
    sys.meta_path.insert(0, _MutatedModule(mutant, root))
    importlib.import_module(module_name(mutant.file))


class _MutatedModule(importlib.abc.MetaPathFinder):
    def __init__(self, mutant: Mutant, root: Path) -> None:
        self._name = module_name(mutant.file)
        self._path = str(root / mutant.file)
        self._source = mutant.source(root)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._name:
            return None
        loader = _Loader(fullname, self._path, self._source)
        return importlib.util.spec_from_file_location(fullname, self._path, loader=loader)
