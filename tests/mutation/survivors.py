"""The list of mutants that no test can tell from the code, each with the reason why."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from tests.mutation.places import Mutant

LIST = Path(__file__).with_name("survivors.toml")
Key = tuple[str, str, str, str, int]


class Listed:
    """What ``survivors.toml`` says: the mutants by their key, and what is wrong with the list itself."""

    def __init__(self, text: str) -> None:
        data = tomllib.loads(text)
        self.reasons: dict[str, str] = data.get("reasons", {})
        self.why: dict[Key, str] = {}
        self.problems: list[str] = []
        entries = data.get("survivor", [])
        for entry in entries:
            self._take(entry)
        most = data.get("at_most")
        if most != len(entries):
            self.problems.append(f"at_most is {most}, but {len(entries)} are listed: it may only be lowered")
        unused = set(self.reasons) - set(self.why.values())
        self.problems += [f"the reason {name} is given by nobody" for name in sorted(unused)]

    def _take(self, entry: dict[str, Any]) -> None:
        key = (entry["file"], entry["function"], entry["line"], entry["becomes"], entry.get("nth", 0))
        why = entry.get("why", "")
        if key in self.why:
            self.problems.append(f"listed twice: {shown(key)}")
        if why not in self.reasons:
            self.problems.append(f"no reason {why!r} for: {shown(key)}")
        self.why[key] = why

    def gone(self, mutants: list[Mutant], files: list[str]) -> list[Key]:
        """Return what is listed for these files and cannot be made of them any more."""
        known = {mutant.key for mutant in mutants}
        return [key for key in self.why if key[0] in files and key not in known]


def load() -> Listed:
    """Read the list."""
    return Listed(LIST.read_text(encoding="utf-8"))


def shown(key: Key) -> str:
    """Return a mutant in one line for people."""
    file, function, line, becomes, nth = key
    return f"{file} {function or '(import)'}: {line}  ->  {becomes}{f' ({nth + 1})' if nth else ''}"


def entry(mutant: Mutant) -> str:
    """Return a mutant as an entry of the list, its reason left to be named."""
    file, function, line, becomes, nth = mutant.key
    fields = {"file": file, "function": function, "line": line, "becomes": becomes, "kind": mutant.kind}
    # a basic string of TOML is written as one of JSON
    rows = [f"{name} = {json.dumps(text, ensure_ascii=False)}" for name, text in fields.items()]
    rows += [f"nth = {nth}"] if nth else []
    return "\n".join(["[[survivor]]", *rows, 'why = ""', "", ""])
