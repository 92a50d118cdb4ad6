"""A simulated table that weighs, and one that feels the muscles: only where asked, recorded, and no more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from traction.cli import errors
from traction.drivers.base import TableSetup
from traction.drivers.url import parse_url
from traction.errors import UsageError
from traction.runner.reader import read_record
from traction.sim.emulator import make_emulated
from traction.sim.options import read_options

SHARE_OF_WEIGHT = 'type = "static"\nforce = "40 %BW"\nhold = "5 s"'


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pull_text):
    """Return what runs a short protocol at 80 kg on a simulated table with these options."""
    monkeypatch.chdir(tmp_path)
    Path("weighing.toml").write_text(pull_text("weighing", SHARE_OF_WEIGHT), encoding="utf-8")

    def run(options: str) -> int:
        words = ["run", "weighing.toml", "--mass", "80kg", "--table", f"sim:?{options}"]
        return errors.run([*words, "--record", "run.mcap", "--quiet"])

    return run


def test_both_sensors_are_recorded_and_shown(run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("sense=weight,emg") == 0
    record = read_record("run.mcap")
    assert list(record.samples)[-2:] == ["weight_mn", "muscle_activity_ppm"]
    assert set(record.samples["weight_mn"].tolist()) == {round(80 * 9806.65)}
    activity = record.samples["muscle_activity_ppm"]
    assert 0 < activity.min() < activity.max() < 1_000_000, "a rising pull is answered by the muscles"
    capsys.readouterr()
    data = Path("run.mcap").read_bytes()
    Path("running.mcap").write_bytes(data[: len(data) // 2])
    assert errors.run(["follow", "running.mcap", "--once", "--json"]) == 0
    row = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(row["sensed"]) == {"weight_mn", "muscle_activity_ppm"}
    assert errors.run(["follow", "running.mcap", "--once"]) == 0
    assert "weight 784.5 N, muscle activity" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ("sense=weight&weighs_kg=72.1", 0),
        ("sense=weight&weighs_kg=71.9", 3),
        ("sense=weight&weighs_kg=88.1", 3),
        ("sense=emg", 0),
    ],
)
def test_who_weighs_more_than_a_tenth_else_than_stated_is_not_pulled(
    run, capsys: pytest.CaptureFixture[str], options: str, code: int
) -> None:
    assert run(options) == code
    assert ("E356" in capsys.readouterr().err) == (code == 3)


@pytest.mark.parametrize("wrong", ["scales", "emg,weight", "", "weight,weight"])
def test_sensors_that_there_are_not_are_refused(wrong: str) -> None:
    with pytest.raises(UsageError):
        read_options(parse_url(f"sim:?sense={wrong}"), TableSetup())


def test_a_reading_without_a_scale_and_a_sensor_on_a_wire_are_refused() -> None:
    with pytest.raises(UsageError, match="E124"):
        read_options(parse_url("sim:?sense=emg&weighs_kg=60"), TableSetup())
    with pytest.raises(UsageError, match="E124"):
        make_emulated(read_options(parse_url("sim:?sense=weight"), TableSetup()))
