"""From a protocol and a patient to a proof: compiled, under the tightest limits, verified; nothing moves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from traction.arguments import amount, location, whole, wrong
from traction.drivers.base import TableSetup
from traction.drivers.url import parse_url
from traction.errors import Problem, RefusedError
from traction.profile.profile import Profile
from traction.protocol.compile import compile_protocol
from traction.protocol.load import load_protocol
from traction.protocol.places import Path as FieldPath
from traction.protocol.protocol import Protocol
from traction.runner.plan import SessionPlan, controller_limits, unclocked_mn_per_s
from traction.safety.facts import TableFacts
from traction.safety.hardware import session_limits
from traction.safety.limits import Limits, LimitSource
from traction.safety.start import rate_problems, take_up_problems
from traction.safety.verify import Margin, Verification
from traction.safety.verify import verify as verify_profile
from traction.sim.options import read_options
from traction.tables import Table, find_table

NO_SHARE: Final = "share of weight not judged, no mass"
"""Stands beside the force limit of a patient whose mass nobody gave: the fixed cap alone was judged."""


@dataclass(frozen=True, slots=True)
class Proof:
    """One protocol for one patient on one table: its profile, the limits it runs under, and the margins.

    Forces in N, times in s, mass in kg (None where it is not known). ``verification`` holds the margins and,
    when the run is refused, every reason. ``seal`` is the digest of the rest as ``verify`` left it: what was
    put together or changed afterwards, as by ``dataclasses.replace``, is no proof and does not run.
    """

    protocol: Protocol
    profile: Profile
    limits: Limits
    table: Table
    verification: Verification
    mass_kg: float | None
    seed: int
    seal: str = field(default="", repr=False)

    @property
    def passed(self) -> bool:
        """Say whether nothing speaks against the run."""
        return self.verification.passed

    @property
    def margins(self) -> Mapping[str, Margin]:
        """Return each margin by its name, such as ``proof.margins["peak_force"].margin``."""
        return MappingProxyType({margin.name: margin for margin in self.verification.margins})

    def session_plan(self) -> SessionPlan:
        """Return what a session needs.

        Raises RefusedError: with every reason unless the proof has passed, and E348 where it is not, part for
        part, what ``verify`` returned.
        """
        if self.seal != _seal(self):
            found = "a proof that was put together or changed after verify"
            raise RefusedError(Problem("E348", found, "a proof as verify returned it"))
        take_up = self.protocol.take_up
        return SessionPlan(
            protocol_name=self.protocol.name,
            protocol_text=self.protocol.text,
            protocol_digest=self.protocol.digest,
            profile=self.profile,
            limits=self.limits,
            verification=self.verification,
            region=self.protocol.region,
            mass_kg=self.mass_kg,
            seed=self.seed,
            take_up_force_n=0.0 if take_up is None else take_up.force_n,
            take_up_timeout_s=0.0 if take_up is None else take_up.timeout_s,
            table=self.table.facts,
            table_url=self.table.url,
        )


def verify(
    protocol: Protocol | str | Path,
    *,
    mass_kg: float | None = None,
    table: str | Path = "sim:",
    seed: int = 0,
    region: str | None = None,
    max_force_n: float | None = None,
    max_duration_s: float | None = None,
) -> Proof:
    """Compile ``protocol`` (or a library name or path) and verify it against every limit.

    ``region`` is what the operator says: it must agree with the protocol. ``max_force_n`` and
    ``max_duration_s`` tighten; what does not fit them is refused, not clipped. A broken limit does not raise:
    it stands in ``verification``. ``seed`` draws the variation, and the noise of a simulated table unless its
    URL has a seed of its own. Raises ProtocolError, RefusedError (E30x, E310: regions differ, a limit is
    absent; E320, E328: the URL says something else; E33x: it cannot be compiled for this patient) and
    UsageError (E117: an argument of the wrong type).
    """
    mass_kg, seed = amount(mass_kg, "mass_kg", "80.0"), whole(seed, "seed")
    max_force_n = amount(max_force_n, "max_force_n", "400.0")
    max_duration_s = amount(max_duration_s, "max_duration_s", "1800.0")
    known = protocol if isinstance(protocol, Protocol) else load_protocol(location(protocol, "protocol"))
    if not isinstance(region, str | None):
        raise wrong("region", region, 'a text such as "lumbar", or None')
    if region is not None and region != known.region:
        found = f"the operator says {region}, the protocol {known.region}"
        raise RefusedError(Problem("E310", found, "the same region", known.path, field="region"))
    if not isinstance(table, str | Path):
        raise wrong("table", table, 'a URL such as "sim:", the name of a table, or the path of its file')
    where = find_table(str(table))
    said = {"max_force_n": max_force_n, "max_session_s": max_duration_s}
    tighter = {name: value for name, value in said.items() if value is not None}
    limits = session_limits(
        known.region,
        where.facts,
        mass_kg=mass_kg,
        protocol=LimitSource("protocol", known.name, known.limits),
        operator=(LimitSource("operator", "of this run", tighter),) if tighter else (),
    )
    if mass_kg is None:
        told = {**limits.sources, "max_force_n": f"{limits.sources['max_force_n']}; {NO_SHARE}"}
        limits = replace(limits, sources=told)
    _require_one_patient(where, TableSetup(known.region, mass_kg, seed))
    profile = compile_protocol(known, mass_kg=mass_kg, seed=seed)
    timeout_s = 0.0 if known.take_up is None else known.take_up.timeout_s
    raw = verify_profile(profile, limits, where.facts, take_up_timeout_s=timeout_s)
    problems = tuple(_placed(problem, raw, known, profile) for problem in raw.problems)
    problems += tuple(_start_problems(known, profile, limits, where.facts))
    verification = replace(raw, problems=problems)
    proof = Proof(known, profile, limits, where, verification, mass_kg, seed)
    return replace(proof, seal=_seal(proof))


def _seal(proof: Proof) -> str:
    """Return a digest over every part of a proof; the text of a protocol is no part of its repr."""
    text = getattr(proof.protocol, "text", "")
    parts = (replace(proof, seal=""), text)
    return hashlib.sha256(repr(parts).encode("utf-8", "backslashreplace")).hexdigest()


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


def _require_one_patient(table: Table, setup: TableSetup) -> None:
    """Raise RefusedError where the URL of a simulated table contradicts what is proved.

    E320: it names another patient than the session; E328: more slack than the table's file states.
    """
    if not table.simulated:
        return
    url = read_options(parse_url(table.url), setup)
    pairs = (("region", url.region, setup.region, ""), ("mass_kg", url.mass_kg, setup.mass_kg, " kg"))
    problems = [
        Problem(
            "E320",
            f"the URL says {_plain(said)}{unit}, the session {_plain(known)}{unit}",
            "one patient",
            field=name,
        )
        for name, said, known, unit in pairs
        if known is not None and said != known
    ]
    most_mm = table.facts.region(setup.region).slack_travel_mm
    if url.slack_mm is not None and not url.slack_mm <= most_mm:
        found = f"the URL says {url.slack_mm:g} mm of slack"
        expected = f"at most {most_mm:g} mm, as the table's file says"
        problems.append(Problem("E328", found, expected, field="slack_mm"))
    if problems:
        raise RefusedError(*problems)


def _plain(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


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
