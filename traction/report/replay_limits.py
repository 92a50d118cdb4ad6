"""Limits to judge a record by: those it ran under, and those of a file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from traction.errors import Problem, ProtocolError, UsageError
from traction.report.recorded import header_of
from traction.report.said import Said
from traction.safety.facts import RegionTable, TableFacts
from traction.safety.hardware import load_operator, load_region
from traction.safety.limits import LIMIT_NAMES, Limits, LimitSource

if TYPE_CHECKING:
    from traction.runner.reader import Record

LIMITS: Final = (
    "max_force",
    "max_rate_up",
    "max_rate_down",
    "max_hold",
    "max_session",
    "max_impulse",
    "max_travel",
    "max_release",
)
"""The limits that a file may state, each with its unit."""


def limits_file(path: Path, region: str) -> LimitSource:
    """Return the limits of a file for a region: one with ``[lumbar]`` and ``[cervical]``, or a region's own.

    The first kind is that of ``hardware/limits/operator.toml``, the second that of ``lumbar.toml``. Raises
    ProtocolError (E11x, E305-E308) with all problems of the file, UsageError E191 for another region's.
    """
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return load_operator(path)[region]  # its reader says what is wrong with the file
    whole = "region" in said
    if not whole:
        _require_limits(said, path, region)
        return load_operator(path)[region]
    facts = load_region(path)
    if facts.name != region:
        raise UsageError(
            Problem("E191", f"limits of the {facts.name} region", f"those of the {region} region")
        )
    return facts.source


def _require_limits(said: Mapping[str, Any], path: Path, region: str) -> None:
    """Raise ProtocolError where a file says nothing for the region, or names a limit that there is not."""
    table = said.get(region)
    if not isinstance(table, Mapping):
        found = f"no limits for the {region} region"
        expected = f'a table [{region}] with limits such as max_force = "300 N"'
        raise ProtocolError(Problem("E307", found, expected, file=str(path), field=region))
    unknown = [name for name in table if name not in LIMITS]
    if unknown:
        expected = f"one of {', '.join(LIMITS)}"
        problems = (
            Problem("E306", f"the unknown limit {name!r}", expected, file=str(path), field=f"{region}.{name}")
            for name in unknown
        )
        raise ProtocolError(*problems)


def limits_of(record: Record) -> Limits:
    """Return the limits a session ran under. Raises RecordError E610."""
    said = header_of(record).part("limits")
    merged, facts = said.part("merged"), said.part("facts")
    return Limits(
        region=said.text("region"),
        **{name: merged.part(name).number("value") for name in LIMIT_NAMES},
        sources={name: merged.part(name).text("source") for name in LIMIT_NAMES},
        slack_n=facts.number("slack_n"),
        hold_band_n=facts.number("hold_band_n"),
        release_rate_n_per_s=facts.number("release_rate_n_per_s"),
        fast_release_rate_n_per_s=facts.number("fast_release_rate_n_per_s"),
        arrival_error_n_s=facts.number("arrival_error_n_s"),
        cell_difference_n=facts.number("cell_difference_n"),
    )


def table_of(record: Record) -> TableFacts:
    """Return what the file of its table said, for the region of the session. Raises RecordError E610."""
    header = header_of(record)
    said = header.part("table").part("facts")
    return TableFacts(
        name=said.text("name"),
        title=said.text("title"),
        url=said.text("url"),
        drive=said.text("drive"),
        reaction_s=said.number("reaction_s"),
        coast_s=said.number("coast_s"),
        dump_s=said.number("dump_s"),
        force_noise_n=said.number("force_noise_n"),
        force_resolution_n=said.number("force_resolution_n"),
        regions={header.text("region"): _region(said.part("region"))},
    )


def _region(said: Said) -> RegionTable:
    return RegionTable(
        source=LimitSource("table", "recorded", {}),
        softest_n_per_mm=said.number("softest_n_per_mm"),
        stiffest_n_per_mm=said.number("stiffest_n_per_mm"),
        pull_speed_mm_per_s=said.number("pull_speed_mm_per_s"),
        unload_speed_mm_per_s=said.number("unload_speed_mm_per_s"),
        fast_unload_speed_mm_per_s=said.number("fast_unload_speed_mm_per_s"),
        slack_travel_mm=said.number("slack_travel_mm"),
        least_rate_n_per_s=said.number("least_rate_n_per_s"),
    )
