"""The tool that mutates, and its list of survivors: what would make the figures of a run untrue."""

from __future__ import annotations

import ast
import pickle
import signal
from collections import Counter
from pathlib import Path

import pytest

from tests.mutation import survivors
from tests.mutation.__main__ import Progress, report
from tests.mutation.children import TOO_LONG, Ended, killer_of
from tests.mutation.make import LEFT_OUT, ROOT, files, mutants

MOST_LISTED = 171
"""What the list had when the last of all mutants was killed or listed: it may only be lowered."""

TEXT = """
from traction.wire import codes
LIMIT = 3
def f(a: int = 7, *, late: bool = False) -> int | None:
    '''Text with 1 < 2.'''
    if a < LIMIT <= 9 and not (late or a is None):
        return -a + 0.5 & 1
    return codes.STOP_FAST if late else max(a, len(f"{a + 1}"))
"""

EXPECTED = {
    ("constant", "LIMIT = 4"),
    ("constant", "LIMIT = 2"),
    ("constant", "def f(a: int = 8, *, late: bool = False) -> int | None:"),
    ("constant", "def f(a: int = 6, *, late: bool = False) -> int | None:"),
    ("boolean", "def f(a: int = 7, *, late: bool = True) -> int | None:"),
    ("boundary", "if a <= LIMIT <= 9 and not (late or a is None):"),
    ("comparison", "if a >= LIMIT <= 9 and not (late or a is None):"),
    ("boundary", "if a < LIMIT < 9 and not (late or a is None):"),
    ("comparison", "if a < LIMIT > 9 and not (late or a is None):"),
    ("constant", "if a < LIMIT <= 10 and not (late or a is None):"),
    ("constant", "if a < LIMIT <= 8 and not (late or a is None):"),
    ("boolean", "if a < LIMIT <= 9 or not (late or a is None):"),
    ("boolean", "if True and not (late or a is None):"),
    ("boolean", "if a < LIMIT <= 9 and True:"),
    ("boolean", "if a < LIMIT <= 9 and (late or a is None):"),
    ("boolean", "if a < LIMIT <= 9 and not (late and a is None):"),
    ("boolean", "if a < LIMIT <= 9 and not (False or a is None):"),
    ("boolean", "if a < LIMIT <= 9 and not (late or False):"),
    ("comparison", "if a < LIMIT <= 9 and not (late or a is not None):"),
    ("sign", "return a + 0.5 & 1"),
    ("sign", "return -a - 0.5 & 1"),
    ("constant", "return -a + 0.55 & 1"),
    ("constant", "return -a + 0.45 & 1"),
    ("boolean", "return -a + 0.5 | 1"),
    ("constant", "return -a + 0.5 & 2"),
    ("constant", "return -a + 0.5 & 0"),
    ("constant", 'return codes.STOP_OFF if late else max(a, len(f"{a + 1}"))'),
    ("boolean", 'return codes.STOP_FAST if not (late) else max(a, len(f"{a + 1}"))'),
    ("comparison", 'return codes.STOP_FAST if late else min(a, len(f"{a + 1}"))'),
}


def test_these_changes_are_made_and_no_others(tmp_path):
    (tmp_path / "one.py").write_text(TEXT, encoding="utf-8")
    made = mutants("one.py", tmp_path)
    assert {(one.kind, one.becomes) for one in made} == EXPECTED
    assert len(made) == len(EXPECTED)
    assert {one.function for one in made} == {"", "f"}


def test_every_change_is_another_program_that_compiles():
    file = "traction/safety/belief.py"
    as_it_stands = ast.dump(ast.parse((ROOT / file).read_bytes()))
    for one in mutants(file):
        assert ast.dump(ast.parse(one.source(ROOT))) != as_it_stands, one


@pytest.fixture(scope="module")
def every():
    """Return all mutants there are."""
    return [one for file in files() for one in mutants(file)]


def test_no_two_mutants_are_named_alike(every):
    keys = Counter(one.key for one in every)
    assert [key for key, times in keys.items() if times > 1] == []


def test_the_list_of_survivors_is_of_the_code_as_it_stands(every):
    listed = survivors.load()
    assert listed.problems == []
    assert listed.gone(every, files()) == []


@pytest.mark.parametrize("name", LEFT_OUT)
def test_what_takes_no_part_is_there(name):
    path, function = name.split("::")
    assert f"def {function}(" in (ROOT / path).read_text(encoding="utf-8")


def test_no_more_are_listed_than_were_when_all_had_been_tried():
    assert len(survivors.load().why) <= MOST_LISTED


@pytest.mark.parametrize(
    ("statement", "made"),
    [
        ("a = b if b < c else c", False),
        ("a = c if b.d >= c else b.d", False),
        ("if b > a: a = b", False),
        ("a = b if b < c else c + 1", True),
        ("a = b() if b() < c else c", True),
        ("a = b if b < c < d else c", True),
        ("if b > a: a = c", True),
        ("if b > a: a = b\nelse: a = c", True),
    ],
)
def test_no_boundary_is_moved_where_both_sides_of_it_are_one_program(tmp_path, statement, made):
    (tmp_path / "one.py").write_text(statement, encoding="utf-8")
    assert any(one.kind == "boundary" for one in mutants("one.py", tmp_path)) is made


@pytest.mark.parametrize(
    ("ended", "killer"),
    [
        (Ended(0, pickle.dumps("a test"), 0, 0.1), "a test"),
        (Ended(0, pickle.dumps(""), 0, 0.1), ""),
        (Ended(0, b"", signal.SIGPROF, 9.0), TOO_LONG),
        (Ended(0, b"", signal.SIGSEGV, 0.1), "(ended by signal 11)"),
        (Ended(0, b"", signal.SIGKILL, 0.1), ""),
    ],
)
def test_what_computes_for_too_long_is_killed_and_what_only_waits_is_not(ended, killer):
    assert killer_of(ended) == killer


@pytest.mark.parametrize(
    ("listed", "killer", "gone", "code", "said"),
    [
        (
            False,
            "a test",
            False,
            0,
            "1 killed (0 by running for too long), 0 alive and listed",
        ),
        (
            False,
            TOO_LONG,
            False,
            0,
            "1 killed (1 by running for too long), 0 alive and listed",
        ),
        (True, "", False, 0, "0 killed (0 by running for too long), 1 alive and listed"),
        (False, "", False, 5, "survived, and is not listed: one.py (import): a < b  ->  a <= b"),
        (True, "a test", False, 5, "is listed as a survivor, but killed now"),
        (False, "a test", True, 5, "is listed as a survivor, but no mutant of the code any more"),
    ],
)
def test_a_run_fails_for_a_survivor_that_is_not_listed_and_for_a_list_that_is_not_so(
    tmp_path: Path, capsys, listed: bool, killer: str, gone: bool, code: int, said: str
):
    (tmp_path / "one.py").write_text("a < b", encoding="utf-8")
    one = next(one for one in mutants("one.py", tmp_path) if one.kind == "boundary")
    known = survivors.Listed(
        f"at_most = 1\n[reasons]\nx = 'y'\n{survivors.entry(one)}".replace('why = ""', 'why = "x"')
        if listed
        else "at_most = 0"
    )
    progress = Progress(1, known.why)
    progress.note(one, killer, 0.1)
    assert report([one], [one.key] if gone else [], progress, known, 1.0) == code
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("at_most = 2", "at_most is 2, but 1 are listed"),
        ("at_most = 0", "at_most is 0, but 1 are listed"),
        ("", "at_most is None, but 1 are listed"),
    ],
)
def test_the_list_may_not_grow_unseen(text, problem):
    entry = '[[survivor]]\nfile = "a"\nfunction = "f"\nline = "x"\nbecomes = "y"\nwhy = "same"\n'
    listed = survivors.Listed(f'{text}\n[reasons]\nsame = "it is"\n{entry}')
    assert [one.startswith(problem) for one in listed.problems] == [True]
    assert survivors.Listed(f'at_most = 1\n[reasons]\nsame = "it is"\n{entry}').problems == []
    assert len(survivors.Listed(f"at_most = 1\n[reasons]\n{entry}").problems) == 1
    assert len(survivors.Listed(f'at_most = 2\n[reasons]\nsame = "it is"\n{entry}{entry}').problems) == 1
