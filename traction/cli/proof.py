"""From the options of a command to a compiled and verified protocol: what show, check and run share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from traction.profile.profile import Profile
    from traction.protocol.protocol import Protocol
    from traction.safety.facts import TableFacts
    from traction.safety.limits import Limits
    from traction.safety.verify import Verification


@dataclass(frozen=True, slots=True)
class Asked:
    """What the options of a command say: mass in kg, tightening in N and s; None where nothing is said."""

    mass_kg: float | None = None
    region: str | None = None
    table: str = "sim:"
    seed: int = 0
    max_force_n: float | None = None
    max_duration_s: float | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """A protocol compiled for one patient and judged against the limits of one table."""

    protocol: Protocol
    profile: Profile
    limits: Limits
    table: TableFacts
    verification: Verification


def prove(protocol: Protocol, asked: Asked) -> Proof:
    """Compile and verify; a broken limit is in ``verification``. Raises UsageError or RefusedError."""
    from traction.protocol.compile import compile_protocol
    from traction.safety.hardware import load_table, session_limits
    from traction.safety.limits import LimitSource
    from traction.safety.verify import verify

    table = load_table(asked.table.partition(":")[0])
    profile = compile_protocol(protocol, mass_kg=asked.mass_kg, seed=asked.seed)
    tight = {"max_force_n": asked.max_force_n, "max_session_s": asked.max_duration_s}
    said = {name: value for name, value in tight.items() if value is not None}
    limits = session_limits(
        asked.region or protocol.region,
        table,
        mass_kg=asked.mass_kg,
        protocol=LimitSource("protocol", protocol.name, protocol.limits),
        operator=(LimitSource("operator", "command line", said),) if said else (),
    )
    timeout_s = 0.0 if protocol.take_up is None else protocol.take_up.timeout_s
    return Proof(
        protocol, profile, limits, table, verify(profile, limits, table, take_up_timeout_s=timeout_s)
    )
