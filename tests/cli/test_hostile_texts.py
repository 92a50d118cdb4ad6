"""Nothing that stands in a file is obeyed by the terminal, and nothing in a record is taken on trust."""

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from traction.runner.record import container
from traction.runner.record.writer import BEGIN, RecordWriter
from traction.shipped import shipped_dir

EVIL = "good\x1b[2J\x1b]0;owned\x07\r\nCOMPLETED: all is well\u202e"
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]")


def forged(record: Path, change: Callable[[dict[str, Any], dict[str, Any]], None]) -> bytes:
    """Return a record with another header and outcome, with all its checksums right."""
    messages = [(one.topic, json.loads(one.data)) for one in container.walk(record.read_bytes(), [])]
    out = io.BytesIO()
    writer = RecordWriter(out)
    writer.accept(BEGIN, 0, json.dumps(messages[0][1]["columns"]).encode())
    change(messages[0][1], messages[-1][1])
    for topic, body in messages:
        writer.accept(topic, 0, json.dumps(body).encode())
    writer.finish()
    return out.getvalue()


def test_the_name_of_a_table_is_shown_and_not_obeyed(shell, short: Path) -> None:
    text = (shipped_dir("hardware") / "tables" / "sim.toml").read_text(encoding="utf-8")
    table = re.sub(r"(?m)^name = .*$", lambda _: f"name = {json.dumps(EVIL)}", text, count=1)
    Path("evil.toml").write_text(table, encoding="utf-8")
    for command in ("show", "check", "run"):
        done = shell(command, short, "--table", "evil.toml")
        assert not OBEYED.search(done.out + done.err), command
        assert not re.search("(?m)^COMPLETED: all", done.out + done.err)


def test_texts_of_a_record_are_shown_and_not_obeyed(shell, record: Path) -> None:
    def change(header: dict[str, Any], outcome: dict[str, Any]) -> None:
        for owner, name in (("protocol", "name"), ("table", "url"), ("table", "name")):
            header[owner][name] = EVIL
        header["region"] = header["clock"] = EVIL
        for margin in header["margins"]:
            margin["source"] = margin["unit"] = margin["name"] = EVIL
        outcome["outcome"] = outcome["detail"] = outcome["code"] = EVIL

    Path("evil.mcap").write_bytes(forged(record, change))
    for arguments in (["evil.mcap"], ["evil.mcap", "--json"], ["evil.mcap", "-o", "evil.png"]):
        done = shell("report", *arguments)
        assert done.code == 0, done.err
        assert not OBEYED.search(done.out + done.err)
        assert not re.search("(?m)^COMPLETED: all", done.out + done.err)


ABSENT = object()
ODD = (ABSENT, None, "x", -1, [], {}, True, [{}], 10**400)


@pytest.mark.parametrize(
    "place",
    [
        "table",
        "table.url",
        "table.identity",
        "table.identity.simulated",
        "protocol.name",
        "seed",
        "mass_kg",
        "margins",
        "margins.0",
        "margins.0.value",
        "margins.0.limit",
        "margins.0.at_s",
        "profile.cycles",
        "limits.merged.max_force_n.value",
        "columns.1",
        "outcome:outcome",
        "outcome:code",
        "outcome:causes",
        "outcome:causes.0",
        "outcome:causes.0.t_us",
        "outcome:stats",
        "outcome:stats.rows",
        "outcome:stats.peak_force_n",
        "outcome:stats.cycles_completed",
        "outcome:stats.rest_pressure_kpa",
    ],
)
def test_a_value_that_no_session_writes_is_a_bad_record_and_no_defect(
    shell, record: Path, place: str
) -> None:
    for odd in ODD:

        def change(header: dict[str, Any], outcome: dict[str, Any], odd: object = odd) -> None:
            where: Any = outcome if place.startswith("outcome:") else header
            *way, last = (int(key) if key.isdigit() else key for key in place.split(":")[-1].split("."))
            for key in way:
                where = where[key]
            if odd is ABSENT:
                del where[last]
            else:
                where[last] = odd

        Path("odd.mcap").write_bytes(forged(record, change))
        for option in ([], ["--json"]):
            done = shell("report", "odd.mcap", *option)
            assert "E900" not in done.err, odd
            assert done.code in (0, 6), odd
        if place.startswith(("limits", "outcome:causes")):
            assert "E900" not in shell("report", "odd.mcap", "-o", "odd.svg").err, odd


def test_a_record_that_lacks_a_part_is_e610_and_names_it(shell, record: Path) -> None:
    Path("odd.mcap").write_bytes(forged(record, lambda header, _: header["table"].pop("url")))
    done = shell("report", "odd.mcap")
    assert (done.code, done.out) == (6, "")
    assert "error E610: no header.table.url" in done.err
