"""``new`` starts a protocol that checks clean, fills in templates, and never writes over a file."""

import json
import tomllib
from pathlib import Path
from resource import RLIMIT_FSIZE, getrlimit, setrlimit
from typing import get_args

import pytest

from traction.cli.kinds import EVIDENCE_KINDS, MODES
from traction.cli.outputs import write_new
from traction.errors import UsageError
from traction.protocol import library
from traction.protocol.model import Evidence
from traction.protocol.protocol import Mode
from traction.protocol.template import read_template

PLAUSIBLE = {
    "lumbar": {"high": "min(300 N, 90 lbf)", "force": "300 N", "low": "40 N", "cap": "320 N"},
    "cervical": {"high": "60 N", "force": "60 N", "low": "20 N", "cap": "70 N"},
}
FOR_ALL = {
    "hold": "60 s",
    "rest": "20 s",
    "for": "15 min",
    "repeat": "8",
    "amplitude": "2 lbf",
    "frequency": "0.3 Hz",
}
"""What somebody might answer to each question a template asks."""


def answer(region, name, field):
    if field.startswith("sham."):
        return {"label": "arm B", "seal": "0f" * 32}[field.rpartition(".")[2]]
    if ".variation." in field:
        return {"high": "5 %", "hold": "20 %", "cap": "320 N"}[field.rpartition(".")[2]]
    if (name, field) in {("activetrac-dynamic-position", "phase[2].force")}:
        return "250 N"
    if name == "kdt-novice-cap" and field.endswith(".high"):
        return "45 lbf"
    if name == "drx-case" and field.endswith(".high"):
        return "100 lbf"
    if name == "idd-sham":
        return {"low": "5 N", **FOR_ALL}[field.rpartition(".")[2]]
    return {**PLAUSIBLE[region], **FOR_ALL}[field.rpartition(".")[2]]


def test_a_new_file_for_each_mode_and_region_checks_clean_and_is_commented(shell) -> None:
    files = []
    for region in ("lumbar", "cervical"):
        for mode in MODES[:-1]:
            files.append(f"{region}-{mode}.toml")
            done = shell("new", files[-1], "--region", region, "--mode", mode)
            assert (done.code, done.out) == (0, "")
            text = Path(files[-1]).read_text(encoding="utf-8")
            assert f'region = "{region}"' in text
            assert f'type = "{mode}"' in text
            assert text.count("  # ") > 12
    done = shell("check", *files, "--json")
    assert done.code == 0, done.out
    assert all(row["ok"] for row in json.loads(done.out))


def test_every_template_asks_is_refused_and_once_answered_may_run(shell) -> None:
    files = []
    for name, path in library.templates().items():
        template = read_template(path)
        assert template.name == name
        assert template.asked, f"{name} asks for nothing: it belongs into the library"
        assert "Not treatment advice." in template.data["source"]["caution"]
        refused = json.loads(shell("check", name, "--json", "--mass", "80kg").out)[0]["errors"]
        assert [(one["code"], one["field"]) for one in refused] == [
            ("E258", one.field) for one in template.asked
        ]
        region = template.data["region"]
        sets = [f"--set={one.field}={answer(region, name, one.field)}" for one in template.asked]
        files.append(f"my-{name}.toml")
        done = shell("new", files[-1], "--from", name, *sets)
        assert done.code == 0, done.err
        source = tomllib.loads(Path(files[-1]).read_text(encoding="utf-8"))["source"]
        assert source["confirmed"] is False, "chosen values are not the source's"
        assert f"Chosen for this copy of {name}: {template.asked[0].field} = " in source["assumed"][0]
    for row in json.loads(shell("check", *files, "--json", "--mass", "80kg").out):
        assert row["ok"], (row["file"], row["errors"])


def test_what_is_still_asked_for_is_said_line_by_line_and_the_file_is_there(shell) -> None:
    done = shell("new", "mine.toml", "--from", "idd-sham", "--set", "hold=60 s")
    assert done.code == 0
    assert "phase[1].low is not stated" in done.err
    assert "phase[1].hold" not in done.err
    assert "fill in 4 more" in done.err
    assert shell("check", "mine.toml").code == 3


def test_a_copy_differs_in_its_name_and_in_what_was_set_and_in_nothing_else(shell) -> None:
    assert shell("new", "Mine_2.toml", "--from", "lumbar-disc", "--set", "phase[2].hold=45 s").code == 0
    before = library.names()["lumbar-disc"].read_text(encoding="utf-8").splitlines()[1:]
    after = Path("Mine_2.toml").read_text(encoding="utf-8").splitlines()
    changed = [line for line in after if line not in before]
    assert changed == [
        'name = "mine-2"',
        "confirmed = false",
        '    "Chosen for this copy of lumbar-disc: phase[2].hold = 45 s.",',
        'hold = "45 s"',
    ]
    assert [line for line in before if line not in after] == [
        'name = "lumbar-disc"',
        "confirmed = true",
        'hold = "60 s"',
    ]
    assert after.count('hold = "45 s"') == 1
    assert shell("check", "Mine_2.toml", "--mass", "80kg").code == 0


def test_no_file_is_ever_written_over_or_left_behind_half_right(shell, tmp_path) -> None:
    (tmp_path / "there.toml").write_text("mine", encoding="utf-8")
    (tmp_path / "link.toml").symlink_to("nowhere")
    for words, code in [
        (("there.toml",), "E134"),
        (("link.toml",), "E134"),
        (("no/such/folder.toml",), "E134"),
        (("no-suffix",), "E134"),
        (("new.toml", "--from", "lumbar-disc", "--set", "for=10 min"), "E133"),
        (("new.toml", "--from", "lumbar-disc", "--set", "nothing=200 N"), "E133"),
        (("new.toml", "--from", "lumbar-disc", "--set", "200 N"), "E100"),
        (("new.toml", "--from", "lumbar-disc", "--region", "cervical"), "E100"),
        (("new.toml", "--from", "lumbar-disk"), "E130"),
        (("new.toml", "--set", "high=200"), "E210"),
        (("new.toml", "--set", 'high=200 N"\nrepeat = 3'), "E212"),
    ]:
        done = shell("new", *words)
        assert f"error {code}" in done.err, (words, done.err)
        assert done.code == (3 if code[1] == "2" else 2)
    assert (tmp_path / "there.toml").read_text(encoding="utf-8") == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.toml", "there.toml"]


def test_a_new_file_is_whole_or_not_there_when_the_disk_is_full(tmp_path) -> None:
    most = getrlimit(RLIMIT_FSIZE)
    setrlimit(RLIMIT_FSIZE, (10, most[1]))
    try:
        with pytest.raises(UsageError) as full:
            write_new(tmp_path / "new.toml", "more than ten characters")
    finally:
        setrlimit(RLIMIT_FSIZE, most)
    assert (full.value.code, list(tmp_path.iterdir())) == ("E134", [])
    write_new(tmp_path / "new.toml", "mine")
    with pytest.raises(UsageError, match="exists"):
        write_new(tmp_path / "new.toml", "yours")
    assert (tmp_path / "new.toml").read_text(encoding="utf-8") == "mine"


def test_the_words_options_take_are_those_of_the_language() -> None:
    assert get_args(Mode) == MODES
    assert get_args(Evidence) == EVIDENCE_KINDS


@pytest.mark.parametrize("width", [40, 80, 200])
def test_show_of_a_template_says_what_is_missing_at_any_width(shell, monkeypatch, width) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    done = shell("show", "idd-oscillation")
    assert done.code == 0
    assert "6 values are to be filled in" in " ".join(done.err.split())
    words = " ".join(done.out.split())
    for part in (
        "TEMPLATE",
        "What is missing",
        "amplitude",
        "how many waves in a second",
        "traction new",
        "conflicts",
    ):
        assert part in words
    assert max(len(line) for line in done.out.splitlines()) <= max(width, 62)
    row = json.loads(shell("show", "idd-oscillation", "--json").out)
    assert row["template"] is True
    assert row["missing"][0]["field"] == "phase[1].high"
    assert shell("show", "idd-oscillation", "--plot", "x.png").code == 3
