"""A small protocol to change one line of, and the compiled profile of it."""

from __future__ import annotations

import pytest

from traction.protocol.compile import compile_protocol
from traction.protocol.load import parse_protocol

HEAD = """\
format = 1
name = "small"
title = "A small protocol"
region = "lumbar"

[source]
citation = "None."
evidence = "engineering"
confirmed = false
caution = "For a test."
assumed = []

[session]
count = "{count}"
hold_by = "{hold_by}"

[rates]
up = "20 N/s"
down = "40 N/s"

[take_up]
force = "20 N"
timeout = "60 s"
{before}
"""
END = """
[end]
rate = "10 N/s"
residual = "{residual}"
"""


def small(*phases: str, count="always", hold_by="force", before="", residual="0 N", tail="") -> str:
    """Return the text of a protocol of the given phases, each the lines of one table."""
    tables = "".join(f'[[phase]]\nname = "p{n}"\n{phase}\n' for n, phase in enumerate(phases, 1))
    return (
        HEAD.format(count=count, hold_by=hold_by, before=before)
        + tables
        + END.format(residual=residual)
        + tail
    )


@pytest.fixture(name="small")
def small_fixture():
    return small


@pytest.fixture
def spans():
    """Return the spans of a protocol text as (kind, start_s, from_n, to_n), rounded to the millisecond."""

    def compiled(text, mass_kg=None, seed=0):
        profile = compile_protocol(parse_protocol(text), mass_kg=mass_kg, seed=seed)
        return [
            (s.kind, round(s.start_s, 3), round(s.segment.start_n, 3), round(s.segment.end_n, 3))
            for s in profile.spans
        ]

    return compiled


@pytest.fixture
def profile_of():
    return lambda text, mass_kg=None, seed=0: compile_protocol(
        parse_protocol(text), mass_kg=mass_kg, seed=seed
    )
