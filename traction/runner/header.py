"""The first message of a record: everything that is needed to read it, draw it and judge it again."""

from __future__ import annotations

import platform
from dataclasses import asdict, fields
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Any

from traction import __version__
from traction.clock import wall_label
from traction.runner.steering import TICK_US

if TYPE_CHECKING:
    from traction.clock import Clock
    from traction.drivers.base import ControllerLimits, Identity
    from traction.profile.profile import Profile
    from traction.runner.plan import About, SessionPlan
    from traction.safety.bounds import SupervisorBounds
    from traction.safety.facts import TableFacts
    from traction.safety.limits import Limits

PACKAGES = ("numpy", "scipy", "numba", "mcap", "pydantic", "lz4")


def header(
    plan: SessionPlan,
    identity: Identity | None,
    stored: ControllerLimits | None,
    clock: Clock,
    bounds: SupervisorBounds,
) -> dict[str, Any]:
    """Return the header of a session; identity and stored limits are None where the table never gave them.

    ``bounds`` are those the session is judged by, so that it can be judged again; the limits and the facts of
    the table from which they were derived stand beside them.

    With a virtual clock nothing in it depends on when or where the session ran, but for the versions.
    """
    label = {"started_at": wall_label()} if clock.realtime else {}
    return {
        "clock": "wall" if clock.realtime else "virtual",
        **label,
        "tick_us": TICK_US,
        "seed": plan.seed,
        "session_number": plan.session,
        "mass_kg": plan.mass_kg,
        "region": plan.region,
        "protocol": {
            "name": plan.protocol_name,
            "digest": plan.protocol_digest,
            "text": plan.protocol_text,
        },
        "take_up": {"force_n": plan.take_up_force_n, "timeout_s": plan.take_up_timeout_s},
        "profile": profile_row(plan.profile),
        "limits": _limits(plan.limits),
        "supervisor": asdict(bounds),
        "margins": [asdict(margin) for margin in plan.verification.margins],
        "table": {
            "name": plan.table.name,
            "url": plan.table_url,
            "drive": plan.table.drive,
            "facts": _facts(plan.table, plan.region),
            "identity": None if identity is None else asdict(identity),
            "controller_limits": None if stored is None else asdict(stored),
        },
        "versions": versions(),
        **({} if plan.tare is None else {"tare": asdict(plan.tare)}),
        **_declared(plan),
        **({} if plan.about is None else _about(plan.about)),
    }


def _declared(plan: SessionPlan) -> dict[str, Any]:
    """Return what the protocol declares for the record, only where it does: a tolerance, a sealed label."""
    declared = plan.declared
    tolerance = {} if declared.tolerance is None else {"tolerance": declared.tolerance}
    return tolerance if declared.sham is None else {**tolerance, "sham": asdict(declared.sham)}


def _about(about: About) -> dict[str, Any]:
    """Return for whom the session was and what was answered before it; absent where nobody has said."""
    return {
        "patient": {"id": about.patient_id, "digest": about.patient_digest},
        "preflight": {"checklist": about.checklist_digest, "answers": dict(about.answers)},
    }


def _facts(table: TableFacts, region: str) -> dict[str, Any]:
    """Return what the table's file says of the table, and of what it does for one region."""
    served = table.region(region)
    facts = {field.name: getattr(table, field.name) for field in fields(table) if field.name != "regions"}
    of_region = {field.name: getattr(served, field.name) for field in fields(served)}
    return {**facts, "region": {**of_region, "source": dict(served.source.values)}}


def versions() -> dict[str, str]:
    """Return the versions of what ran: Python, this project, and the packages that touch the numbers."""
    return {
        "traction": __version__,
        "python": platform.python_version(),
        **{name: _version(name) for name in PACKAGES},
    }


@cache
def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "absent"


def profile_row(profile: Profile) -> dict[str, Any]:
    """Return a profile as the record says it: its figures and every span."""
    spans = [
        {
            "start_s": span.start_s,
            "end_s": span.end_s,
            "start_n": span.segment.start_n,
            "end_n": span.segment.end_n,
            "kind": span.kind,
            "phase": span.phase,
            "phase_name": span.phase_name,
            "cycle": span.cycle,
            "counts": span.counts,
        }
        for span in profile.spans
    ]
    return {
        "digest": profile.digest(),
        "duration_s": profile.duration_s,
        "peak_n": profile.peak_n,
        "rest_n": profile.rest_n,
        "cycles": profile.cycles,
        "spans": spans,
    }


def _limits(limits: Limits) -> dict[str, Any]:
    merged = {
        name: {"value": value, "source": limits.sources[name]} for name, value in limits.values().items()
    }
    facts = {
        name: getattr(limits, name)
        for name in (
            "slack_n",
            "hold_band_n",
            "release_rate_n_per_s",
            "fast_release_rate_n_per_s",
            "arrival_error_n_s",
            "cell_difference_n",
        )
    }
    return {"region": limits.region, "merged": merged, "facts": facts}
