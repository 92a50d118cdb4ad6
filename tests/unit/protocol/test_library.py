"""The shipped protocols: complete, sourced, within the limits, quick to compile, and known to the schema."""

from __future__ import annotations

import json
import tomllib
from typing import get_args

import jsonschema
import pytest

import traction
from traction.protocol import library
from traction.protocol.compile import compile_protocol, nominal_profile
from traction.protocol.force import Levels
from traction.protocol.load import load_protocol
from traction.protocol.model import Evidence
from traction.protocol.phases import PHASES, fields_of
from traction.protocol.schema import schema, schema_text
from traction.safety.hardware import load_table, session_limits, table_names
from traction.safety.limits import LimitSource
from traction.safety.verify import verify
from traction.shipped import shipped_dir, shipped_files

CONFIRMED = {
    "lumbar-first-visit", "lumbar-spasm", "lumbar-disc", "lumbar-facet-stenosis",
    "lumbar-disc-conservative", "lumbar-joint-distraction", "uconn-30-10",
    "activetrac-prone-static", "kdt-acute-short", "cerv-first-visit", "cerv-disc", "cerv-spasm",
    "cerv-subacute-joint", "cerv-facet-stenosis", "cerv-generic", "cerv-home-classic", "cerv-fater",
    "lumbar-disc-30min",
}  # fmt: skip
"""Whose settings were read at their source."""

ASSUMED = {
    "lumbar-acute-phase", "lumbar-beurskens", "lumbar-fritz", "vaxd-session", "drx-cycle", "cerv-young",
    "cerv-fritz",
}  # fmt: skip
"""Complete only with values that are assumed, each of which is named."""

NOBODY = {
    "test-tolerance-sweep", "test-ramp-in", "test-wave-sine", "test-wave-triangle", "test-wave-sawtooth",
    "test-wave-trapezoid", "test-slack-and-creep", "test-burn-in", "test-varied-cycles",
}  # fmt: skip
"""For a table with nobody on it."""

NAMES = tuple(library.names())
VALIDATOR = jsonschema.Draft202012Validator(schema())


def test_the_library_is_what_was_published_what_had_to_assume_and_what_tests_a_table():
    assert set(NAMES) == CONFIRMED | ASSUMED | NOBODY
    assert not set(NAMES) & set(library.templates())


@pytest.mark.parametrize("name", NAMES)
def test_each_states_its_source_its_caution_and_what_was_assumed(name):
    protocol = load_protocol(name)
    assert protocol.name == name
    assert len(protocol.source.citation) > 30
    assert protocol.source.url or name in ASSUMED or name in NOBODY
    assert protocol.source.evidence != "none"
    assert protocol.source.confirmed == (name not in ASSUMED)
    assert (protocol.source.evidence == "engineering") == (name in NOBODY)
    assert ("With nobody on the table" in protocol.source.caution) == (name in NOBODY)
    assert "Not treatment advice." in protocol.source.caution
    assert "How fast the force rises and falls." in protocol.source.assumed


@pytest.mark.parametrize("name", NAMES)
def test_a_share_of_the_body_weight_never_stands_without_a_cap(name):
    for force in load_protocol(name).tops():
        assert force.is_capped or not force.needs_mass


@pytest.mark.parametrize("table_name", ["sim", "sim-self-locking"])
@pytest.mark.parametrize("name", NAMES)
def test_each_passes_the_limits_of_both_tables_at_eighty_kilograms(name, table_name):
    protocol = load_protocol(name)
    profile = compile_protocol(protocol, mass_kg=80.0)
    table = load_table(table_name)
    own = LimitSource("protocol", name, protocol.limits)
    limits = session_limits(protocol.region, table, mass_kg=80.0, protocol=own)
    verify(profile, limits, table, take_up_timeout_s=protocol.take_up.timeout_s).require()


def test_a_course_that_raises_the_force_does_so_by_the_number_of_the_session():
    protocol = load_protocol("cerv-young")
    peaks = [compile_protocol(protocol, mass_kg=80.0, session=number).peak_n for number in (1, 2, 3, 20)]
    lbf = 4.4482216152605
    assert peaks == pytest.approx([78.4532, 78.4532 + 2 * lbf, 78.4532 + 4 * lbf, 35 * lbf])


def test_the_examples_name_the_schema_and_check_clean_and_show_what_no_library_file_needs():
    files = shipped_files("protocols/examples")
    said = set()
    for name, path in files.items():
        text = path.read_text(encoding="utf-8")
        assert text.startswith("#:schema ../protocol.schema.json\n")
        VALIDATOR.validate(tomllib.loads(text))
        protocol = load_protocol(path)
        assert protocol.name == name
        assert "Not treatment advice." in protocol.source.caution
        said |= {key for key in ("position", "tare", "sham", "stops") if key in tomllib.loads(text)}
        said |= {phase.type for phase in protocol.phases}
        said |= {"live" for phase in protocol.phases if getattr(phase, "live", None)}
        assert traction.verify(path).passed
    assert said >= {"position", "tare", "sham", "stops", "ask", "observe", "move", "live", "regressive"}


def clock_s(name):
    """Return the time on the clock; the end of a fall the clock cuts is off it."""
    return sum(span.segment.duration_s for span in nominal_profile(load_protocol(name)).spans if span.counts)


@pytest.mark.parametrize(
    ("name", "peak_n", "minutes"),
    [
        ("lumbar-first-visit", 25 * 4.4482216152605, 5),
        ("lumbar-spasm", 0.25 * 80 * 9.80665, 20),
        ("lumbar-disc", 0.5 * 80 * 9.80665, 20),
        ("lumbar-disc-30min", 0.5 * 80 * 9.80665, 30),
        ("lumbar-facet-stenosis", 0.5 * 80 * 9.80665, 20),
        ("lumbar-disc-conservative", 0.25 * 80 * 9.80665, 5),
        ("lumbar-joint-distraction", 50 * 4.4482216152605, 10),
        ("uconn-30-10", 0.5 * 80 * 9.80665, 15),
        ("activetrac-prone-static", 0.4 * 80 * 9.80665, 15),
        ("kdt-acute-short", 0.2 * 80 * 9.80665, 5),
        ("cerv-first-visit", 7 * 4.4482216152605, 5),
        ("cerv-disc", 11 * 4.4482216152605, 10),
        ("cerv-spasm", 11 * 4.4482216152605, 20),
        ("cerv-subacute-joint", 11 * 4.4482216152605, 20),
        ("cerv-facet-stenosis", 0.07 * 80 * 9.80665, 20),
        ("cerv-generic", 10 * 4.4482216152605, 10),
        ("cerv-home-classic", 8 * 4.4482216152605, 15),
        ("cerv-fater", 13.6 * 9.80665, 5),
        ("lumbar-acute-phase", 30 * 4.4482216152605, 5),
        ("lumbar-beurskens", 0.35 * 80 * 9.80665, 20),
        ("lumbar-fritz", 0.4 * 80 * 9.80665, 12),
        ("vaxd-session", 50 * 4.4482216152605, 30),
        ("drx-cycle", 90 * 4.4482216152605, 27),
        ("cerv-young", 0.1 * 80 * 9.80665, 15),
        ("cerv-fritz", 12 * 4.4482216152605, 15),
    ],
)
def test_force_and_time_are_the_published_ones(name, peak_n, minutes):
    profile = nominal_profile(load_protocol(name))
    assert profile.peak_n == pytest.approx(peak_n, rel=1e-12)
    assert load_protocol(name).peak.newtons(Levels(80.0)) == profile.peak_n
    assert clock_s(name) == pytest.approx(60.0 * minutes, abs=8.0)


def test_the_schema_file_is_the_one_the_model_writes():
    path = shipped_dir("protocols") / "protocol.schema.json"
    assert path.read_text(encoding="utf-8") == schema_text(), "run python -m traction.protocol.schema"


def test_the_schema_is_a_schema_without_nulls():
    jsonschema.Draft202012Validator.check_schema(schema())
    assert '"null"' not in schema_text()
    assert "null" not in json.loads(schema_text()).values()


@pytest.mark.parametrize("name", NAMES)
def test_library_files_name_the_schema_and_obey_it(name):
    text = library.names()[name].read_text(encoding="utf-8")
    assert text.startswith("#:schema ../protocol.schema.json\n")
    VALIDATOR.validate(tomllib.loads(text))


SEEN_BY_THE_SCHEMA = {
    "bare-number", "decimal-comma", "everything-at-once", "format-missing", "format-unknown",
    "look-alike-characters", "missing-end", "missing-source", "name-with-spaces", "negative",
    "no-phase", "not-finite", "phase-without-force", "pounds-as-a-mass",
    "text-with-control-characters", "unknown-key", "unknown-table", "unknown-words", "wrong-types",
}  # fmt: skip


def test_the_schema_refuses_what_a_schema_can_see():
    refused = set()
    for name, path in shipped_files("protocols/refused").items():
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            continue
        if not VALIDATOR.is_valid(data):
            refused.add(name)
    assert refused >= SEEN_BY_THE_SCHEMA
    assert not any(name.startswith("limit-") for name in refused)


def test_the_example_of_the_readme_is_a_protocol_and_its_words_are_the_language(profile_of):
    text = (shipped_dir("protocols") / "README.md").read_text(encoding="utf-8")
    example = text.partition("```toml\n")[2].partition("```")[0]
    assert profile_of(example, 80.0).cycles == 23
    keys = {key for phase in PHASES.values() for key in fields_of(phase)}
    for word in (*get_args(Evidence), *PHASES, *sorted(keys)):
        assert f"`{word}" in text, word


@pytest.mark.parametrize("table", table_names())
@pytest.mark.parametrize("region", ["lumbar", "cervical"])
def test_no_table_promises_a_rise_it_cannot_follow_on_the_softest_patient(table, region):
    facts = load_table(table).region(region)
    followed = facts.pull_speed_mm_per_s * facts.softest_n_per_mm
    assert facts.source.values["max_rate_up_n_per_s"] <= followed
