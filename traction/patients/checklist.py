"""Checklists of a region: what is asked of a patient, and what is looked at before a session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from traction.errors import Problem, UsageError
from traction.patients.form import Form, read_form
from traction.safety.hardware import REGIONS
from traction.shipped import shipped_dir

FORMAT: Final = 1
Kind = Literal["answer", "ack", "machine"]
KINDS: Final = ("answer", "ack", "machine")
MACHINE: Final = ("checks", "region", "slack", "stops", "supply", "controller")
"""What a machine can look at: what is kept of its checks, its adaptor, cells, stops and supply, itself."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a checklist. ``clear`` is the answer that does not block; an ``ack`` clears with yes.

    ``real_only``: it means nothing on a simulated table, and is not asked there. ``check`` is what a machine
    looks at.
    """

    id: str
    text: str
    kind: Kind
    clear: str
    real_only: bool = False
    check: str = ""


@dataclass(frozen=True, slots=True)
class Checklist:
    """The questions of one region; answers to the screening count for ``valid_days``."""

    region: str
    title: str
    valid_days: int
    sources: tuple[str, ...]
    screening: tuple[Item, ...]
    preflight: tuple[Item, ...]
    digest: str
    path: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line with what is known: ``state`` is clear, blocks, open, old or not asked."""

    id: str
    text: str
    state: str
    answer: str = ""
    on: str = ""
    problem: Problem | None = None


def load_checklist(region: str, path: Path | None = None) -> Checklist:
    """Read the checklist of a region, or of a file. Raises UsageError E191, E132, ProtocolError."""
    if region not in REGIONS:
        raise UsageError(Problem("E191", f"the region {region!r}", f"one of {', '.join(REGIONS)}"))
    form = read_form(path or shipped_dir("hardware") / "checklists" / f"{region}.toml", "a checklist")
    form.whole("format", FORMAT, FORMAT)
    form.text("region", (region,))
    found = Checklist(
        region=region,
        title=form.text("title"),
        valid_days=form.whole("valid_days", 1, 366),
        sources=form.words("sources"),
        screening=tuple(_item(one, ("answer",)) for one in form.tables("screening")),
        preflight=tuple(_item(one, KINDS) for one in form.tables("preflight")),
        digest=form.reading.digest,
        path=form.reading.file,
    )
    _require_once(form, found)
    form.finish()
    return found


def _item(form: Form, kinds: tuple[str, ...]) -> Item:
    kind = form.text("kind", kinds) if len(kinds) > 1 else kinds[0]
    return Item(
        id=form.name("id"),
        text=form.text("text"),
        kind=kind,  # type: ignore[arg-type]  # one of KINDS, or the file is refused
        clear=form.text("clear", ("no", "yes")) if kind == "answer" else "yes",
        real_only=form.flag("real_only") if form.has("real_only") else False,
        check=form.text("check", MACHINE) if kind == "machine" else "",
    )


def _require_once(form: Form, found: Checklist) -> None:
    if not found.screening:
        form.wrong("screening", "no question at all", "at least one [[screening]]")
    seen: set[str] = set()
    for item in (*found.screening, *found.preflight):
        if item.id in seen:
            form.wrong("screening", f"the id {item.id!r} twice", "each id once")
        seen.add(item.id)


def preflight_rows(
    checklist: Checklist,
    answers: Mapping[str, str],
    looked: Mapping[str, Iterable[Problem]],
    *,
    simulated: bool,
) -> tuple[Row, ...]:
    """Return a row for each line of the preflight: E364 nobody answered, E365 an answer that blocks.

    ``looked`` has, for each thing a machine looked at, what it objects to; what nobody looked at is open.
    What means nothing on a simulated table is not asked there.
    """
    return tuple(_row(item, answers.get(item.id, ""), looked, simulated) for item in checklist.preflight)


def _row(item: Item, answer: str, looked: Mapping[str, Iterable[Problem]], simulated: bool) -> Row:
    if item.real_only and simulated:
        return Row(item.id, item.text, "not asked")
    if item.kind == "machine":
        if item.check not in looked:
            problem = Problem(
                "E364", f"nothing has looked at {item.id!r}", "a table that answers", field=item.id
            )
            return Row(item.id, item.text, "open", problem=problem)
        against = tuple(looked[item.check])
        return Row(item.id, item.text, "blocks" if against else "clear", problem=next(iter(against), None))
    if not answer:
        problem = Problem("E364", f"nobody has answered {item.id!r}: {item.text}", "yes or no", field=item.id)
        return Row(item.id, item.text, "open", problem=problem)
    if answer != item.clear:
        problem = Problem("E365", f"{item.id}: {answer}", f"{item.clear}, or no session", field=item.id)
        return Row(item.id, item.text, "blocks", answer, problem=problem)
    return Row(item.id, item.text, "clear", answer)
