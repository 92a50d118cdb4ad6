"""A template as people and programs read it: what its source gives, and what is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from traction.protocol.template import Template
from traction.protocol.template_blanks import PREFIX
from traction.report.layout import facts, table, wrap
from traction.report.style import Style


def template_lines(template: Template, style: Style) -> list[str]:
    """Return title, source, caution, everything the file states, and what it asks for."""
    source = template.data["source"]
    title = wrap(f"{template.name}: {template.data['title']}", style, hanging="  ")
    lines = [style.paint(line, "strong") for line in title]
    lines += wrap(f"[{str(source['evidence']).replace('-', ' ')}; TEMPLATE: values are missing]", style)
    pairs = [(key, _words(source.get(key, ""))) for key in ("caution", "course", "conflicts")]
    pairs.insert(1, ("source", " ".join(_words(source[key]) for key in ("citation", "url") if key in source)))
    pairs.append(("region", f"{template.data['region']}, {template.mode}"))
    pairs.append(("setup", "; ".join(_words(one) for one in template.data.get("setup", {}).values())))
    assumed = source.get("assumed", ())
    pairs += [("assumed" if index == 0 else "", _words(text)) for index, text in enumerate(assumed)]
    lines += facts(pairs, style)
    for phase in template.phases:
        said = [(key, text) for key, text in _said(phase) if key not in ("name", "type")]
        lines += ["", style.paint(f"{phase['name']} ({phase['type']})", "title"), *facts(said, style)]
    return lines


def missing_lines(template: Template, style: Style) -> list[str]:
    """Return what is missing: where it belongs and what it is, and the command that fills it in."""
    rows = [(asked.field, asked.meaning, str(asked.line)) for asked in template.asked]
    lines = table(("value", "what it is", "line"), rows, style, right=(2,))
    return [*lines, *wrap(new_command(template), style, hanging="  ")]


def new_command(template: Template) -> str:
    """Return the command line that makes a protocol of a template."""
    sets = " ".join(f"--set {setting(template, asked.field)}=..." for asked in template.asked)
    return f"traction new my-{template.name}.toml --from {template.name} {sets}".rstrip()


def setting(template: Template, field: str) -> str:
    """Return the shortest name of an asked value: its key where only one is called that, else its place."""
    key = field.rpartition(".")[2]
    same = [asked for asked in template.asked if asked.field.rpartition(".")[2] == key]
    return key if len(same) == 1 else field


def template_show_row(template: Template) -> dict[str, Any]:
    """Return what ``show --json`` prints of a template; every figure of a profile is None."""
    return {
        "name": template.name,
        "title": template.data["title"],
        "region": template.data["region"],
        "mode": template.mode,
        "template": True,
        "missing": [
            {"field": asked.field, "meaning": asked.meaning, "line": asked.line} for asked in template.asked
        ],
        "source": dict(template.data["source"]),
        "phases": [dict(_said(phase)) for phase in template.phases],
        "profile": None,
        "ok": None,
        "errors": None,
        "margins": None,
    }


def _said(phase: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in phase.items():
        if isinstance(value, Mapping):
            yield key, "; ".join(f"{inner} {_value(one)}" for inner, one in value.items())
        else:
            yield key, _value(value)


def _value(value: Any) -> str:
    if isinstance(value, str) and value.startswith(PREFIX):
        return "? (asked for)"
    if isinstance(value, list):
        return " to ".join(_value(one) for one in value)
    return _words(value)


def _words(value: Any) -> str:
    return " ".join(str(value).split())
