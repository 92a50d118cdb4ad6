"""The whole of it: the controller as it is in every world, and every weaker variant, over processes."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context

from traction.campaign.explore import SMALL, WORLDS, Explored, World, explore
from traction.campaign.explore_variants import AS_IT_IS, VARIANTS

Task = tuple[World, str]


@dataclass(frozen=True, slots=True)
class Exploration:
    """Every search, in the order asked for. ``passed``: what is shipped held, and no variant did.

    ``missing``: so many more were asked for and not brought to their end, because of Ctrl-C.
    """

    searches: tuple[Explored, ...]
    missing: int = 0

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
        return not (self.broken or self.missing)

    @property
    def broken(self) -> bool:
        """Say whether a promise broke in what is shipped, or a weaker variant was not found out."""
        return any(one.broken for one in self.shipped) or not all(one.broken for one in self.variants)


def tasks(names: Sequence[str] = ()) -> list[Task]:
    """Return what to search: only the variants of these names, or everything, the longest first."""
    if names:
        return [(SMALL, name) for name in names]
    return [*[(world, AS_IT_IS.name) for world in WORLDS], *[(SMALL, name) for name in VARIANTS]]


def explore_all(
    names: Sequence[str] = (), jobs: int = 1, told: Callable[[int, int], None] | None = None
) -> Exploration:
    """Search all ``tasks`` in so many processes; ``told`` hears how many are done. Errors as ``explore``.

    A KeyboardInterrupt ends it early, with the searches that are done.
    """
    wanted = tasks(names)
    done: dict[int, Explored] = {}
    with suppress(KeyboardInterrupt):
        for index, one in _searches(wanted, jobs):
            done[index] = one
            if told is not None:
                told(len(done), len(wanted))
    return Exploration(tuple(done[index] for index in sorted(done)), len(wanted) - len(done))


def _searches(wanted: Sequence[Task], jobs: int) -> Iterator[tuple[int, Explored]]:
    """Yield the place of each task and its search, as they are done."""
    if jobs == 1:
        yield from enumerate(map(_run, wanted))
        return
    pool = ProcessPoolExecutor(min(jobs, len(wanted)), get_context("spawn"), _end_on_interrupt)
    try:
        places = {pool.submit(_run, one): index for index, one in enumerate(wanted)}
        for one in as_completed(places):
            yield places[one], one.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _run(task: Task) -> Explored:
    world, name = task
    return explore(world, AS_IT_IS if name == AS_IT_IS.name else VARIANTS[name])


def _end_on_interrupt() -> None:
    """End at once on Ctrl-C, without a word: the parent hears it too, and a search may take a minute."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
