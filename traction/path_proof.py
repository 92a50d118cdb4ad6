"""One path through a protocol, compiled and verified, with every problem at its place in the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from traction.errors import Problem, RefusedError
from traction.profile.profile import Profile
from traction.protocol.compile import Compiled
from traction.protocol.paths import ProvedPath
from traction.protocol.places import Path as FieldPath
from traction.protocol.protocol import Protocol
from traction.runner.plan import controller_limits, unclocked_mn_per_s
from traction.safety.facts import TableFacts
from traction.safety.limits import Limits
from traction.safety.start import rate_problems, take_up_problems
from traction.safety.verify import Verification
from traction.safety.verify import verify as verify_profile

NO_ANSWER: Final = "no answer"
"""Stands for the answer nobody gave; no answer of a protocol is ever meant by it where a path is told."""


class Proved(NamedTuple):
    """One path and its verdict, with every problem at its place."""

    path: ProvedPath
    compiled: Compiled
    verification: Verification


def prove_path(
    make: Callable[..., Compiled],
    route: Mapping[int, str | None],
    protocol: Protocol,
    limits: Limits,
    table: TableFacts,
) -> Proved:
    """Compile and verify one path. Raises RefusedError where it cannot be compiled, naming the path."""
    phases = protocol.phases
    taken = tuple((phases[at].name, NO_ANSWER if said is None else said) for at, said in route.items())
    where = "" if all(said is None for said in route.values()) else f", where {_spoken(taken)}"
    try:
        compiled = make(route=route)
    except RefusedError as error:
        raise RefusedError(*(replace(why, found=f"{why.found}{where}") for why in error.problems)) from error
    profile = compiled.profile
    timeout_s = 0.0 if protocol.take_up is None else protocol.take_up.timeout_s
    raw = verify_profile(profile, limits, table, take_up_timeout_s=timeout_s)
    problems = [_placed(problem, raw, protocol, profile) for problem in raw.problems]
    problems += _start_problems(protocol, profile, limits, table)
    told = tuple(replace(problem, found=f"{problem.found}{where}") for problem in problems)
    path = ProvedPath(taken, profile.duration_s, profile.peak_n)
    return Proved(path, compiled, replace(raw, problems=told))


def _spoken(taken: tuple[tuple[str, str], ...]) -> str:
    said = [f"{name!a} has {answer!a}" for name, answer in taken if answer != NO_ANSWER]
    return " and ".join(said)


def _start_problems(
    protocol: Protocol, profile: Profile, limits: Limits, table: TableFacts
) -> Iterator[Problem]:
    """Yield what the table cannot follow, at its place in the protocol where the protocol says it."""
    take_up = protocol.take_up
    force_n, timeout_s = (None, 0.0) if take_up is None else (take_up.force_n, take_up.timeout_s)
    steepest = profile.rate_up_n_per_s
    limit_mn_per_s = controller_limits(limits).max_rate_up_mn_per_s
    climb_n_per_s = unclocked_mn_per_s(limit_mn_per_s, steepest) / 1000
    for problem in take_up_problems(force_n, timeout_s, climb_n_per_s, limits, table):
        path: FieldPath = ("take_up",) if problem.code == "E325" else ("take_up", "timeout")
        yield protocol.problem(problem.code, problem.found, problem.expected, path)
    for problem in rate_problems(steepest, profile.rate_down_n_per_s, limits, table):
        yield replace(problem, file=protocol.path)


def _placed(problem: Problem, found: Verification, protocol: Protocol, profile: Profile) -> Problem:
    """Return a problem with the protocol's file and, where it happens at one time, the phase it is in."""
    at_s = next((one.at_s for one in found.margins if one.name == problem.field), None)
    if at_s is None or not 0.0 <= at_s <= profile.duration_s:
        return replace(problem, file=protocol.path)
    span = profile.span_at(at_s)
    phases = len(protocol.phases)
    path: FieldPath = ("phase", span.phase) if 0 <= span.phase < phases else (span.kind,)
    line = protocol.problem(problem.code, "", "", path).line
    return replace(problem, found=f"{problem.found} in {span.phase_name!a}", file=protocol.path, line=line)
