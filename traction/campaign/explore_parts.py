"""The controller's code as it is, and copies of it that were weakened from outside.

A weaker variant is the text of the real modules with a few lines changed, run as modules of its own that
nothing else can import. No switch that weakens anything exists in what is shipped.
"""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from traction.errors import Problem, UsageError

PACKAGE: Final = "traction.controller."
MODULES: Final = ("latch", "session", "motion", "core", "link")
"""Those that a variant may change, in the order in which they import each other."""

Patch = tuple[str, str, str]
"""Module, text that stands there exactly once, text in its place."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The classes that a rig is built of; they are those of the controller, or changed copies."""

    config: Any
    controller: Any
    link: Any


def load_parts(patches: tuple[Patch, ...] = ()) -> Parts:
    """Return the controller's classes, changed by ``patches``; UsageError E198 when one does not fit."""
    made: dict[str, ModuleType] = {}
    if patches:
        before = {PACKAGE + name: importlib.import_module(PACKAGE + name) for name in MODULES}
        try:
            for name in MODULES:
                made[name] = _copy(before[PACKAGE + name], [one for one in patches if one[0] == name])
        finally:
            sys.modules.update(before)
    else:
        made = {name: importlib.import_module(PACKAGE + name) for name in MODULES}
    config = importlib.import_module(PACKAGE + "config")
    return Parts(config.ControllerConfig, made["core"].Controller, made["link"].Link)


def _copy(module: ModuleType, patches: list[Patch]) -> ModuleType:
    """Return a copy of ``module`` with changed text, which stands in ``sys.modules`` in its place."""
    text = Path(module.__file__ or "").read_text(encoding="utf-8")
    for _, old, new in patches:
        if text.count(old) != 1:
            found = f"{module.__name__} has {text.count(old)} times {old.strip()!r}"
            raise UsageError(Problem("E198", found, "once, as when the variant was written"))
        text = text.replace(old, new)
    spec = spec_from_loader(module.__name__, loader=None)
    assert spec is not None
    copy = module_from_spec(spec)
    copy.__dict__["__builtins__"] = __builtins__
    sys.modules[module.__name__] = copy
    exec(compile(text, f"{module.__file__} (changed)", "exec"), copy.__dict__)
    return copy
