"""Write fitted values back into the file of parameters: rows change, comments and order stay."""

from __future__ import annotations

import re
from collections.abc import Mapping


def with_rows(text: str, changed: Mapping[str, tuple[float, str]]) -> str:
    """Return ``text`` of ``parameters.toml`` with ``changed``: full name to (value, how).

    Raises KeyError for a name that has no row.
    """
    left = dict(changed)
    table, lines = "", []
    for line in text.splitlines(keepends=True):
        if line.startswith("["):
            table = line.strip().strip("[]").replace('"', "")
        name = f"{table}.{line.partition(' = {')[0]}"
        lines.append(_row(line, *left.pop(name)) if name in left else line)
    if left:
        raise KeyError(", ".join(left))
    return "".join(lines)


def _row(line: str, value: float, how: str) -> str:
    line = re.sub(r"\bvalue = [^,]+,", f"value = {value!r},", line, count=1)
    return re.sub(r'\bhow = "[a-z]+"', f'how = "{how}"', line, count=1)
