"""What the reader of the files under hardware/ takes for a text, and what it says when it finds none."""

from __future__ import annotations

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
