"""From what pydantic and the rules found to problems with a code, a place, what was found and expected."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from traction.errors import Problem
from traction.protocol.fields import type_name
from traction.protocol.model import FORMAT, MAX_PHASES, Document
from traction.protocol.phases import PHASES, Published, fields_of
from traction.protocol.places import Path, Places
from traction.protocol.protocol import field_path

MAX_PROBLEMS: Final = 100
_SUGGESTIONS: Final = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in the data, before its place in the file is known."""

    path: Path
    code: str
    found: str
    expected: str
    offset: int = -1
    whole_table: bool = False


def from_pydantic(errors: Iterable[Mapping[str, Any]], data: Mapping[str, Any]) -> list[Fault]:
    """Return pydantic's errors as faults; the tag of a phase is no part of its path."""
    faults: list[Fault] = []
    unknown = 0
    for error in errors:
        path = _without_tags(error["loc"])
        unknown += error["type"] == "extra_forbidden"
        faults.append(_fault(error, path, data, suggest=unknown <= _SUGGESTIONS))
        if len(faults) > MAX_PROBLEMS:
            break
    return faults


def _without_tags(location: tuple[str | int, ...]) -> Path:
    if len(location) > 2 and location[0] == "phase" and isinstance(location[1], int):
        return (*location[:2], *location[3:])
    return location


def _fault(error: Mapping[str, Any], path: Path, data: Mapping[str, Any], suggest: bool) -> Fault:
    kind, context = error["type"], error.get("ctx", {})
    value = _at(data, path)
    if kind[:2] == "E2":
        if path == ("format",):
            return Fault(path, "E207", f"format {context['found']}", f"{FORMAT}, the only one there is")
        return Fault(path, kind, context["found"], context["expected"], context["offset"])
    if kind == "missing":
        return _missing(path)
    if kind == "extra_forbidden":
        return _unknown(path, data, suggest)
    if kind in ("literal_error", "union_tag_invalid"):
        if kind == "union_tag_invalid":
            path, value = (*path, "type"), context["tag"]
        return _not_a_choice(path, value, context)
    if kind == "union_tag_not_found":
        return Fault((*path, "type"), "E221", "no type", f"one of {', '.join(PHASES)}", whole_table=True)
    if kind in ("too_long", "too_short"):
        return _length(path, value, context)
    if kind.startswith("string_") and kind != "string_type":
        return Fault(path, "E224", _shown(value), _TEXTS.get(kind) or _spelling(path))
    return Fault(path, "E222", type_name(value), _TYPES.get(kind, "a table"))


_TYPES: Final = {
    "string_type": "a text in quotes",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list of two, lowest and highest",
}
_TEXTS: Final = {"string_too_long": "a shorter text", "string_too_short": "a text"}


def _spelling(path: Path) -> str:
    if path in (("name",), ("region",)):
        return "lower-case letters and digits, words joined by hyphens"
    if path == ("position", "level"):
        return "a level of the spine such as L5 or L4-L5"
    if path == ("sham", "seal"):
        return "the 64 hex digits that `traction seal` prints"
    if (path and path[-1] == "no_answer") or (len(path) > 2 and path[2] == "then"):
        return "continue, end, stop, or go to and the name of a later phase"
    if len(path) > 2 and path[2] == "answers":
        return "an answer of a few plain words"
    if path and path[-1] == "url":
        return "an address that starts with https:// or http://"
    return "a text that is not empty and has no control characters"


def _missing(path: Path) -> Fault:
    if path == ("phase",):
        return Fault(path, "E221", "no phase", "at least one [[phase]]", whole_table=True)
    if isinstance(path[-1], int):
        return Fault(path[:-1], "E222", f"a list of {path[-1]}", "a list of two, lowest and highest")
    is_table = len(path) == 1 and _sub_model(Document, str(path[0])) is not None
    expected = f"a table [{path[0]}]" if is_table else "it to be stated; nothing is filled in"
    return Fault(path, "E221", f"no {path[-1]}", expected, whole_table=True)


def _unknown(path: Path, data: Mapping[str, Any], suggest: bool) -> Fault:
    model = model_at(path[:-1], data)
    known = list(fields_of(model)) if model else []
    key = str(path[-1])
    near = difflib.get_close_matches(key[:40], known, n=1) if suggest else []
    hint = f" (did you mean {near[0]}?)" if near else ""
    return Fault(path, "E220", f"the unknown key {_shown(key)}{hint}", f"one of {', '.join(known)}")


def _not_a_choice(path: Path, value: object, context: Mapping[str, Any]) -> Fault:
    expected = str(context.get("expected") or context["expected_tags"]).replace("'", '"')
    if not isinstance(value, str):
        return Fault(path, "E222", type_name(value), f"one of {expected}")
    words = [word.strip(' "') for word in expected.replace(" or ", ",").split(",")]
    near = difflib.get_close_matches(value[:40].lower(), words, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return Fault(path, "E223", f"{_shown(value)}{hint}", f"one of {expected}")


def _length(path: Path, value: object, context: Mapping[str, Any]) -> Fault:
    if path == ("phase",):
        if context["actual_length"] == 0:
            return Fault(path, "E221", "no phase", "at least one [[phase]]")
        return Fault(
            path, "E206", f"{len(value) if isinstance(value, list) else 'many'} phases", f"{MAX_PHASES}"
        )
    bound = context.get("max_length", context.get("min_length"))
    return Fault(path, "E222", f"a list of {context['actual_length']}", f"a list of {bound}")


def model_at(path: Path, data: Mapping[str, Any]) -> type[BaseModel] | None:
    """Return the model of the table at ``path``; the type of a phase is looked up in ``data``."""
    model: type[BaseModel] | None = Document
    at = 0
    while at < len(path) and model is not None:
        if path[at] == "phase" and at == 0:
            raw = _at(data, path[:2])
            model = PHASES.get(str(raw.get("type"))) if isinstance(raw, dict) else None
            at += 2
            continue
        model = _sub_model(model, str(path[at]))
        at += 1
    return model


def _sub_model(model: type[BaseModel], key: str) -> type[BaseModel] | None:
    field = fields_of(model).get(key)
    if field is None:
        return None
    if key == "range":
        return Published
    candidates = (field.annotation, *getattr(field.annotation, "__args__", ()))
    return next((one for one in candidates if isinstance(one, type) and issubclass(one, BaseModel)), None)


def _at(data: Any, path: Path) -> Any:
    for part in path:
        known = isinstance(data, dict) and part in data
        if not known and not (isinstance(data, list) and isinstance(part, int) and part < len(data)):
            return None
        data = data[part]
    return data


def _shown(value: object) -> str:
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def placed(faults: Iterable[Fault], places: Places, file: str) -> list[Problem]:
    """Return the faults as problems in the order of the file: at most MAX_PROBLEMS, and one for the rest."""
    problems = []
    for fault in faults:
        line, column, exact = places.find(fault.path)
        if exact and fault.offset >= 0:
            column += places.shift(fault.path, fault.offset)
        shown = column if exact and not fault.whole_table else None
        where = field_path(fault.path)
        problems.append(Problem(fault.code, fault.found, fault.expected, file, line, shown, where or None))
    problems.sort(key=lambda problem: (problem.line or 0, problem.column or 0, problem.field or ""))
    if len(problems) > MAX_PROBLEMS:
        more = f"more than {MAX_PROBLEMS} errors"
        problems = [*problems[:MAX_PROBLEMS], Problem("E206", more, "fewer; the rest is not shown", file)]
    return problems
