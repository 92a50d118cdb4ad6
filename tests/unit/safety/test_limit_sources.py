"""Region, table, patient, protocol, operator: whichever is tightest decides, and is named as the one."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from traction.safety import hardware
from traction.safety.hardware import load_table, session_limits
from traction.safety.limits import LIMIT_NAMES, Limits, LimitSource
from traction.shipped import shipped_dir

TIGHT = {
    "max_force_n": ("max_force", "120 N", 120.0),
    "max_rate_up_n_per_s": ("max_rate_up", "4 N/s", 4.0),
    "max_rate_down_n_per_s": ("max_rate_down", "9 N/s", 9.0),
    "max_hold_s": ("max_hold", "100 s", 100.0),
    "max_session_s": ("max_session", "5 min", 300.0),
    "max_impulse_n_s": ("max_impulse", "12 kN s", 12_000.0),
    "max_travel_mm": ("max_travel", "25 mm", 25.0),
    "max_release_s": ("max_release", "4 s", 4.0),
}
"""Limit -> its key in a file, and a value below all that is shipped, as written and in its unit."""

REGIONS = ("lumbar", "cervical")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of ``hardware`` that is read instead of the shipped one."""
    copy = tmp_path / "hardware"
    shutil.copytree(shipped_dir("hardware"), copy)
    monkeypatch.setattr(hardware, "shipped_dir", lambda name: tmp_path / name)
    return copy


def write(path: Path, section: str, key: str, value: str) -> None:
    """Give ``key`` of ``section`` this value, whether the file had one or not."""
    lines, current = [], ""
    for line in path.read_text(encoding="utf-8").splitlines():
        header = re.match(r"\[(.+)\]", line)
        current = header[1] if header else current
        if current == section and re.match(rf"{key}\s*=", line):
            continue
        lines.append(line)
        if header and current == section:
            lines.append(f'{key} = "{value}"')
    assert f"[{section}]" in lines
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def limits_of(folder: Path, region: str, **more) -> Limits:
    return session_limits(region, load_table(folder / "tables" / "sim.toml"), **more)


FILES: dict[str, tuple[str, Callable[[str], str], Callable[[str], str]]] = {
    "region": ("limits/{}.toml", lambda _region: "limits", lambda region: f"region {region}"),
    "table": ("tables/sim.toml", lambda region: f"{region}.limits", lambda _region: "table sim"),
    "operator": ("limits/operator.toml", lambda region: region, lambda _region: "operator site"),
}
"""Kind of source -> its file, the section that holds a region's limits, and how it is named."""


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("limit", LIMIT_NAMES)
@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_is_tightest_decides_and_is_named(
    folder: Path, kind: str, limit: str, region: str
) -> None:
    file, section, label = FILES[kind]
    before = limits_of(folder, region)
    key, text, value = TIGHT[limit]
    assert value < before.values()[limit]
    write(folder / file.format(region), section(region), key, text)
    after = limits_of(folder, region)
    assert after.values() == {**before.values(), limit: value}
    assert after.sources == {**before.sources, limit: label(region)}


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("limit", LIMIT_NAMES)
def test_a_protocol_that_is_tightest_decides_and_is_named(folder: Path, limit: str, region: str) -> None:
    before, value = limits_of(folder, region), TIGHT[limit][2]
    after = limits_of(folder, region, protocol=LimitSource("protocol", "gentle", {limit: value}))
    assert after.values() == {**before.values(), limit: value}
    assert after.sources == {**before.sources, limit: "protocol gentle"}


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("limit", LIMIT_NAMES)
def test_every_word_of_an_operator_counts(folder: Path, limit: str, region: str) -> None:
    before, value = limits_of(folder, region), TIGHT[limit][2]
    said = (
        LimitSource("operator", "first", {limit: value + 1}),
        LimitSource("operator", "second", {limit: value}),
        LimitSource("operator", "third", {limit: value + 2}),
    )
    after = limits_of(folder, region, operator=said)
    assert after.values() == {**before.values(), limit: value}
    assert after.sources == {**before.sources, limit: "operator second"}


@pytest.mark.parametrize("region", REGIONS)
def test_a_patient_of_any_weight_may_be_the_tightest(folder: Path, region: str) -> None:
    write(folder / "limits" / "patient.toml", region, "max_force", "110 N")
    after = limits_of(folder, region)
    assert (after.max_force_n, after.sources["max_force_n"]) == (110.0, "patient of any weight")


@pytest.mark.parametrize(("region", "share"), [("lumbar", 0.75), ("cervical", 0.30)])
def test_a_light_patient_is_the_tightest(folder: Path, region: str, share: float) -> None:
    after = limits_of(folder, region, mass_kg=50.0)
    assert after.max_force_n == pytest.approx(share * 50.0 * 9.80665)
    assert after.sources["max_force_n"] == "patient of 50 kg"


def test_a_heavy_patient_loosens_nothing(folder: Path) -> None:
    assert limits_of(folder, "lumbar", mass_kg=199.0).max_force_n == 900.0
    assert limits_of(folder, "cervical", mass_kg=199.0).max_force_n == 200.0


@pytest.mark.parametrize("region", REGIONS)
def test_the_cap_of_a_patient_counts_where_the_share_of_weight_is_higher(folder: Path, region: str) -> None:
    write(folder / "limits" / "patient.toml", region, "max_force", "110 N")
    after = limits_of(folder, region, mass_kg=199.0)
    assert (after.max_force_n, after.sources["max_force_n"]) == (110.0, "patient of 199 kg")


def test_one_region_s_limit_says_nothing_about_the_other(folder: Path) -> None:
    before = limits_of(folder, "lumbar")
    for file, section in (("operator", "cervical"), ("cervical", "limits"), ("patient", "cervical")):
        write(folder / "limits" / f"{file}.toml", section, "max_force", "10 N")
    assert limits_of(folder, "lumbar") == before
    assert limits_of(folder, "cervical").max_force_n == 10.0


def test_of_all_sources_at_once_the_tightest_wins_whoever_it_is(folder: Path) -> None:
    write(folder / "limits" / "lumbar.toml", "limits", "max_force", "505 N")
    write(folder / "tables" / "sim.toml", "lumbar.limits", "max_force", "504 N")
    write(folder / "limits" / "patient.toml", "lumbar", "max_force", "503 N")
    write(folder / "limits" / "operator.toml", "lumbar", "max_force", "502 N")
    protocol = LimitSource("protocol", "gentle", {"max_force_n": 501.0})
    assert limits_of(folder, "lumbar", protocol=protocol).max_force_n == 501.0
    order = [
        ("limits/operator.toml", "lumbar", "operator site"),
        ("limits/patient.toml", "lumbar", "patient of any weight"),
        ("tables/sim.toml", "lumbar.limits", "table sim"),
        ("limits/lumbar.toml", "limits", "region lumbar"),
    ]
    for force_n, (file, section, label) in zip((502.0, 503.0, 504.0, 505.0), order, strict=True):
        after = limits_of(folder, "lumbar")
        assert (after.max_force_n, after.sources["max_force_n"]) == (force_n, label)
        write(folder / file, section, "max_force", "890 N")  # out of the way for the next
