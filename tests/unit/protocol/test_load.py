"""Every error of a file at once, each with its place; no file ends in a traceback or takes long."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from traction.errors import ProtocolError, UsageError
from traction.protocol.file_text import MAX_BYTES
from traction.protocol.load import load_protocol, parse_protocol

STATIC = 'type = "static"\nforce = "120 N"\nhold = "10 s"'


def problems(source):
    with pytest.raises(ProtocolError) as caught:
        parse_protocol(source, file="some.toml")
    return caught.value.problems


def only(source):
    found = problems(source)
    assert len(found) == 1, [str(problem) for problem in found]
    return found[0]


def test_an_error_names_file_line_column_field_found_and_expected(small):
    text = small(STATIC.replace('"10 s"', "10"))
    problem = only(text)
    line = text.split("\n").index("hold = 10") + 1
    assert (problem.code, problem.file, problem.line, problem.column) == ("E210", "some.toml", line, 8)
    assert (problem.field, problem.found) == ("phase[1].hold", "10 without a unit")
    assert '"30 s"' in problem.expected


def test_the_column_of_a_force_points_into_the_expression(small):
    problem = only(small(STATIC.replace("120 N", "min(50 %BW, 90 lb)")))
    assert (problem.code, problem.column) == ("E211", len('force = "min(50 %BW, 90 ') + 1)
    assert "write lbf" in problem.found


def test_rules_between_fields_are_checked_beside_broken_fields(small):
    cycles = 'type = "intermittent"\nhigh = "40 N"\nlow = "90 N"\nhold = 10\nrest = "5 s"\n'
    cycles += 'repeat = 2\nfor = "9 min"\nhigth = 1'
    assert [(p.code, p.field) for p in problems(small(cycles))] == [
        ("E230", "phase[1].low"),
        ("E210", "phase[1].hold"),
        ("E234", "phase[1].repeat"),
        ("E220", "phase[1].higth"),
    ]


def test_a_misspelt_key_gets_a_suggestion(small):
    found = problems(small(STATIC.replace("hold", "hodl")))
    assert [problem.code for problem in found] == ["E234", "E220"]
    assert "did you mean hold?" in found[1].found


def test_a_missing_key_points_at_its_table(small):
    text = small(STATIC.replace('force = "120 N"\n', ""))
    problem = only(text)
    assert (problem.code, problem.field, problem.column) == ("E221", "phase[1].force", None)
    assert problem.line == text.split("\n").index("[[phase]]") + 1


def test_errors_come_in_the_order_of_the_file(small):
    text = small(STATIC.replace('"10 s"', "10"), STATIC.replace('"120 N"', "120")).replace(
        "format = 1", "format = 9"
    )
    lines = [problem.line for problem in problems(text)]
    assert lines == sorted(lines)
    assert len(lines) == 3


def test_every_key_that_is_written_twice_is_reported(small):
    text = small(STATIC + '\nhold = "20 s"\nforce = "90 N"') + '[rates]\nup = "1 N/s"\n'
    assert [(p.code, p.field) for p in problems(text)] == [
        ("E204", "phase[1].hold"),
        ("E204", "phase[1].force"),
        ("E204", "rates"),
    ]


def test_keys_in_every_spelling_of_toml_have_their_place(small):
    text = (
        small(STATIC)
        + 'limits.max_force = 1\nlimits."max_hold" = 2\n'
        + '[setup]\n\'angle\' = 3\nnote = """\nlong\n"""\nposture = 4\n'
    )
    text = text.replace("[end]", "# [end]\n[ end ]", 1)
    found = {problem.field: text.split("\n")[problem.line - 1] for problem in problems(text)}
    assert found == {
        "end.limits": "limits.max_force = 1",
        "setup.angle": "'angle' = 3",
        "setup.posture": "posture = 4",
    }


@pytest.mark.timeout(20)  # quadratic reading of any of these would take minutes
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "E221"),
        (b"\xef\xbb\xbfformat = 1\n", "E202"),
        ("format = 1\n".encode("utf-16"), "E202"),
        ("format = 1\n".encode("utf-16-be"), "E202"),
        (b'title = "Tracci\xf3n"\n', "E202"),
        (b"format = 1\n\0", "E202"),
        (b"format 1", "E203"),
        (b"format = 1\r", "E203"),
        (b"format = " + b"9" * 5000, "E213"),
        (b'title = "\\uD800"', "E203"),
        (b"x = " + b"[" * 100_000, "E205"),
        (b"x = " + b"{a=" * 50_000, "E205"),
        (b"a." * 100_000 + b"a = 1", "E205"),
        (b"[" + b"a." * 100_000 + b"a]", "E205"),
        (b"x = [" + b"1," * 100_000 + b"]", "E206"),
        (b"".join(b"k%d = 1\n" % n for n in range(22_000)), "E206"),
        (b"#" * (MAX_BYTES + 1), "E201"),
        (b"\x1b[31m", "E203"),
    ],
)
def test_strange_files_are_one_clear_error_and_quickly(content, code):
    found = problems(content)
    assert found[0].code == code
    assert len(str(found[0])) < 400


def test_a_thousand_phases_are_read_and_one_more_is_too_many(small):
    assert len(parse_protocol(small(*[STATIC] * 1000)).phases) == 1000
    found = problems(small(*[STATIC] * 1001))
    assert [(problem.code, problem.field) for problem in found] == [("E206", "phase")]


def test_thousands_of_errors_are_cut_with_a_note(small):
    found = problems(small(*['type = "static"\nforce = 1\nhold = 2'] * 900))
    assert len(found) == 101
    assert (found[-1].code, "100 errors" in found[-1].found) == ("E206", True)


def test_half_a_surrogate_pair_in_a_python_string():
    assert only("title = '\ud800'").code == "E202"


def test_crlf_line_ends_are_read_and_the_digest_is_of_the_bytes(small):
    text = small(STATIC)
    content = text.replace("\n", "\r\n").encode()
    protocol = parse_protocol(content)
    assert protocol.digest == hashlib.sha256(content).hexdigest()
    assert protocol.text == text


def test_what_a_protocol_tells(small):
    text = small(
        STATIC.replace("120 N", "min(50 %BW, 90 lbf)"),
        tail='[limits]\nmax_force = "90 lbf"\nmax_hold = "1 min"\n',
    )
    protocol = parse_protocol(text, file="here.toml")
    assert (protocol.name, protocol.region, protocol.mode, protocol.path) == (
        "small",
        "lumbar",
        "static",
        "here.toml",
    )
    assert (protocol.needs_mass, protocol.varies) == (True, False)
    assert (protocol.take_up.force_n, protocol.take_up.timeout_s) == (20.0, 60.0)
    assert protocol.limits == {"max_force_n": 400.339945373445, "max_hold_s": 60.0}
    assert protocol.peak.text == "min(50 %BW, 90 lbf)"
    assert protocol.source.evidence == "engineering"


def test_the_mode_is_that_of_all_phases_but_ramps(small):
    ramp = 'type = "ramp"\nto = "50 N"'
    steps = 'type = "progressive"\nfrom = "20 N"\nto = "80 N"\nsteps = 3\nhold = "10 s"'
    modes = [parse_protocol(small(*phases)).mode for phases in ((ramp,), (ramp, STATIC), (STATIC, steps))]
    assert modes == ["ramp", "static", "mixed"]


def test_nothing_of_a_protocol_can_be_changed(small):
    protocol = parse_protocol(small(STATIC))
    with pytest.raises(AttributeError):
        protocol.name = "other"
    with pytest.raises(TypeError):
        protocol.limits["max_force_n"] = 1.0
    with pytest.raises(ValueError, match="frozen"):
        protocol.document.phase[0].hold = 1.0


@pytest.mark.parametrize("name", ["lumbar-dics", "nothing-like-it"])
def test_an_unknown_name_is_a_usage_error_with_near_names(name):
    with pytest.raises(UsageError) as caught:
        load_protocol(name)
    assert caught.value.code == "E130"
    assert ("did you mean lumbar-disc" in str(caught.value)) == (name == "lumbar-dics")


@pytest.mark.parametrize("name", ["/no/such/file.toml", "a\0b.toml", "x" * 5000 + ".toml", "\ud800.toml"])
def test_a_file_that_is_not_there_is_a_usage_error(name):
    with pytest.raises(UsageError) as caught:
        load_protocol(name)
    assert caught.value.code == "E131"
    str(caught.value).encode("ascii")


def test_folders_pipes_and_forbidden_files_are_usage_errors(tmp_path):
    pipe = tmp_path / "pipe.toml"
    os.mkfifo(pipe)
    locked = tmp_path / "locked.toml"
    locked.write_text("format = 1")
    locked.chmod(0)
    said = {
        tmp_path: "it is a folder",
        pipe: "it is not a plain file",
        Path("/dev/null"): "it is not a plain file",
    }
    if os.geteuid() != 0:  # root may read anything
        said[locked] = "permission denied"
    for path, found in said.items():
        with pytest.raises(UsageError) as caught:
            load_protocol(path)
        assert (caught.value.code, caught.value.problems[0].found) == ("E131", found)


def test_an_empty_name_is_no_protocol():
    with pytest.raises(UsageError) as caught:
        load_protocol("")
    assert str(caught.value).startswith("E130 an empty name; expected a name")


@pytest.mark.parametrize("name", ["my-prog", "./my-prog", Path("my-prog")])
def test_a_file_that_lacks_only_its_suffix_is_suggested(tmp_path, monkeypatch, small, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my-prog.toml").write_text(small(STATIC))
    with pytest.raises(UsageError) as caught:
        load_protocol(name)
    assert "did you mean my-prog.toml" in str(caught.value)


def test_a_name_of_the_library_wins_over_a_file_and_a_path_does_not(tmp_path, monkeypatch, small):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lumbar-disc").write_text(small(STATIC))
    assert load_protocol("lumbar-disc").name == "lumbar-disc"
    assert load_protocol("./lumbar-disc").name == "small"
    assert load_protocol(tmp_path / "lumbar-disc").name == "small"


HUGE = "1" + "0" * 400
NUMBERS = (
    HUGE,
    f"-{HUGE}",
    "0x" + "f" * 5000,
    "0b" + "1" * 5000,
    "1" * 5000,
    "1e400",
    "-inf",
    "nan",
    "1e308",
)


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: f"{number[:4]}-{len(number)}")
@pytest.mark.parametrize("key", ["format", "name", "region", "up", "type", "high", "hold", "repeat", "knee"])
def test_a_number_of_any_size_in_any_field_is_an_error_with_its_place(small, key, number):
    cycles = 'type = "intermittent"\nhigh = "90 N"\nlow = "40 N"\nhold = "9 s"\nrest = "5 s"\n'
    text = small(f'{cycles}repeat = 2\nshape = "log"\nknee = "50 %"')
    lines = text.split("\n")
    at = next(index for index, line in enumerate(lines) if line.startswith(f"{key} = "))
    lines[at] = f"{key} = {number}"
    found = [problem for problem in problems("\n".join(lines)) if problem.line == at + 1]
    assert found
    assert all(problem.column is not None and len(problem.found) < 200 for problem in found)


def test_a_number_of_thousands_of_digits_is_not_called_a_missing_quote(small):
    problem = only(small(STATIC.replace('"10 s"', "9" * 5000)))
    assert (problem.code, problem.field) == ("E213", "phase[1].hold")
    assert problem.found == "a number of 5000 digits"
