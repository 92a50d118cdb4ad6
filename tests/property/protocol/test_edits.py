"""A single value of a file is changed in place: that value is the new one, and nothing else has changed."""

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from traction.protocol import library
from traction.protocol.edit_file import first_in_list, literal, place_of, replaced, span_of
from traction.protocol.places import scan
from traction.protocol.protocol import field_path
from traction.shipped import shipped_files

TEXTS = {
    name: path.read_text(encoding="utf-8")
    for name, path in {
        **library.names(),
        **library.templates(),
        **shipped_files("protocols/examples"),
    }.items()
}
ODD = r'''
a = """one
two \\""" # " not the end
'b c' = 'lit#eral'
n = 12
[x.y]
z = { k = "v", l = ["p", "q"] }
[[t]]
q = """a\
   b"""
[[t]]
q = 1979-05-27
'''


def leaves(text: str) -> list[tuple[str | int, ...]]:
    places = scan(text)
    return [path for path in places.offsets if span_of(places, path) is not None]


def changed(data: Any, path: tuple[str | int, ...], value: str) -> Any:
    if not path:
        return value
    key, rest = path[0], path[1:]
    if isinstance(data, list):
        return [changed(one, rest, value) if at == key else one for at, one in enumerate(data)]
    return {one: changed(inner, rest, value) if one == key else inner for one, inner in data.items()}


def test_every_third_value_of_every_shipped_file_can_be_changed_alone():
    for number, text in enumerate((*TEXTS.values(), ODD, ODD, ODD)):
        data = tomllib.loads(text)
        for path in leaves(text)[number % 3 :: 3]:
            after = replaced(text, {path: '"new"'})
            assert tomllib.loads(after) == changed(data, path, "new"), path
            assert after.count("\n") <= text.count("\n")


def test_every_value_is_found_by_its_place_and_keys_that_stand_once_by_themselves():
    for text in TEXTS.values():
        for path in leaves(text)[::5]:
            assert place_of(field_path(path), text) == path
        assert place_of("residual", text) == ("end", "residual")


@given(st.sampled_from(sorted(TEXTS)), st.text(), st.data())
def test_whatever_text_is_set_is_the_text_that_is_read(name, value, data):
    text = TEXTS[name]
    path = data.draw(st.sampled_from(leaves(text)))
    try:
        value.encode()
    except UnicodeEncodeError:
        return
    after = replaced(text, {path: literal(path, value)})
    try:
        found: Any = tomllib.loads(after)
    except tomllib.TOMLDecodeError:
        assert "\x7f" in value, "the one character TOML wants written out and JSON does not"
        return
    for part in path:
        found = found[part]
    assert str(found).lower() == value.lower() or found == value or str(int(value)) == str(found)


def test_what_was_chosen_is_the_first_that_was_assumed():
    for text in (*TEXTS.values(), "[source]\nassumed = []\n"):
        after = tomllib.loads(first_in_list(text, ("source", "assumed"), 'chosen: "x"'))
        before = tomllib.loads(text)["source"]["assumed"]
        assert after["source"]["assumed"] == ['chosen: "x"', *before]
    assert first_in_list("a = 1", ("source", "assumed"), "x") == "a = 1"
