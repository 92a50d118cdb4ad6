"""Forces that are allowed and worth a word: said where they are looked at, and nothing is refused."""

import json
from pathlib import Path

import pytest

from traction.cli import errors
from traction.errors import ProtocolError
from traction.report.cautions import load_cautions, remarks


def test_above_thirty_pounds_at_the_neck_a_word_is_said_and_nothing_refused(
    capsys, tmp_path: Path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert errors.run(["new", "neck.toml", "--from", "cerv-fater", "--set", "phase[1].force=31 lbf"]) == 0
    capsys.readouterr()
    assert errors.run(["check", "neck.toml", "cerv-fater", "--json"]) == 0
    strong, gentle = json.loads(capsys.readouterr().out)
    assert len(strong["remarks"]) == 1
    assert "more discomfort above 30 lbf" in strong["remarks"][0]
    assert strong["ok"]
    assert gentle["remarks"] == [], "13.6 kgf is 133.37 N, just below"
    for command in ("check", "show"):
        assert errors.run([command, "neck.toml"]) == 0
        assert "more discomfort above 30 lbf" in " ".join(capsys.readouterr().out.split())


def test_each_caution_has_a_source_and_holds_for_its_region_above_its_force():
    for one in load_cautions():
        assert len(one.source) > 20
        assert remarks(one.region, one.above_n) == ()
        assert len(remarks(one.region, one.above_n + 0.1)) >= 1
        assert remarks("elsewhere", 5000.0) == ()


@pytest.mark.parametrize(
    "text", ["no toml", "a = 1", "caution = 3", '[[caution]]\nregion = "x"\nabove = "30 lb"']
)
def test_a_file_that_says_it_wrongly_is_told(tmp_path: Path, text: str):
    (tmp_path / "c.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ProtocolError, match="E305"):
        load_cautions(tmp_path / "c.toml")
