"""A protocol as one object for programs: as written and, where it could be compiled, in exact figures."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from traction.report.checks import margin_rows, problem_row
from traction.report.phase_text import said
from traction.report.phases import phases_of
from traction.report.protocol_text import clock_s, levels, timing, type_of
from traction.report.session_parts import parts_row

if TYPE_CHECKING:
    from traction.profile.profile import Profile
    from traction.protocol.protocol import Protocol
    from traction.safety.verify import Verification


def protocol_row(
    protocol: Protocol,
    profile: Profile | None,
    verification: Verification | None,
    mass_kg: float | None = None,
) -> dict[str, Any]:
    """Return all that ``show`` prints; what needs a mass that is missing is None."""
    before = protocol.document.pretension
    row: dict[str, Any] = {
        "name": protocol.name,
        "title": protocol.title,
        "region": protocol.region,
        "mode": protocol.mode,
        "needs_mass": protocol.needs_mass,
        "protocol_digest": protocol.digest,
        "peak": protocol.peak.text,
        "source": asdict(protocol.source),
        "take_up": None if protocol.take_up is None else asdict(protocol.take_up),
        "pretension": None if before is None else {"force": before.force.text, "hold_s": before.hold},
        "phases": [
            {
                "name": phase.name,
                "type": type_of(phase),
                "force": levels(phase),
                "timing": timing(phase),
                **said(phase, protocol),
            }
            for phase in protocol.phases
        ],
        **parts_row(protocol, mass_kg),
        "profile": None if profile is None else _profile(profile),
        "ok": None,
        "errors": None,
        "margins": None,
    }
    if verification is not None:
        row["ok"] = verification.passed
        row["errors"] = [problem_row(problem) for problem in verification.problems]
        row["margins"] = margin_rows(verification.margins)
    return row


def _profile(profile: Profile) -> dict[str, Any]:
    return {
        "duration_s": profile.duration_s,
        "clock_s": clock_s(profile),
        "peak_n": profile.peak_n,
        "rate_up_n_per_s": profile.rate_up_n_per_s,
        "rate_down_n_per_s": profile.rate_down_n_per_s,
        "impulse_n_s": profile.impulse_n_s,
        "rest_n": profile.rest_n,
        "longest_hold_s": profile.longest_hold_s(0.0),
        "cycles": profile.cycles,
        "seed": profile.seed,
        "profile_digest": profile.digest(),
        "phases": [asdict(part) for part in phases_of(profile)],
    }
