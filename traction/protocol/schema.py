"""The JSON Schema of protocol files, for editors: ``python -m traction.protocol.schema > FILE``.

It is generated from the model that reads the files. It knows keys, types, spellings and units; the rules
between fields it cannot know, so ``traction check`` may refuse a file an editor is content with.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from traction.protocol.model import Document


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a protocol file."""
    raw = _plain(Document.model_json_schema(by_alias=True))
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Spinal-traction protocol, format 1",
        "description": "Keys, types and units of a protocol; `traction check` also judges what they mean.",
    }
    return {**head, **{key: value for key, value in raw.items() if key not in head}}


def schema_text() -> str:
    """Return the schema as the text of ``protocols/protocol.schema.json``."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _plain(node: Any) -> Any:
    """Return the schema without nulls (TOML has none: an optional key is absent) and generated titles."""
    if isinstance(node, list):
        return [_plain(one) for one in node]
    if not isinstance(node, dict):
        return node
    if "properties" in node:
        node = {**node, "properties": {key: _untitled(one) for key, one in node["properties"].items()}}
    choices = [one for one in node.get("anyOf", ()) if one != {"type": "null"}]
    if len(choices) == 1:
        rest = {key: value for key, value in node.items() if key not in ("anyOf", "default")}
        return _plain({**choices[0], **rest})
    kept = {key: value for key, value in node.items() if not (key == "default" and value is None)}
    return {key: _plain(value) for key, value in kept.items() if key != "discriminator"}


def _untitled(node: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in node.items() if key != "title"}


if __name__ == "__main__":
    sys.stdout.write(schema_text())
