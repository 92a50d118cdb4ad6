"""The hazards as the manual prints them: counts first, then each hazard with its layers, code and tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from traction.hazards import model
from traction.hazards.model import Control, Hazard, Hazards

INTRODUCTION: Final = """\
# Hazards

<!-- Made by `python -m traction.hazards > docs/hazards.md` from hardware/hazards.toml: edit that. -->

What may go wrong at a powered traction table, what stands against it here, and which tests show that. This
page is made from [`hardware/hazards.toml`](../hardware/hazards.toml), and a test holds the two equal. Others
fail for any code or test named there that does not exist, and for any fault, any check of controller or
host, and any file of safety tests that no hazard names.

**This is bench evidence, and no claim of conformity to any standard.** It says what this software does on
simulated and emulated tables. No real table has been driven with it, and nobody may be in the harness.

A layer is *held* when its control and tests of it are there, *partly* or *missing* where the page says what
is lacking, and *asked* where only whoever builds the table can provide it
([hardware/README.md](../hardware/README.md)); that is never counted as held. A hazard is held when all its
layers of software are, and no evidence is named as lacking. The tests below try each fault at one or a few
moments; `traction faults matrix` tries it in every phase of a session, and
`python -m tests.campaign_matrix.knockout` does so with all layers switched off but the one that is to hold
*alone*. Both commands stand with each hazard, for one moment on one table; without options they try all.
What no fault of the list brings about has a command of its own, `python -m tests.hazards.seen`.

The times that these commands print count from the onset of the fault; the time of a hazard counts from when
the fault makes a difference. A drive that jams in a hold is noticed when it should move, and a cell that
drifts slowly when it is far enough off. What only takes away a way out, such as a shorted stop or a jammed
release, changes nothing before that way is needed: the session completes, and the tests show what is refused.
"""


SEEN_AT: Final = "--phase HOLD --onset middle"
SEEN_EARLY: Final = "--phase TAKE_UP --onset entry"
SLOW: Final = ("H12",)
"""What takes longer to show than a hold of the matrix lasts: begun with the session."""
SEEN_ON: Final = "--region lumbar --drive back-drivable --transport wire"
"""One moment on one table, so that a command on the page takes seconds."""

_ALONE: Final = "python -m tests.campaign_matrix.knockout"
_SEEN: Final = "python -m tests.hazards.seen"
BY_PLANS: Final = ("H01", "H04", "H05")
"""Hazards that a plan brings about which breaks a limit, and no fault: the command for one layer runs it."""


def markdown(known: Hazards) -> Iterator[str]:
    """Yield the lines of the page."""
    yield from INTRODUCTION.splitlines()
    yield from ("", "## Counts", "")
    yield from _counts(known)
    yield from ("", "## Reactions", "", "| reaction | what it is |", "|---|---|")
    yield from (f"| {name} | {what} |" for name, what in model.REACTIONS.items())
    yield from ("", "## All hazards", "")
    yield from ("| | hazard | severity | reaction | within | status |", "|---|---|---|---|---|---|")
    for one in known.hazards:
        title = f"[{one.name}](#{_anchor(one)}) | {one.title}"
        yield f"| {title} | {one.severity} | {', '.join(one.reaction)} | {one.within} | {one.status} |"
    yield from (
        "",
        "Severity: 4 an injury that stays, 3 an injury, 2 pain or a broken rig, 1 lost data. The time is the",
    )
    yield "longest from the hazard to the beginning of the reaction, by the first layer that reacts."
    for one in known.hazards:
        yield from _section(one)
    yield from ("", "## Codes that stand for no hazard", "", "| code | why |", "|---|---|")
    yield from (f"| {name} | {why} |" for name, why in known.no_hazard)


def _counts(known: Hazards) -> Iterator[str]:
    columns = model.STATUSES
    yield f"| | {' | '.join(columns)} | all |"
    yield "|---|" + "---|" * (len(columns) + 1)
    states = [one.status for one in known.hazards]
    yield _row("hazards", states)
    for layer in model.LAYERS:
        there = [one.status for hazard in known.hazards for one in hazard.controls if one.layer == layer]
        yield _row(f"controls of the {layer}" if layer != model.MECHANICS else "controls of mechanics", there)


def _row(what: str, states: list[str]) -> str:
    return f"| {what} | {' | '.join(str(states.count(one)) for one in model.STATUSES)} | {len(states)} |"


def _heading(one: Hazard) -> str:
    return f"{one.name} {one.title}"


def _anchor(one: Hazard) -> str:
    kept = [mark for mark in _heading(one).lower() if mark.isalnum() or mark in " -"]
    return "".join(kept).replace(" ", "-")


def _section(one: Hazard) -> Iterator[str]:
    yield from (
        "",
        f"## {_heading(one)}",
        "",
        f"{one.happens} Severity {one.severity}; **{one.status}**.",
        "",
    )
    yield f"- Seen by: {one.signal}"
    when = one.within if one.within in model.MOMENTS else f"within {one.within}"
    yield f"- Reaction: {', '.join(one.reaction)}; {when}"
    yield f"- To be held alone by: {', '.join(one.alone) or 'nobody'}"
    yield f"- Brought about by: {_listed(one.faults) or 'no fault of the list'}"
    yield f"- Said as: {_listed(one.checks) or 'nothing of its own'}"
    if one.unproved:
        yield f"- Evidence that is lacking: {one.unproved}"
    if one.faults:
        when = "from the start" if one.name in SLOW else "at full force"
        yield from ("", f"See it: each fault {when} on one table, how it ended, when, and the margin.")
        yield from ("", "```sh", *shown(one), "```")
    elif one.name in BY_PLANS:
        yield from (
            "",
            "See it: a plan that breaks the limit, with each layer alone, how it ended, and the force.",
        )
        yield from ("", "```sh", f"{_ALONE} {one.name}", "```")
    else:
        yield from ("", "See it: what is done wrong, what answers, after which time, and the margin.")
        yield from ("", "```sh", f"{_SEEN} {one.name}", "```")
    for control in one.controls:
        yield from _control(control)


def shown(one: Hazard) -> tuple[str, ...]:
    """Return the lines of the command that shows the faults of a hazard, and of that with one layer alone."""
    faults = tuple(f"--fault {name}" for name in one.faults)
    moment = (SEEN_EARLY if one.name in SLOW else SEEN_AT, SEEN_ON)
    matrix = _command("traction faults matrix", (*faults, *moment))
    alone = _command(f"{_ALONE} {one.name}", moment)
    return (*matrix, *(alone if {model.CONTROLLER, model.HOST} & {*one.alone} else ()))


def _command(name: str, options: tuple[str, ...]) -> tuple[str, ...]:
    lines = [name, *(f"  {option}" for option in options)]
    return (*(f"{line} \\" for line in lines[:-1]), lines[-1])


def _control(control: Control) -> Iterator[str]:
    does = f"what it would be: one that {control.does}" if control.status == model.MISSING else control.does
    yield from ("", f"**{control.layer.capitalize()}, {control.status}:** {does}.")
    if control.lacks:
        yield from ("", f"What is lacking: {control.lacks}")
    if control.code:
        yield from ("", f"Code: {_listed(control.code)}")
    if control.tests:
        yield from ("", "```sh", "python -m pytest \\")
        yield from (f"  {test} \\" for test in control.tests[:-1])
        yield from (f"  {control.tests[-1]}", "```")


def _listed(names: tuple[object, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)
