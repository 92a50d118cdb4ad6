"""A protocol as far as it can be read, so that rules between fields can be checked beside other errors."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Annotated, Any, Final, cast

from pydantic import BaseModel, TypeAdapter, ValidationError

from traction.protocol.model import MAX_PHASES, Document
from traction.protocol.phases import PHASES, fields_of
from traction.protocol.problems import model_at


class Broken:
    """Stand for a value that was written but cannot be read; no rule judges it."""


BROKEN: Final = Broken()


def partly_read(data: dict[str, Any]) -> Document:
    """Return ``data`` with the document's attributes, each as read or BROKEN (also where it is missing)."""
    document = _lenient(Document, {key: value for key, value in data.items() if key != "phase"})
    raw = data.get("phase")
    phases = raw[:MAX_PHASES] if isinstance(raw, list) else []
    document.phase = [_phase(one) for one in phases]
    return cast("Document", document)


def _phase(raw: Any) -> Any:
    model = PHASES.get(str(raw.get("type"))) if isinstance(raw, dict) else None
    return BROKEN if model is None else _lenient(model, raw)


def _lenient(model: type[BaseModel], raw: dict[str, Any]) -> SimpleNamespace:
    values: dict[str, Any] = {}
    for (key, field), name in zip(fields_of(model).items(), model.model_fields, strict=True):
        if key not in raw:
            values[name] = BROKEN if field.is_required() else field.default
            continue
        try:
            values[name] = _adapter(model, name).validate_python(raw[key])
        except ValidationError:
            inner = model_at((key,), {}) if model is Document else _inner(field.annotation)
            values[name] = _lenient(inner, raw[key]) if inner and isinstance(raw[key], dict) else BROKEN
    return SimpleNamespace(**values)


def _inner(annotation: Any) -> type[BaseModel] | None:
    candidates = (annotation, *getattr(annotation, "__args__", ()))
    return next((one for one in candidates if isinstance(one, type) and issubclass(one, BaseModel)), None)


@cache
def _adapter(model: type[BaseModel], name: str) -> TypeAdapter[Any]:
    field = model.model_fields[name]
    annotation: Any = field.annotation
    for extra in field.metadata:
        annotation = Annotated[annotation, extra]
    return TypeAdapter(annotation)
