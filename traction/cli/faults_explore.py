"""``traction faults explore``: every order in which frames, stops and restarts can meet the controller."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click
from rich_click import RichCommand

from traction.campaign.explore_variants import VARIANTS
from traction.cli.common import debug_option, emit_json
from traction.cli.faults_common import EXIT_BROKEN, EXIT_STOPPED, emit_folded
from traction.cli.progress import progress

if TYPE_CHECKING:
    from traction.campaign.explore import Explored, Found
    from traction.campaign.explore_all import Exploration


@click.command(
    "explore",
    cls=RichCommand,
    short_help="Explore all that a bad line can do to the controller.",
    epilog="Example: traction faults explore --variant token-only",
)
@click.option(
    "--variant",
    "variants",
    multiple=True,
    type=click.Choice(list(VARIANTS)),
    metavar="NAME",
    help="Only this weaker controller; may be repeated.",
)
@click.option("--jobs", type=click.IntRange(1, 256), default=1, show_default=True, help="So many processes.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with every search.")
@debug_option
def command(variants: tuple[str, ...], jobs: int, as_json: bool) -> int:
    """Explore every order in which frames, stops, faults and restarts can meet the controller.

    There are two hosts, and a frame that was sent may arrive at any time, many times, or never. The
    transitions are those of the controller's own code. Nothing may move but by a GO that was asked for after
    the last safety event; and every copy of the controller that was weakened on purpose has to be found out,
    with the shortest way to what it breaks. Ends with 0 when that is so, 5 when it is not, 4 after Ctrl-C,
    with the searches that were done by then.
    """
    from traction.campaign.explore_all import explore_all
    from traction.clock import machine_us

    before_us = machine_us()
    with progress("exploring") as told:
        found = explore_all(variants, jobs, told)
    seconds = (machine_us() - before_us) / 1e6
    if as_json:
        searches = [_row(one) for one in found.searches]
        told_of = {"passed": found.passed, "missing": found.missing, "seconds": round(seconds, 1)}
        emit_json(told_of | {"searches": searches})
    else:
        emit_folded([*_shipped(found), *_variants(found, bool(variants)), _last(found, seconds)])
    if found.broken:
        return EXIT_BROKEN
    return EXIT_STOPPED if found.missing else 0


def _row(one: Explored) -> dict[str, Any]:
    return {
        "variant": one.variant,
        "world": one.world,
        "states": one.states,
        "transitions": one.transitions,
        "depth": one.depth,
        "controller_states": one.controller_states,
        "transitions_of_the_controller": one.tried,
        "cpu_s": round(one.cpu_ms / 1000, 1),
        "broken": [_found(each) for each in one.broken],
    }


def _found(found: Found) -> dict[str, Any]:
    return {"promise": found.promise, "steps": list(found.steps)}


def _shipped(found: Exploration) -> Iterator[str]:
    if found.shipped:
        yield "the controller as it is"
    for one in found.shipped:
        size = f"{_many(one.states)} states, {_many(one.transitions)} transitions, {one.depth} deep"
        held = "a promise is broken" if one.broken else "every promise held"
        yield f"  {one.world}: {size}, {one.cpu_ms / 1000:.1f} s of processor time: {held}"
        for each in one.broken:
            yield from _way(each)


def _variants(found: Exploration, whole: bool) -> Iterator[str]:
    if found.variants:
        yield "weaker controllers"
    for one in found.variants:
        name = f"  {one.variant}, in which {VARIANTS[one.variant].does}:"
        if not one.broken:
            yield f"{name} not found out in {one.states} states"
            continue
        yield f"{name} found out in {len(one.broken[0].steps)} steps"
        if whole:
            yield from _way(one.broken[0])


def _way(found: Found) -> Iterator[str]:
    yield f"    it breaks: {found.promise}"
    for number, step in enumerate(found.steps):
        yield f"    {number + 1:2} {step}"


def _last(found: Exploration, seconds: float) -> str:
    states = sum(one.states for one in found.shipped)
    moves = sum(one.transitions for one in found.shipped)
    caught = sum(1 for one in found.variants if one.broken)
    broken = sum(len(one.broken) for one in found.shipped)
    whole = f"{_many(states)} states and {_many(moves)} transitions"
    told = f"{whole}, {broken} promises broken; " if found.shipped else ""
    left = f"interrupted, {found.missing} searches were not done; " if found.missing else ""
    return f"{left}{told}{caught} of {len(found.variants)} weaker controllers found out, in {seconds:.0f} s"


def _many(number: int) -> str:
    return f"{number:_}".replace("_", " ")
