"""The planted defects: each text is there once and compiles, and some are really planted and found."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from tests.planted import __main__ as tool
from tests.planting import copied, run_python

ROOT = Path(__file__).resolve().parents[2]
QUICK = ("nonce-reusable", "guard-off", "host-boot-off")
"""One of each layer that a seed of its own finds at once."""


DEFECTS = tool.defects()


def test_at_least_forty_are_planted_that_a_seed_catches_and_each_once() -> None:
    assert sum(one.seed is not None for one in DEFECTS) >= 40
    assert len({(one.file, one.old, one.new) for one in DEFECTS}) == len(DEFECTS)
    assert {one.file.split("/")[1] for one in DEFECTS} >= {"controller", "safety", "drivers"}


def test_each_text_is_there_once_and_compiles_when_replaced() -> None:
    for one in DEFECTS:
        text = (ROOT / one.file).read_text(encoding="utf-8")
        assert text.count(one.old) == 1, one.id
        assert one.new != one.old, one.id
        compile(text.replace(one.old, one.new), one.file, "exec")


def test_each_says_what_it_breaks_and_which_hazards_that_is_of() -> None:
    known = tomllib.loads((ROOT / "hardware" / "hazards.toml").read_text(encoding="utf-8"))
    for one in DEFECTS:
        assert one.breaks, one.id
        assert one.hazards, one.id
        assert set(one.hazards) <= set(known), one.id
        assert one.seed is None or 0 <= one.seed < 2000, one.id
        assert not (one.first and one.seed is None), one.id
        assert (one.seed is None) is bool(one.test) is bool(one.why), one.id


def test_a_test_that_finds_a_defect_is_there() -> None:
    for one in DEFECTS:
        if one.test:
            file, _, name = one.test.partition("::")
            assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), one.id


def test_a_defect_that_no_seed_catches_is_found_by_its_test(tmp_path: Path) -> None:
    (one,) = (each for each in DEFECTS if each.id == "arm-on-wrap")
    assert tool.plant(one, "0:0").found
    assert not tool.fails(copied(tmp_path, []), one.test)


@pytest.mark.parametrize("name", QUICK)
def test_a_defect_is_found_by_the_seed_that_is_named(name: str, tmp_path: Path) -> None:
    (one,) = (each for each in DEFECTS if each.id == name)
    root = copied(tmp_path, [one])
    answer = tool.look(root, f"{one.seed}:{one.seed + 1}")
    assert answer["escape"]["seed"] == one.seed


def test_a_user_is_told_of_an_escape_and_ends_with_5_whatever_disk_is_full(tmp_path: Path) -> None:
    (one,) = (each for each in DEFECTS if each.id == "range-off")
    root = copied(tmp_path, [one])
    (tmp_path / "kept").mkdir()
    words = ("-m", "traction", "faults", "run", "--seeds", "7", "--json", "--keep", str(tmp_path / "kept"))
    pages = ("--report", str(tmp_path / "found.json"), "--junit", "/dev/full")
    done = run_python(root, *words, *pages)
    assert done.returncode == 5, done.stderr
    assert "E162" in done.stderr
    row = json.loads(done.stdout)
    (escape,) = row["escapes"]
    assert (escape["seed"], escape["invariant"], escape["replay"]) == (7, "I4", "traction faults replay 7")
    assert row["claim"].startswith("This is bench evidence, and no claim")
    assert row["about"]["command"] == "traction faults run --seeds 7"
    assert row["worst"]["H14"]["budget"] == "30 ms"
    hazards = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))["hazards"]
    states = {each["name"]: each["state"] for each in hazards}
    assert (states["H14"], states["H20"]) == ("broken", "not run")
    small = tmp_path / "kept" / "seed-7.json"
    (fault,) = json.loads(small.read_text(encoding="utf-8"))["injections"]  # of two that were drawn
    assert fault["fault"] == "cell-a-open"
    again = run_python(root, "-m", "traction", "faults", "replay", str(small))
    assert again.returncode == 5
    assert "I4 broke" in again.stdout
    cell = ("--fault", "cell-a-intermittent", "--phase", "HOLD", "--onset", "middle", "--region", "lumbar")
    cell += ("--drive", "back-drivable", "--transport", "direct", "--report", "/dev/full")
    matrix = run_python(root, "-m", "traction", "faults", "matrix", *cell)
    assert matrix.returncode == 5
    assert "cells: 1 run, 0 that cannot be, 1 with an escape" in matrix.stdout


def test_with_nothing_planted_these_seeds_do_not_escape(tmp_path: Path) -> None:
    seeds = [each.seed for each in DEFECTS if each.id in QUICK]
    answer = tool.look(copied(tmp_path, []), "0:0", hints=seeds)
    assert (answer["escape"], answer["tried"]) == (None, len(seeds))


@pytest.mark.parametrize("first", [True, False])
def test_the_seed_that_caught_is_written_into_the_entry_and_nothing_else(first: bool, tmp_path: Path) -> None:
    file = tmp_path / "defects.toml"
    text = tool.DEFECTS.read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    (one,) = (each for each in DEFECTS if each.id == QUICK[0])
    tool.name_seed(tool.Result(one.id, one.hazards, one.breaks, {"seed": 1999}, 1, 0.0), first, file)
    for before, after in zip(DEFECTS, tool.defects(file), strict=True):
        assert after == (replace(one, seed=1999, first=first) if before == one else before)


def test_one_that_is_not_found_ends_with_5(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "report.json"
    words = ["--only", QUICK[0], "--seeds", "0:0", "--no-hints", "--skip-sound", "--json", str(report)]
    assert tool.main(words) == 5
    assert capsys.readouterr().out.splitlines()[-1] == "1 planted, 0 caught by seeds, 0 by tests"
    assert json.loads(report.read_text(encoding="utf-8"))[0]["escape"] is None
