"""The commands around the wire: what they print, and what they refuse."""

import json
import re
from pathlib import Path

import serial
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from traction.tables import find_table
from traction.wire import messages


def test_describe_names_every_message_and_field(shell) -> None:
    told = json.loads(shell("wire", "describe", "--json").out)
    assert [row["letter"] for row in told["messages"]] == list(messages.LETTERS)
    assert told["definition"] == f"{messages.definition():08X}"
    for row in told["messages"]:
        _, _, fields = messages.MESSAGES[row["letter"]]
        assert [(one["name"], one["unit"], one["low"], one["high"]) for one in row["fields"]] == list(fields)


def test_text_and_markdown_say_the_same_fields(shell) -> None:
    text, markdown = (shell("wire", "describe", *option).out for option in ((), ("--markdown",)))
    for name, _, fields in messages.MESSAGES.values():
        for word in (name, *(field[0] for field in fields)):
            assert word in text
            assert word in markdown


def test_two_forms_at_once_are_refused(shell) -> None:
    done = shell("wire", "describe", "--json", "--markdown")
    assert (done.code, "E100" in done.err) == (2, True)


def test_ports_are_told_without_opening_one(shell) -> None:
    rows = json.loads(shell("ports", "--json").out)
    for row in rows:
        assert set(row) == {
            *("port", "description", "usb_id", "manufacturer", "product", "serial_number", "location")
        }
    assert shell("ports").code == 0


def test_no_port_is_opened_to_list_it(shell, monkeypatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(
        list_ports, "comports", lambda: [ListPortInfo("/dev/ttyACM7", skip_link_detection=True)]
    )
    monkeypatch.setattr(serial.Serial, "open", lambda port: opened.append(port.port))
    assert [row["port"] for row in json.loads(shell("ports", "--json").out)] == ["/dev/ttyACM7"]
    assert "/dev/ttyACM7" in shell("ports").out
    assert opened == []


def test_the_url_that_ports_tells_of_is_one(shell) -> None:
    (url,) = re.findall(r"serial:[^\s,]+", " ".join(shell("ports", "--help").out.split()))
    assert find_table(url).url == url


def test_every_table_on_the_page_about_the_bench_is_one(shell) -> None:
    page = (Path(__file__).parents[2] / "docs" / "bench.md").read_text(encoding="utf-8")
    words = re.findall(r"--table (\S+)", page)
    assert len(words) >= 4
    for word in words:
        assert "?" not in word or word.strip("`")[0] == "'", f"a shell may take the ? of {word} for a pattern"
        assert not find_table(word.strip("`'")).simulated


def test_emulate_needs_one_place(shell) -> None:
    for words in ((), ("--pty", "--tcp", "127.0.0.1:0")):
        done = shell("emulate", *words)
        assert (done.code, "E100" in done.err) == (2, True)


def test_emulate_refuses_what_is_no_place_and_no_simulated_table(shell) -> None:
    assert "E100" in shell("emulate", "--tcp", "nowhere").err
    assert "E121" in shell("emulate", "--pty", "--table", "tcp://a:1").err
    assert "E122" in shell("emulate", "--pty", "--table", "sim:?colour=red").err
    told = shell("emulate", "--tcp", "192.0.2.1:1").err  # an address that no machine has
    assert "E533" in told
    assert "0 for a free one" in " ".join(told.split())
