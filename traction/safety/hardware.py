"""Load the files under ``hardware/limits`` and ``hardware/tables``: strictly, with every error at once."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from traction import units
from traction.errors import Problem, RefusedError, UsageError
from traction.safety.facts import CHECK_EVERY_S, RegionFacts, RegionTable, TableFacts
from traction.safety.limits import Limits, LimitSource, SourceKind, merge
from traction.safety.reader import Reader
from traction.shipped import shipped_dir, shipped_files
from traction.wire import codes

REGIONS: Final = codes.REGION_NAMES
DRIVES: Final = codes.DRIVE_NAMES

LONGEST_CHECK_S: Final = 8784 * 3600.0

LIMIT_KEYS: Final[tuple[tuple[str, str, units.Kind], ...]] = (
    ("max_force", "max_force_n", "force"),
    ("max_rate_up", "max_rate_up_n_per_s", "force_rate"),
    ("max_rate_down", "max_rate_down_n_per_s", "force_rate"),
    ("max_hold", "max_hold_s", "time"),
    ("max_session", "max_session_s", "time"),
    ("max_impulse", "max_impulse_n_s", "impulse"),
    ("max_travel", "max_travel_mm", "length"),
    ("max_release", "max_release_s", "time"),
)
"""Key of a limit in any file, its name among LIMIT_NAMES, and the kind of quantity."""


def load_region(name: str | Path) -> RegionFacts:
    """Read a region by name ("lumbar", "cervical") or from a file given as a Path.

    Raises UsageError E191 for an unknown name; ProtocolError (E11x, E305-E308) with all its problems.
    """
    if isinstance(name, str) and name not in REGIONS:
        raise UsageError(Problem("E191", f"the region {name!r}", f"one of {', '.join(REGIONS)}"))
    reader = Reader(_limits_file(name) if isinstance(name, str) else name)
    region = reader.text("region", (name,) if isinstance(name, str) else REGIONS)
    facts = RegionFacts(
        name=region,
        source=_source(reader, "region", region, "limits"),
        slack_n=reader.quantity("facts.slack", "force"),
        hold_band_n=reader.quantity("facts.hold_band", "force"),
        release_rate_n_per_s=reader.quantity("facts.release_rate", "force_rate"),
        fast_release_rate_n_per_s=reader.quantity("facts.fast_release_rate", "force_rate"),
        arrival_error_n_s=reader.quantity("facts.arrival_error", "impulse"),
        cell_difference_n=reader.quantity("facts.cell_difference", "force"),
    )
    rates = (facts.release_rate_n_per_s, facts.fast_release_rate_n_per_s)
    reader.require("facts.fast_release_rate", *rates, "a fast release no slower than a release")
    reader.finish()
    return facts


def load_table(name: str | Path) -> TableFacts:
    """Read a table by the name of a file in ``hardware/tables`` or from a file given as a Path.

    Raises UsageError E192 for an unknown name; ProtocolError (E11x, E305-E308) with all its problems.
    """
    reader = Reader(_table_file(name) if isinstance(name, str) else name)
    title = reader.text("name")
    facts = TableFacts(
        name=title,
        title=reader.text("title"),
        url=reader.text("url"),
        drive=reader.text("drive", DRIVES),
        reaction_s=reader.quantity("reaction", "time"),
        coast_s=reader.quantity("coast", "time"),
        dump_s=reader.quantity("dump", "time"),
        force_noise_n=reader.quantity("force_noise", "force", positive=False),
        force_resolution_n=reader.quantity("force_resolution", "force"),
        regions={region: _region_table(reader, title, region) for region in REGIONS if reader.has(region)},
        check_every_s=reader.quantity("check_every", "time") if reader.has("check_every") else CHECK_EVERY_S,
    )
    reader.require("check_every", facts.check_every_s, LONGEST_CHECK_S, "a year at most, 8784 h")
    reader.finish()
    return facts


def table_names() -> tuple[str, ...]:
    """Return the names of the shipped tables."""
    return tuple(shipped_files("hardware/tables"))


def load_operator(path: Path | None = None) -> dict[str, LimitSource]:
    """Return region -> the site's own limits, from ``hardware/limits/operator.toml`` or another file."""
    reader = Reader(path or _limits_file("operator"))
    sources = {region: _source(reader, "operator", "site", region) for region in REGIONS}
    reader.finish()
    return sources


def load_patient(region: str, mass_kg: float | None, path: Path | None = None) -> LimitSource:
    """Return the patient's limits: a fixed cap and, with a mass in kg, a share of body weight if lower.

    Raises RefusedError E302 for a mass outside the plausible range of the file (NaN included), UsageError
    E191 for an unknown region, ProtocolError for a bad file.
    """
    if region not in REGIONS:
        raise UsageError(Problem("E191", f"the region {region!r}", f"one of {', '.join(REGIONS)}"))
    reader = Reader(path or _limits_file("patient"))
    lightest, heaviest = reader.quantity("lightest", "mass"), reader.quantity("heaviest", "mass")
    shares = {name: reader.quantity(f"{name}.max_force_of_weight", "fraction") for name in REGIONS}
    caps = {name: reader.quantity(f"{name}.max_force", "force") for name in REGIONS}
    reader.require("heaviest", lightest, heaviest, "the heaviest no lighter than the lightest")
    reader.finish()
    if mass_kg is None:
        return LimitSource("patient", "of any weight", {"max_force_n": caps[region]})
    if not lightest <= mass_kg <= heaviest:
        expected = f"{lightest:g} kg to {heaviest:g} kg"
        raise RefusedError(Problem("E302", f"a body mass of {mass_kg:g} kg", expected, field="mass"))
    share_n = shares[region] * mass_kg * units.STANDARD_GRAVITY
    return LimitSource("patient", f"of {mass_kg:g} kg", {"max_force_n": min(caps[region], share_n)})


def session_limits(
    region: str,
    table: TableFacts,
    *,
    mass_kg: float | None = None,
    protocol: LimitSource | None = None,
    operator: tuple[LimitSource, ...] = (),
) -> Limits:
    """Return the tightest of region, table, patient, protocol and operator, from the shipped files.

    ``protocol`` is what the protocol file says, ``operator`` what the command line adds to the site's file.
    Raises RefusedError (E301-E304), UsageError E191, ProtocolError for a bad file.
    """
    facts = load_region(region)
    sources = [table.source(region), load_patient(region, mass_kg), load_operator()[region], *operator]
    return merge(facts, sources if protocol is None else [*sources, protocol])


def _limits_file(name: str) -> Path:
    return shipped_dir("hardware") / "limits" / f"{name}.toml"


def _table_file(name: str) -> Path:
    files = shipped_files("hardware/tables")
    if name not in files:
        raise UsageError(Problem("E192", f"the table {name!r}", f"one of {', '.join(files)}, or a URL"))
    return files[name]


def _source(reader: Reader, kind: SourceKind, name: str, section: str) -> LimitSource:
    """Read the limits a section gives; none is required here, because the merge refuses what nobody gives."""
    values = {
        limit: reader.quantity(f"{section}.{key}", unit, positive=False)
        for key, limit, unit in LIMIT_KEYS
        if reader.has(f"{section}.{key}")
    }
    return LimitSource(kind, name, values)


def _region_table(reader: Reader, table: str, region: str) -> RegionTable:
    facts = RegionTable(
        source=_source(reader, "table", table, f"{region}.limits"),
        softest_n_per_mm=reader.quantity(f"{region}.softest", "stiffness"),
        stiffest_n_per_mm=reader.quantity(f"{region}.stiffest", "stiffness"),
        pull_speed_mm_per_s=reader.quantity(f"{region}.pull_speed", "speed"),
        unload_speed_mm_per_s=reader.quantity(f"{region}.unload_speed", "speed"),
        fast_unload_speed_mm_per_s=reader.quantity(f"{region}.fast_unload_speed", "speed"),
        slack_travel_mm=reader.quantity(f"{region}.slack_travel", "length", positive=False),
        least_rate_n_per_s=reader.quantity(f"{region}.least_rate", "force_rate", positive=False),
    )
    softest, stiffest = facts.softest_n_per_mm, facts.stiffest_n_per_mm
    reader.require(f"{region}.stiffest", softest, stiffest, "the stiffest no softer than the softest")
    speeds = (facts.unload_speed_mm_per_s, facts.fast_unload_speed_mm_per_s)
    reader.require(f"{region}.fast_unload_speed", *speeds, "a fast unload no slower than the ordinary one")
    return facts
