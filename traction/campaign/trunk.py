"""Many cases from one session: what they share is run once, and each goes on from there in its own process.

The cases of a stage are the same until the first thing that one of them has and the stage has not: a fault,
or a person who stops. Two thirds of a session lie before that. So the session of the stage is run, and a
little before that moment it is forked: the child has the world as it stands, lets the faults of its case
happen in it, and hands over what comes. The parent, which has the rest, judges it: in a new process every
page of code that it needs would have to be found again. A case run whole gives the same history to the bit.
"""

from __future__ import annotations

import os
import pickle
import threading
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Final, NoReturn

from traction.campaign.branch import Cut, Rest
from traction.campaign.case import Case
from traction.campaign.history import History
from traction.campaign.world import World
from traction.sim.faults import FAULTS, FOR_EVER, HOST, ON, Injection

BEFORE_MS: Final = 60
"""A branch leaves so long before the first thing that is its own: three ticks of a host."""

LEAST_MS: Final = 4000
"""What a branch saves must outweigh its fork: about as much as 4 s of a session cost."""

WORTH: Final = 2
"""So many branches at least make a trunk of their own."""

NEVER: Final = Injection(FAULTS["estop-pressed"], 1 << 50, FOR_EVER, None)
"""So that the trunk has a bench in which faults can happen."""

Judge = Callable[[Case, History], Any]


class BranchFailed(Exception):
    """A branch ended without a result; the text is what it said."""


def can_fork() -> bool:
    """Say whether this process can go on twice: where it can at all, and with no other thread to lose."""
    return hasattr(os, "fork") and threading.active_count() == 1


def branches_cpu_s() -> float:
    """Return the CPU seconds of all children that have ended."""
    if not hasattr(os, "fork"):
        return 0.0
    import resource

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def leaves_ms(case: Case, stage: Case) -> int | None:
    """Return when a case parts from its stage, in ms from the start; None: too soon to share anything.

    A clock that may sleep is another clock from the beginning on.
    """
    shared = len(stage.wishes)
    if (
        case.lone
        or case.ask
        or case.wishes[:shared] != stage.wishes
        or (case.rig, case.plan) != (stage.rig, stage.plan)
    ):
        return None
    if case.limits != stage.limits or any(one.fault.name == "host-suspend" for one in case.injections):
        return None
    if any(one.at_ms <= ON for one in case.injections):
        return None
    times = [wish.at_ms for wish in case.wishes[shared:]] + [one.at_ms for one in case.injections]
    leaves = min(times, default=1 << 40) - BEFORE_MS
    return leaves if leaves >= LEAST_MS else None


def grow(stage: Case, cases: Iterable[Case], judge: Judge) -> dict[int, Any]:
    """Return what ``judge`` says of each case that can be run as a branch of its stage, by seed.

    Empty where nothing can be forked; raises BranchFailed.
    """
    if not can_fork():
        return {}
    found: dict[int, Any] = {}
    trunks: dict[tuple[str, int], list[tuple[int, Case]]] = {}
    for case in cases:
        leaves = leaves_ms(case, stage)
        if leaves is not None:
            trunks.setdefault((case.transport, case.latency_us), []).append((leaves, case))
    for (transport, latency_us), branches in trunks.items():
        if len(branches) >= WORTH:
            base = replace(stage, transport=transport, latency_us=latency_us)
            trunk = _Trunk(base, sorted(branches, key=lambda one: (one[0], one[1].seed)), judge)
            found |= trunk.grow()
    return found


class _Trunk(World):
    """The session of a stage, which is forked once for each branch; the first to leave comes first."""

    def __init__(self, stage: Case, branches: Sequence[tuple[int, Case]], judge: Judge) -> None:
        self._shared = len(stage.wishes)
        self._branches = list(branches)
        self._judge = judge
        self._out: int | None = None  # of a branch: where what happened in it goes
        self._cut: Cut | None = None  # of a branch: what its parent has of it
        self._came: list[tuple[Case, History | str]] = []  # a text is why there is no history
        super().__init__(stage)

    def grow(self) -> dict[int, Any]:
        """Run the trunk with all its branches, and return what is judged of each by seed."""
        try:
            history = self.run()
        except BaseException:
            if self._out is not None:
                self._end(traceback.format_exc())
            raise
        if self._out is not None:
            assert self._cut is not None
            self._end(self._cut.rest(history))
        found = {}
        for case, came in self._came:
            if isinstance(came, str):
                raise BranchFailed(f"seed {case.seed}: {came}")
            try:
                found[case.seed] = self._judge(case, came)
            except Exception as error:
                raise BranchFailed(f"seed {case.seed}: {traceback.format_exc()}") from error
        return found

    # ---- the world -------------------------------------------------------------------------------------

    def faults(self) -> tuple[Injection, ...]:
        """Return what goes wrong with the table: of a trunk nothing."""
        return (NEVER,)

    def begin(self) -> bool:
        """Plan what the stage has planned, and the first branch."""
        begun = super().begin()
        if begun:
            self._plan_branch()
        return begun

    def live_on(self) -> None:
        """Let those leave that have nothing of their own before the host ends; then let the table rest."""
        while self._branches:
            self._fork()
        super().live_on()

    def _plan_branch(self) -> None:
        if self._branches:
            at_us = self.start_us + 1000 * self._branches[0][0]
            self.clock.plan(at_us, self._leave)

    def _leave(self) -> None:
        """Fork for each branch that leaves now, and plan the next."""
        leaves = self._branches[0][0]
        while self._branches and self._branches[0][0] == leaves:
            self._fork()
        self._plan_branch()

    def _fork(self) -> None:
        """Let one branch leave; in its process nothing else is to leave any more."""
        _, case = self._branches.pop(0)
        cut = Cut(self.history, self.disk.getvalue())
        read, write = os.pipe()
        try:
            child = os.fork()
        except OSError:  # no room for one more: then it is run whole
            os.close(read)
            os.close(write)
            return
        if child == 0:
            os.close(read)
            self._out, self._cut, self._branches = write, cut, []
            self._become(case)
            return
        os.close(write)
        with os.fdopen(read, "rb") as pipe:
            data = pipe.read()
        os.waitpid(child, 0)
        rest = pickle.loads(data) if data else "it ended without a word"
        self._came.append((case, rest if isinstance(rest, str) else cut.whole(rest)))

    # ---- in a branch -----------------------------------------------------------------------------------

    def _become(self, case: Case) -> None:
        """Be the world of this case from now on."""
        self.case = case
        self.chance.seed(case.seed)
        self.table.expect(tuple(one for one in case.injections if one.fault.side != HOST))
        self.plan_for_host(case.wishes[self._shared :])

    def _end(self, rest: Rest | str) -> NoReturn:
        """Hand over and end this process, with nothing of what it shares with its parent touched."""
        try:
            assert self._out is not None
            with os.fdopen(self._out, "wb") as pipe:
                pickle.dump(rest, pipe, protocol=pickle.HIGHEST_PROTOCOL)
        finally:
            os._exit(0)
