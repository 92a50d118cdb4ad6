"""The messages of the wire as plain data, as text and as Markdown, from the code that both ends run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from traction.wire import codes, frame, messages

DIRECTIONS: Final = {messages.TO_CONTROLLER: "host to controller", messages.TO_HOST: "controller to host"}


def description() -> dict[str, Any]:
    """Return everything the table says, as JSON takes it."""
    return {
        "major": frame.MAJOR - ord("0"),
        "minor": messages.MINOR,
        "definition": f"{messages.definition():08X}",
        "longest_frame_bytes": frame.MAX_BYTES,
        "header": [_field(field) for field in messages.HEADER],
        "messages": [_message(letter) for letter in messages.LETTERS],
        "states": _numbered(codes.STATE_NAMES),
        "stops": [{"number": number, "name": name} for number, name in codes.STOP_NAMES.items()],
        "faults": [{"number": number, "name": name} for number, name in codes.FAULT_NAMES.items()],
        "results": [{"number": number, "name": name} for number, name in codes.RESULT_NAMES.items()],
    }


def text(described: dict[str, Any]) -> list[str]:
    """Return the message table as text, one field a line."""
    lines = [
        f"wire version {described['major']}.{described['minor']}, definition {described['definition']}",
        f"every frame: {', '.join(field['name'] for field in described['header'])}, then",
    ]
    for message in described["messages"]:
        lines += ["", f"{message['letter']}  {message['name']}  {message['direction']}"]
        lines += [
            f"   {field['name']:<18} {field['unit']:<5} {field['low']} to {field['high']}"
            for field in message["fields"]
        ]
    for name in ("states", "stops", "faults", "results"):
        lines += ["", name]
        lines += [f"   {row['number']:<5} {row['name']}" for row in described[name]]
    return lines


def markdown(described: dict[str, Any]) -> list[str]:
    """Return the message table as Markdown."""
    lines = [
        f"Version {described['major']}.{described['minor']}, definition `{described['definition']}`.",
        "",
    ]
    lines += ["Every frame begins with:", "", *_fields_markdown(described["header"])]
    for message in described["messages"]:
        lines += ["", f"### `{message['letter']}` {message['name']} ({message['direction']})", ""]
        lines += _fields_markdown(message["fields"])
    for name in ("states", "stops", "faults", "results"):
        lines += ["", f"### {name.capitalize()}", "", "| number | name |", "|---|---|"]
        lines += [f"| {row['number']} | {row['name']} |" for row in described[name]]
    return lines


def _fields_markdown(fields: list[dict[str, Any]]) -> Iterator[str]:
    yield "| field | unit | from | to |"
    yield "|---|---|---|---|"
    for field in fields:
        yield f"| `{field['name']}` | {field['unit']} | {field['low']} | {field['high']} |"


def _field(field: tuple[str, str, int, int]) -> dict[str, Any]:
    name, unit, low, high = field
    return {"name": name, "unit": unit, "low": low, "high": high}


def _message(letter: str) -> dict[str, Any]:
    name, direction, fields = messages.MESSAGES[letter]
    return {
        "letter": letter,
        "name": name,
        "direction": DIRECTIONS[direction],
        "fields": [_field(field) for field in fields],
    }


def _numbered(names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [{"number": number, "name": name} for number, name in enumerate(names)]
