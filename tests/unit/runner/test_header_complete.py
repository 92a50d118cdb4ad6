"""The header of a record says everything under which the session ran: no key may go missing unnoticed."""

from __future__ import annotations

import hashlib
import platform
from dataclasses import asdict, fields
from importlib import metadata
from typing import Any

import pytest

import traction
from traction.safety.bounds import supervisor_bounds
from traction.safety.facts import RegionTable, TableFacts
from traction.safety.limits import LIMIT_NAMES, Limits, LimitSource

GENTLE = """
format = 1
name = "gentle"
title = "A gentle pull of the neck"
region = "cervical"
[source]
citation = "Written for the tests of the record."
evidence = "engineering"
confirmed = true
caution = "Only for the simulator."
assumed = ["everything, but for the sign of the wave: ±"]
[session]
count = "always"
hold_by = "force"
[rates]
up = "12 N/s"
down = "15 N/s"
[take_up]
force = "15 N"
timeout = "90 s"
[limits]
max_hold = "4 min"
max_impulse = "3 kN s"
[[phase]]
name = "main"
type = "intermittent"
high = "60 N"
low = "30 N"
hold = "3 s"
rest = "2 s"
repeat = 2
[end]
rate = "10 N/s"
residual = "0 N"
"""


@pytest.fixture(scope="module")
def proof(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("protocol") / "gentle.toml"
    path.write_text(GENTLE, encoding="utf-8")
    return traction.verify(path, mass_kg=61.5, seed=11, table="sim:?seed=5", max_duration_s=1200.0)


@pytest.fixture(scope="module")
def header(proof: Any) -> dict[str, Any]:
    result = traction.run(proof)
    assert result.outcome == "COMPLETED"
    return dict(result.record().header)


def test_it_has_these_parts_and_no_wall_time(header: dict[str, Any]) -> None:
    assert header.keys() == {
        "format",
        "columns",
        "clock",
        "tick_us",
        "seed",
        "session_number",
        "mass_kg",
        "region",
        "protocol",
        "take_up",
        "profile",
        "limits",
        "supervisor",
        "margins",
        "table",
        "versions",
    }
    assert (header["format"], header["clock"], header["tick_us"]) == (1, "virtual", 20_000)
    assert (header["seed"], header["mass_kg"], header["region"]) == (11, 61.5, "cervical")


def test_every_limit_has_its_value_and_its_source(header: dict[str, Any]) -> None:
    assert header["limits"].keys() == {"region", "merged", "facts"}
    assert header["limits"]["region"] == "cervical"
    merged = header["limits"]["merged"]
    assert set(merged) == set(LIMIT_NAMES)
    assert {name: (limit["value"], limit["source"]) for name, limit in merged.items()} == {
        "max_force_n": (pytest.approx(0.30 * 61.5 * 9.80665), "patient of 61.5 kg"),
        "max_rate_up_n_per_s": (15.0, "region cervical"),
        "max_rate_down_n_per_s": (40.0, "region cervical"),
        "max_hold_s": (240.0, "protocol gentle"),
        "max_session_s": (1200.0, "operator of this run"),
        "max_impulse_n_s": (3_000.0, "protocol gentle"),
        "max_travel_mm": (60.0, "region cervical"),
        "max_release_s": (5.0, "region cervical"),
    }


def test_the_facts_beside_the_limits_are_there(header: dict[str, Any]) -> None:
    assert header["limits"]["facts"] == {
        "slack_n": 10.0,
        "hold_band_n": 8.0,
        "release_rate_n_per_s": 50.0,
        "fast_release_rate_n_per_s": 100.0,
        "arrival_error_n_s": 70.0,
        "cell_difference_n": 15.0,
    }


def test_the_take_up_is_there(header: dict[str, Any]) -> None:
    assert header["take_up"] == {"force_n": 15.0, "timeout_s": 90.0}


def test_the_protocol_is_the_text_its_digest_stands_for(header: dict[str, Any]) -> None:
    protocol = header["protocol"]
    assert protocol.keys() == {"name", "digest", "text"}
    assert protocol["name"] == "gentle"
    assert protocol["text"] == GENTLE
    assert protocol["digest"] == hashlib.sha256(protocol["text"].encode()).hexdigest()


def test_the_profile_can_be_drawn_again(header: dict[str, Any], proof: Any) -> None:
    profile = header["profile"]
    assert profile.keys() == {"digest", "duration_s", "peak_n", "rest_n", "cycles", "spans"}
    assert (profile["digest"], profile["duration_s"]) == (proof.profile.digest(), proof.profile.duration_s)
    assert (profile["peak_n"], profile["rest_n"], profile["cycles"]) == (60.0, proof.profile.rest_n, 2)
    names = {"start_s", "end_s", "start_n", "end_n", "kind", "phase", "phase_name", "cycle", "counts"}
    assert len(profile["spans"]) == len(proof.profile.spans)
    for said, span in zip(profile["spans"], proof.profile.spans, strict=True):
        assert said.keys() == names
        assert (said["start_s"], said["end_s"]) == (span.start_s, span.end_s)
        assert (said["start_n"], said["end_n"]) == (span.segment.start_n, span.segment.end_n)
        assert (said["kind"], said["phase"], said["phase_name"]) == (span.kind, span.phase, span.phase_name)
        assert (said["cycle"], said["counts"]) == (span.cycle, span.counts)


def test_every_margin_of_the_proof_is_there(header: dict[str, Any], proof: Any) -> None:
    assert [margin["name"] for margin in header["margins"]] == [
        "peak_force",
        "rate_up",
        "rate_down",
        "longest_hold",
        "session_duration",
        "impulse",
        "travel",
        "release_back_drivable",
        "release_self_locking",
    ]
    for said, margin in zip(header["margins"], proof.verification.margins, strict=True):
        assert said.keys() == {"name", "value", "limit", "margin", "unit", "source", "at_s"}
        assert (said["value"], said["limit"], said["margin"]) == (margin.value, margin.limit, margin.margin)
        assert (said["unit"], said["source"], said["at_s"]) == (margin.unit, margin.source, margin.at_s)
    held = header["margins"][3]
    assert (held["limit"], held["unit"], held["source"]) == (240.0, "s", "protocol gentle")


def test_the_table_says_who_it_is(header: dict[str, Any]) -> None:
    table = header["table"]
    assert table.keys() == {"name", "url", "drive", "facts", "identity", "controller_limits"}
    assert (table["name"], table["url"], table["drive"]) == ("sim", "sim:?seed=5", "back-drivable")
    identity = table["identity"]
    assert identity.keys() == {
        "model",
        "serial_number",
        "firmware",
        "boot_id",
        "drive",
        "region",
        "simulated",
        "tick_ms",
        "channels",
        "capabilities",
    }
    assert (identity["serial_number"], identity["simulated"], identity["tick_ms"]) == ("SIM-5", True, 10)
    assert (identity["drive"], identity["region"]) == ("back-drivable", "cervical")
    assert all((identity["model"], identity["firmware"], identity["boot_id"]))
    assert identity["channels"] == header["columns"][-len(identity["channels"]) :]


def test_the_limits_the_controller_read_back_are_there(header: dict[str, Any]) -> None:
    assert header["table"]["controller_limits"] == {
        "max_force_mn": 180_932,  # 30 % of 61.5 kg, rounded down
        "max_rate_up_mn_per_s": 15_000,
        "max_rate_down_mn_per_s": 40_000,
        "max_hold_ms": 240_000,
        "hold_band_mn": 8_000,
        "max_session_ms": 1_200_000,
        "max_travel_um": 60_000,
        "release_rate_mn_per_s": 50_000,
        "fast_release_rate_mn_per_s": 100_000,
        "max_release_ms": 5_000,
        "slack_force_mn": 10_000,
    }


def test_the_versions_of_what_ran_are_there(header: dict[str, Any]) -> None:
    versions = header["versions"]
    packages = {"numpy", "scipy", "numba", "mcap", "pydantic", "lz4"}
    assert versions.keys() == {"traction", "python"} | packages
    assert (versions["traction"], versions["python"]) == (traction.__version__, platform.python_version())
    assert {name: versions[name] for name in packages} == {name: metadata.version(name) for name in packages}


def test_the_bounds_of_the_supervisor_follow_from_what_stands_beside_them(
    header: dict[str, Any], proof: Any
) -> None:
    limits, facts = header["limits"], dict(header["table"]["facts"])
    region = facts.pop("region")
    name = header["region"]
    served = RegionTable(**{**region, "source": LimitSource("table", facts["name"], region["source"])})
    merged = {one: limit["value"] for one, limit in limits["merged"].items()}
    again = supervisor_bounds(
        Limits(region=name, sources={}, **merged, **limits["facts"]),
        TableFacts(**facts, regions={name: served}),
        rest_n=header["profile"]["rest_n"],
    )
    assert header["supervisor"] == asdict(again)
    assert header["supervisor"]["over_force_mn"] > header["table"]["controller_limits"]["max_force_mn"]
    names = {field.name for field in fields(TableFacts)} - {"regions"}
    assert facts == {name: getattr(proof.table.facts, name) for name in names}
