"""From a protocol and a patient to a proof: compiled, under the tightest limits, verified; nothing moves."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final

from traction.arguments import amount, location, whole, wrong
from traction.drivers.base import TableSetup
from traction.drivers.url import parse_url
from traction.errors import Problem, RefusedError
from traction.path_proof import prove_path
from traction.profile.profile import Profile
from traction.protocol.compile import compile_path
from traction.protocol.declared import LiveField
from traction.protocol.happened import NOTHING, Happened
from traction.protocol.live import live_fields
from traction.protocol.load import load_protocol
from traction.protocol.paths import ProvedPath, routes
from traction.protocol.protocol import Protocol
from traction.protocol.questions import Question
from traction.protocol.rounding import Rounded, rounded_levels
from traction.protocol.tare import head_mass_kg, tare_n
from traction.runner.plan import SessionPlan, TareFacts
from traction.safety.hardware import REGIONS, session_limits
from traction.safety.limits import Limits, LimitSource
from traction.safety.verify import Margin, Verification
from traction.safety.worst import reasons, worst_margins
from traction.shipped import shipped_files
from traction.sim.options import read_options
from traction.tables import Table, find_table

NO_SHARE: Final = "share of weight not judged, no mass"
"""Stands beside the force limit of a patient whose mass nobody gave: the fixed cap alone was judged."""


@dataclass(frozen=True, slots=True)
class Proof:
    """One protocol for one patient on one table: its profile, the limits it runs under, and the margins.

    Forces in N, times in s, mass in kg (None where it is not known). ``profile`` is the path on which nobody
    answers, but for what has ``happened``; ``questions`` are on it. ``verification`` holds the margins, the
    least over every path, and, when the run is refused, every reason. ``seal`` is the digest of the rest as
    ``verify`` left it: what was put together or changed afterwards, as by ``dataclasses.replace``, is no
    proof and does not run.
    """

    protocol: Protocol
    profile: Profile
    limits: Limits
    table: Table
    verification: Verification
    mass_kg: float | None
    seed: int
    session: int = 1
    happened: Happened = NOTHING
    questions: tuple[Question, ...] = ()
    paths: tuple[ProvedPath, ...] = ()
    seal: str = field(default="", repr=False)

    @property
    def passed(self) -> bool:
        """Say whether nothing speaks against the run."""
        return self.verification.passed

    @property
    def margins(self) -> Mapping[str, Margin]:
        """Return each margin by its name, such as ``proof.margins["peak_force"].margin``."""
        return MappingProxyType({margin.name: margin for margin in self.verification.margins})

    @property
    def live(self) -> tuple[LiveField, ...]:
        """Return every field that may be set during the run, and between what."""
        return live_fields(self.protocol)

    @property
    def rounding(self) -> tuple[Rounded, ...]:
        """Return every level of the profile that is no whole number of the table's steps of force."""
        return rounded_levels(self.profile, self.table.facts.force_resolution_n)

    def way(self, number: int) -> Profile:
        """Return the profile of one of ``paths``, from 1. Raises UsageError E117 for another number."""
        if not 1 <= whole(number, "number") <= len(self.paths):
            raise wrong("number", str(number), f"a whole number from 1 to {len(self.paths)}")
        route = list(routes(self.protocol.document, self.happened))[number - 1]
        compiled = compile_path(
            self.protocol,
            mass_kg=self.mass_kg,
            seed=self.seed,
            session=self.session,
            happened=self.happened,
            route=route,
        )
        return compiled.profile

    def again(self, happened: Happened) -> Proof:
        """Return the proof of the same session under the same limits with what has ``happened`` by now.

        Raises RefusedError E33x where it cannot be compiled, and E348 as ``session_plan`` does.
        """
        self._require_whole()
        who = (self.mass_kg, self.seed, self.session)
        return _over_paths(self.protocol, self.limits, self.table, who, happened)

    def _require_whole(self) -> None:
        if self.seal != _seal(self):
            found = "a proof that was put together or changed after verify"
            raise RefusedError(Problem("E348", found, "a proof as verify returned it"))

    def session_plan(self) -> SessionPlan:
        """Return what a session needs.

        Raises RefusedError: with every reason unless the proof has passed, and E348 where it is not, part for
        part, what ``verify`` returned.
        """
        self._require_whole()
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
            session=self.session,
            questions=self.questions,
            live=self.live,
            declared=self.protocol.declared,
            tare=_tare(self.protocol, self.mass_kg),
        )


def _tare(protocol: Protocol, mass_kg: float | None) -> TareFacts | None:
    stated = protocol.document.tare
    if stated is None:
        return None
    head_kg = head_mass_kg(stated, mass_kg)
    return TareFacts(tare_n(stated, mass_kg), head_kg, stated.angle, stated.pull)


def verify(
    protocol: Protocol | str | Path,
    *,
    mass_kg: float | None = None,
    table: str | Path = "sim:",
    seed: int = 0,
    region: str | None = None,
    max_force_n: float | None = None,
    max_duration_s: float | None = None,
    session: int = 1,
    happened: Happened = NOTHING,
    patient: LimitSource | None = None,
) -> Proof:
    """Compile ``protocol`` (or a library name or path) and verify it against every limit, on every path.

    ``session`` is its number in a course, from 1; ``patient`` adds what a patient's file allows. ``happened``
    is what was answered and edited in a run so far.
    ``region`` is what the operator says: it must agree with the protocol. ``max_force_n`` and
    ``max_duration_s`` tighten; what does not fit them is refused, not clipped. A broken limit does not raise:
    it stands in ``verification``. ``seed`` draws the variation, and the noise of a simulated table unless its
    URL has a seed of its own. Raises ProtocolError, RefusedError (E30x, E310: regions differ, a limit is
    absent; E320, E328: the URL says something else; E329: nothing limits the region; E33x: it cannot be
    compiled for this patient; E347: no such tolerance) and UsageError (E117: an argument of the wrong type).
    """
    mass_kg, seed = amount(mass_kg, "mass_kg", "80.0"), whole(seed, "seed")
    session = whole(session, "session")
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
    if not isinstance(patient, LimitSource | None):
        raise wrong("patient", patient, "the limits of a patient's file, or None")
    _require_known(known)
    extra = (LimitSource("operator", "of this run", tighter),) if tighter else ()
    limits = session_limits(
        known.region,
        where.facts,
        mass_kg=mass_kg,
        protocol=LimitSource("protocol", known.name, known.limits),
        operator=extra if patient is None else (*extra, patient),
    )
    if mass_kg is None:
        told = {**limits.sources, "max_force_n": f"{limits.sources['max_force_n']}; {NO_SHARE}"}
        limits = replace(limits, sources=told)
    _require_one_patient(where, TableSetup(known.region, mass_kg, seed))
    return _over_paths(known, limits, where, (mass_kg, seed, session), happened)


def _over_paths(
    protocol: Protocol,
    limits: Limits,
    table: Table,
    who: tuple[float | None, int, int],
    happened: Happened,
) -> Proof:
    """Compile and verify every path for ``who``: mass in kg, seed, session. Raises RefusedError E33x."""
    mass_kg, seed, session = who
    make = partial(compile_path, protocol, mass_kg=mass_kg, seed=seed, session=session, happened=happened)
    every = routes(protocol.document, happened)
    first, *others = [prove_path(make, route, protocol, limits, table.facts) for route in every]
    verdict = first.verification
    more = [problem for one in others for problem in one.verification.problems]
    verification = replace(
        verdict,
        margins=worst_margins(one.verification.margins for one in (first, *others)),
        problems=reasons(verdict.problems, more),
    )
    paths = tuple(one.path for one in (first, *others))
    profile, questions = first.compiled.profile, first.compiled.questions
    proof = Proof(
        protocol, profile, limits, table, verification, mass_kg, seed, session, happened, questions, paths
    )
    return replace(proof, seal=_seal(proof))


def _require_known(protocol: Protocol) -> None:
    """Raise RefusedError E329 for a region that nothing limits, E347 for a tolerance that is not there."""
    if protocol.region not in REGIONS:
        found = f"the region {protocol.region!r}, which no file limits"
        expected = f"one of {', '.join(REGIONS)}, or hardware/limits/{protocol.region}.toml and what it needs"
        raise RefusedError(protocol.problem("E329", found, expected, ("region",)))
    tolerance = protocol.declared.tolerance
    if tolerance is not None:
        known = shipped_files("hardware/tolerances")
        if tolerance not in known:
            found, expected = f"the tolerance {tolerance!r}", f"one of {', '.join(known)}"
            raise RefusedError(protocol.problem("E347", found, expected, ("session", "tolerance")))


def _seal(proof: Proof) -> str:
    """Return a digest over every part of a proof; the text of a protocol is no part of its repr."""
    text = getattr(proof.protocol, "text", "")
    parts = (replace(proof, seal=""), text)
    return hashlib.sha256(repr(parts).encode("utf-8", "backslashreplace")).hexdigest()


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
