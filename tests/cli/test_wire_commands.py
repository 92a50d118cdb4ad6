"""The commands around the wire: what they print, and what they refuse."""

import json

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


def test_emulate_needs_one_place(shell) -> None:
    for words in ((), ("--pty", "--tcp", "127.0.0.1:0")):
        done = shell("emulate", *words)
        assert (done.code, "E100" in done.err) == (2, True)


def test_emulate_refuses_what_is_no_place_and_no_simulated_table(shell) -> None:
    assert "E120" in shell("emulate", "--tcp", "nowhere").err
    assert "E121" in shell("emulate", "--pty", "--table", "tcp://a:1").err
    assert "E122" in shell("emulate", "--pty", "--table", "sim:?colour=red").err
    assert "E533" in shell("emulate", "--tcp", "192.0.2.1:1").err  # an address that no machine has
