"""What the command line of ``run`` asks for, in one frozen object."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from traction.errors import Problem, TractionError
    from traction.proof import Proof
    from traction.report.summary import Summary
    from traction.runner.plan import About
    from traction.runner.requests import Requests, Wish

NOT_BEGUN = (2, 3)
"""Exit codes of what is refused: the command line was not understood, or something said no."""

ClockName = Literal["virtual", "wall"]


@dataclass(frozen=True, slots=True)
class Wishes:
    """Every option of ``run``; forces in N, times in s, mass in kg, None where nothing is said."""

    name: str
    mass_kg: float | None
    region: str | None
    table: str
    seed: int
    record: Path | None
    clock: str | None
    max_force_n: float | None
    max_duration_s: float | None
    yes: bool
    plot: Path | None
    quiet: bool
    patient_file: Path | None
    preflight: Mapping[str, str]
    session: int = 1
    answers: Mapping[str, str] = field(default_factory=dict)
    schedule: tuple[tuple[float, Wish], ...] = ()

    def prove(self) -> Proof:
        """Compile and verify."""
        from traction.cli.people import load_patient
        from traction.patients.patient import one_mass
        from traction.proof import verify
        from traction.protocol.load import load_protocol

        patient, protocol = load_patient(self.patient_file), load_protocol(self.name)
        return verify(
            protocol,
            patient=None if patient is None else patient.limit_source(protocol.region),
            mass_kg=one_mass(patient, self.mass_kg),
            table=self.table,
            seed=self.seed,
            region=self.region,
            max_force_n=self.max_force_n,
            max_duration_s=self.max_duration_s,
            session=self.session,
        )

    def requests(self) -> Requests:
        """Return what was asked for beforehand, new for each run."""
        from traction.runner.requests import Requests

        return Requests(self.schedule, answers=self.answers)

    def about(self, proof: Proof) -> About | None:
        """Return for whom the session is, screened and with the preflight answered; None for a plain one.

        Raises RefusedError E360 to E365.
        """
        from traction.cli.people import load_patient, require_ready

        patient = load_patient(self.patient_file)
        if patient is None:
            return None
        return require_ready(patient, proof.protocol.region, self.preflight, simulated=proof.table.simulated)

    def refusal(self, error: TractionError, proof: Proof | None) -> Summary:
        """Return the summary of a run that never became a session, because of ``error``."""
        from traction.report.summary import Summary

        return Summary(
            outcome="REFUSED" if error.exit_code in NOT_BEGUN else "FAULTED",
            reason_code=error.code,
            reason=error.problems[0].message,
            table=self.table if proof is None else proof.table.url,
            table_name=None if proof is None else proof.table.facts.name,
            simulated=None if proof is None else proof.table.simulated,
            protocol=self.name if proof is None else proof.protocol.name,
            protocol_digest=None if proof is None else proof.protocol.digest,
            seed=self.seed,
            mass_kg=self.mass_kg,
            region=self.region if proof is None else proof.protocol.region,
            clock=self.clock if proof is None else self.clock_of(proof),
            margins=() if proof is None else proof.verification.margins,
            problems=error.problems,
        )

    def clock_of(self, proof: Proof) -> ClockName:
        """Return the clock as asked for, else virtual on a simulated table and wall on a real one."""
        if self.clock is not None:
            return cast(ClockName, self.clock)
        return "virtual" if proof.table.simulated else "wall"


def misunderstood(problems: Sequence[Problem]) -> Summary:
    """Return the summary of a run whose command line was not understood: nothing of it is known."""
    from traction.report.summary import Summary

    return Summary(
        outcome="REFUSED",
        reason_code=problems[0].code,
        reason=problems[0].message,
        table=None,
        table_name=None,
        simulated=None,
        protocol=None,
        protocol_digest=None,
        seed=None,
        mass_kg=None,
        region=None,
        clock=None,
        problems=tuple(problems),
    )
