"""Everything that can happen between two hosts, a bad line and the controller: explored, state by state.

The transition relation is not a model of the controller: each (state, event) is run once on the controller's
own ``Link`` and ``Controller`` (``explore_rig``, ``explore_moves``), and tests compare the relation with the
code on long random walks. The search then goes breadth first through every order of those transitions, with
every frame that was ever sent arriving at any time, any number of times, or never.

The world is bounded: so many frames of each host, so many power-ups, two start numbers in each, runs of a
third of a second, one defect of the table in a power-up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from traction.campaign import explore_words as words
from traction.campaign.explore_ends import DEAD_END, dead_end
from traction.campaign.explore_hosts import Numbers
from traction.campaign.explore_moves import Relation
from traction.campaign.explore_parts import load_parts
from traction.campaign.explore_rig import NONCE_COUNT, NONCES
from traction.campaign.explore_search import CHUNK, Search, Step, add_level
from traction.campaign.explore_variants import AS_IT_IS, Variant
from traction.clock import cpu_us


@dataclass(frozen=True, slots=True)
class World:
    """How much there is: frames of each host after its greeting, and power-ups."""

    name: str
    rooms: tuple[int, int]
    power_ups: int


WORLDS: Final = (
    World("two hosts, one restart", (3, 1), 2),
    World("one host after another, two restarts", (3, 0), 3),
)
SMALL: Final = World("one host after another, one restart", (3, 0), 2)


@dataclass(frozen=True, slots=True)
class Found:
    """A promise that is broken, and the shortest way to it, in words."""

    promise: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explored:
    """What one search saw. ``broken`` is empty when every promise held.

    ``tried`` is how many transitions of the controller were run on its code, ``controller_states`` in how
    many states it was; ``states`` and ``transitions`` are those of the whole; ``cpu_ms`` is what it cost.
    """

    variant: str
    world: str
    states: int
    transitions: int
    depth: int
    controller_states: int
    tried: int
    broken: tuple[Found, ...]
    cpu_ms: int


def boots_of(world: World, variant: Variant) -> tuple[int, ...]:
    """Return the boot ids of the power-ups: alike in their lower half, or all the same."""
    return tuple(1 if variant.boots_repeat else index << 16 | 1 for index in range(world.power_ups))


def explore(world: World, variant: Variant = AS_IT_IS, limit: int = 20_000_000) -> Explored:
    """Search until nothing is new, or until the first level in which a promise is broken.

    Raises UsageError E198 for a variant that does not fit the code any more, and ValueError for a world of
    more than ``limit`` states.
    """
    began_us = cpu_us()
    boots = boots_of(world, variant)
    relation = Relation(load_parts(variant.patches), boots)
    numbers = range(NONCE_COUNT - NONCES + 1, NONCE_COUNT + 1)
    nonces = tuple(sorted({boot << 16 | number for boot in boots for number in numbers}))
    search = Search(relation, world.rooms, nonces)
    levels, seen = [search.first], search.first
    found: dict[str, Found] = {}
    while len(levels[-1]) and not found:
        new = _level(search, levels, found)
        fresh, seen = add_level(seen, new)
        if len(seen) > limit:
            raise ValueError(f"the world has more than {limit} states")
        levels.append(fresh)
    if not found:
        kind = dead_end(relation)
        if kind:
            found[DEAD_END] = Found(DEAD_END, (kind,))
    return Explored(
        variant=variant.name,
        world=world.name,
        states=len(seen),
        transitions=search.transitions,
        depth=len(levels) - 1 - (0 if len(levels[-1]) else 1),
        controller_states=len(relation.states),
        tried=relation.runs,
        broken=tuple(found.values()),
        cpu_ms=(cpu_us() - began_us) // 1000,
    )


def _level(search: Search, levels: list[Numbers], found: dict[str, Found]) -> list[Numbers]:
    """Return what can be reached from the newest level; note the first way to each broken promise."""
    level, reached = levels[-1], []
    for start in range(0, len(level), CHUNK):
        part = level[start : start + CHUNK]
        after = []
        for steps in search.steps(part):
            after.append(steps.after[steps.after != part[steps.origin]])
            for promise, where in steps.broken:
                if promise not in found:
                    first = int(np.flatnonzero(where)[0])
                    way = _way(search, levels[:-1], int(part[steps.origin[first]]))
                    way.append((steps.step, int(part[steps.origin[first]]), int(steps.after[first])))
                    found[promise] = Found(promise, words.tell(search, way))
        reached.append(np.unique(np.concatenate(after)))
    return reached


def _way(search: Search, levels: list[Numbers], goal: int) -> list[tuple[Step, int, int]]:
    """Return the steps that lead from the beginning to ``goal``, each with its states before and after."""
    way: list[tuple[Step, int, int]] = []
    for level in reversed(levels):
        way.append(_step_to(search, level, goal))
        goal = way[-1][1]
    way.reverse()
    return way


def _step_to(search: Search, level: Numbers, goal: int) -> tuple[Step, int, int]:
    for start in range(0, len(level), CHUNK):
        part = level[start : start + CHUNK]
        for steps in search.steps(part):
            at = np.flatnonzero(steps.after == goal)
            if len(at):
                return steps.step, int(part[steps.origin[at[0]]]), goal
    raise LookupError("a state without a way to it")
