"""From a protocol and a patient to a proof: compiled, under the tightest limits, verified; nothing moves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from traction.errors import Problem, RefusedError
from traction.profile.profile import Profile
from traction.protocol.compile import compile_protocol
from traction.protocol.load import load_protocol
from traction.protocol.protocol import Protocol
from traction.runner.plan import SessionPlan
from traction.safety.hardware import session_limits
from traction.safety.limits import Limits, LimitSource
from traction.safety.verify import Verification, verify
from traction.tables import Table, find_table


@dataclass(frozen=True, slots=True)
class Proof:
    """One protocol for one patient on one table: its profile, the limits it runs under, and the margins.

    Forces in N, times in s, mass in kg (None where it is not known). ``verification`` holds the margins and,
    when the run is refused, every reason.
    """

    protocol: Protocol
    profile: Profile
    limits: Limits
    table: Table
    verification: Verification
    mass_kg: float | None
    seed: int

    @property
    def passed(self) -> bool:
        """Say whether nothing speaks against the run."""
        return self.verification.passed

    def session_plan(self) -> SessionPlan:
        """Return what a session needs; raises RefusedError with every reason unless the proof has passed."""
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


def prove(
    protocol: Protocol | str | Path,
    *,
    mass_kg: float | None = None,
    table: str = "sim:",
    seed: int = 0,
    region: str | None = None,
    max_force_n: float | None = None,
    max_duration_s: float | None = None,
) -> Proof:
    """Compile ``protocol`` (or a library name or path) and verify it against every limit.

    ``region`` is what the operator says: it must agree with the protocol. ``max_force_n`` and
    ``max_duration_s`` tighten; what does not fit them is refused, not clipped. A broken limit does not raise:
    it stands in ``verification``. Raises ProtocolError, RefusedError (E30x, E310: regions differ, a limit is
    absent; E33x: it cannot be compiled for this patient) and UsageError.
    """
    known = protocol if isinstance(protocol, Protocol) else load_protocol(protocol)
    if region is not None and region != known.region:
        found = f"the operator says {region}, the protocol {known.region}"
        raise RefusedError(Problem("E310", found, "the same region", known.path, field="region"))
    where = find_table(table)
    said = {"max_force_n": max_force_n, "max_session_s": max_duration_s}
    tighter = {name: value for name, value in said.items() if value is not None}
    limits = session_limits(
        known.region,
        where.facts,
        mass_kg=mass_kg,
        protocol=LimitSource("protocol", known.name, known.limits),
        operator=(LimitSource("operator", "of this run", tighter),) if tighter else (),
    )
    profile = compile_protocol(known, mass_kg=mass_kg, seed=seed)
    timeout_s = 0.0 if known.take_up is None else known.take_up.timeout_s
    verification = verify(profile, limits, where.facts, take_up_timeout_s=timeout_s)
    return Proof(known, profile, limits, where, verification, mass_kg, seed)
