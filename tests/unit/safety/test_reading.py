"""What the reader of the files under hardware/ takes for a text, and what it says when it finds none."""

from __future__ import annotations

import errno
import os

import pytest

from traction.errors import ProtocolError
from traction.safety.reader import Reader


@pytest.mark.parametrize(
    ("value", "allowed", "found", "expected"),
    [
        ("5", (), "found 5", "a text in quotes"),
        ("0", (), "found 0", "a text in quotes"),
        ('""', (), "found ''", "a text in quotes"),
        ("[]", ("one",), "found []", "'one'"),
        ('"three"', ("one", "two"), "found 'three'", "'one' or 'two'"),
    ],
)
def test_what_is_no_text_or_not_the_right_one_is_told_with_what_would_be(
    tmp_path, value, allowed, found, expected
):
    path = tmp_path / "table.toml"
    path.write_text(f"# a comment\nname = {value}\n", encoding="utf-8")
    reader = Reader(path)
    assert reader.text("name", allowed) == ""
    with pytest.raises(ProtocolError) as caught:
        reader.finish()
    (problem,) = caught.value.problems
    assert (problem.code, problem.found, problem.expected) == ("E308", found, expected)
    assert (problem.line, problem.field) == (2, "name")


@pytest.mark.parametrize("allowed", [(), ("one", "two")])
def test_a_text_is_taken_as_it_stands(tmp_path, allowed):
    path = tmp_path / "table.toml"
    path.write_text('name = "one"\n', encoding="utf-8")
    reader = Reader(path)
    assert reader.text("name", allowed) == "one"
    reader.finish()


def test_a_key_within_what_is_no_table_is_not_there(tmp_path):
    path = tmp_path / "table.toml"
    path.write_text('number = 5\ntext = "one"\n[table]\nkey = 1\n', encoding="utf-8")
    reader = Reader(path)
    assert reader.has("table.key")
    for field in ("number.key", "text.one", "text.o", "table.other", "table.key.more"):
        assert not reader.has(field)


def test_what_has_no_line_is_told_first_and_the_rest_in_the_order_of_the_file(tmp_path):
    path = tmp_path / "table.toml"
    path.write_text("one = 1\ntwo = 2\n", encoding="utf-8")
    reader = Reader(path)
    for field in ("two", "missing", "one", "lacking"):
        reader.text(field)
    with pytest.raises(ProtocolError) as caught:
        reader.finish()
    assert [(problem.field, problem.line) for problem in caught.value.problems] == [
        ("missing", None), ("lacking", None), ("one", 1), ("two", 2),
    ]  # fmt: skip


def refused(path):
    with pytest.raises(ProtocolError) as caught:
        Reader(path)
    (problem,) = caught.value.problems
    assert (problem.code, problem.file) == ("E305", str(path))
    return problem


def test_what_is_no_toml_is_named_by_line_and_column(tmp_path):
    path = tmp_path / "table.toml"
    path.write_text("one = 1\n\ntwo   = \n", encoding="utf-8")
    problem = refused(path)
    assert (problem.line, problem.column) == (3, 9)


def test_what_cannot_be_read_is_told_in_the_words_of_the_system_if_it_has_any(tmp_path, monkeypatch):
    assert refused(tmp_path / "none.toml").found == os.strerror(errno.ENOENT)

    def fail(*_):
        raise OSError("a driver's own words")

    monkeypatch.setattr(os, "open", fail)
    assert refused(tmp_path / "none.toml").found == "OSError"


def test_a_system_without_the_flags_of_others_reads_all_the_same(tmp_path, monkeypatch):
    path = tmp_path / "table.toml"
    path.write_text('name = "one"\n', encoding="utf-8")
    for flag in ("O_NONBLOCK", "O_BINARY"):
        monkeypatch.delattr(os, flag, raising=False)
    assert Reader(path).text("name") == "one"
