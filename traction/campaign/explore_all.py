"""The whole of it: the controller as it is in every world, and every weaker variant, over processes."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from traction.campaign.explore import SMALL, WORLDS, Explored, World, explore
from traction.campaign.explore_variants import AS_IT_IS, VARIANTS

Task = tuple[World, str]


@dataclass(frozen=True, slots=True)
class Exploration:
    """Every search, in the order asked for. ``passed``: what is shipped held, and no variant did."""

    searches: tuple[Explored, ...]

    @property
    def shipped(self) -> tuple[Explored, ...]:
        """Return the searches of the controller as it is."""
        return tuple(one for one in self.searches if one.variant == AS_IT_IS.name)

    @property
    def variants(self) -> tuple[Explored, ...]:
        """Return those of weaker variants."""
        return tuple(one for one in self.searches if one.variant != AS_IT_IS.name)

    @property
    def passed(self) -> bool:
        """Say whether every promise held as it is, and every weaker variant was found out."""
        return not any(one.broken for one in self.shipped) and all(one.broken for one in self.variants)


def tasks(names: Sequence[str] = ()) -> list[Task]:
    """Return what to search: only the variants of these names, or everything, the longest first."""
    if names:
        return [(SMALL, name) for name in names]
    return [*[(world, AS_IT_IS.name) for world in WORLDS], *[(SMALL, name) for name in VARIANTS]]


def explore_all(
    names: Sequence[str] = (), jobs: int = 1, told: Callable[[int, int], None] | None = None
) -> Exploration:
    """Search all ``tasks`` in so many processes; ``told`` hears how many are done. Errors as ``explore``."""
    wanted = tasks(names)
    if jobs == 1:
        done = [_next(_run(one), index, len(wanted), told) for index, one in enumerate(wanted)]
    else:
        pool = ProcessPoolExecutor(min(jobs, len(wanted)), get_context("spawn"), _end_on_interrupt)
        try:
            results = pool.map(_run, wanted)
            done = [_next(one, index, len(wanted), told) for index, one in enumerate(results)]
        finally:
            pool.shutdown(cancel_futures=True)
    return Exploration(tuple(done))


def _next(one: Explored, index: int, total: int, told: Callable[[int, int], None] | None) -> Explored:
    if told is not None:
        told(index + 1, total)
    return one


def _run(task: Task) -> Explored:
    world, name = task
    return explore(world, AS_IT_IS if name == AS_IT_IS.name else VARIANTS[name])


def _end_on_interrupt() -> None:
    """End at once on Ctrl-C, without a word: the parent hears it too, and a search may take a minute."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
