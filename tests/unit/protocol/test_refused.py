"""Every file that must be refused is refused, with exactly the codes its first line names."""

from __future__ import annotations

import re

import pytest

from traction.errors import TractionError, catalogue
from traction.protocol.compile import compile_protocol
from traction.protocol.load import load_protocol
from traction.safety.hardware import load_table, session_limits
from traction.safety.limits import LimitSource
from traction.safety.verify import verify
from traction.shipped import shipped_files

FILES = shipped_files("protocols/refused")
PARSE = re.compile(rb"# expect:((?: E\d{3})+)")


def header(path):
    """Return the codes expected and the mass, from the first lines, whatever their encoding."""
    content = path.read_bytes().replace(b"\0", b"")
    match = PARSE.search(content.split(b"\n", 1)[0])
    assert match, f"{path.name} does not say what it expects"
    mass_kg = None if b"\n# mass: none\n" in content else 80.0
    return set(match[1].decode().split()), mass_kg


def refusal(path, mass_kg):
    """Return the problems of the first gate the file does not pass: reading, compiling or the limits."""
    try:
        protocol = load_protocol(path)
        profile = compile_protocol(protocol, mass_kg=mass_kg, seed=1)
        table = load_table("sim")
        own = LimitSource("protocol", protocol.name, protocol.limits)
        limits = session_limits(protocol.region, table, mass_kg=mass_kg, protocol=own)
        timeout_s = 0.0 if protocol.take_up is None else protocol.take_up.timeout_s
        verify(profile, limits, table, take_up_timeout_s=timeout_s).require()
    except TractionError as error:
        return error.problems
    return ()


@pytest.mark.parametrize("name", FILES)
def test_refused_with_the_codes_it_names(name):
    expected, mass_kg = header(FILES[name])
    problems = refusal(FILES[name], mass_kg)
    assert {problem.code for problem in problems} == expected, "\n".join(map(str, problems))


def test_there_are_enough_of_them_and_they_cover_every_code_of_the_language():
    codes = set().union(*(header(path)[0] for path in FILES.values()))
    language = {code for code in catalogue() if "E201" <= code <= "E259"}
    assert len(FILES) >= 25
    # a file of 300 KiB or a thousand phases is written by a test, not kept
    assert language - codes == {"E201", "E206"}


def test_every_problem_of_a_file_names_the_file_and_a_line():
    for name, path in FILES.items():
        expected, mass_kg = header(path)
        if min(expected) >= "E300" or expected == {"E191"}:
            continue
        for problem in refusal(path, mass_kg):
            assert problem.file == str(path), name
            assert problem.line is not None, name
