"""How short a hold may be, and how many cycles may fit a time: each on its edge."""

from __future__ import annotations

import pytest

from traction.errors import TractionError
from traction.protocol.load import parse_protocol

STATIC = 'type = "static"\nforce = "200 N"\n{} = "{}"\n'
PULLS = 'type = "intermittent"\nhigh = "200 N"\nlow = "100 N"\nhold = "{}"\nrest = "10 s"\nrepeat = 5\n'
CYCLIC = (
    'type = "cyclic"\nlow = "100 N"\nhigh = "200 N"\nhold = "{0}"\nrest = "{0}"\nfor = "2000 s"\n'
    'ramp_up = "{1}"\nramp_down = "{1}"\n'
)
WAVE = 'oscillation = { wave = "sine", amplitude = "5 N", frequency = "0.1 Hz" }\n'


def found(text: str) -> list[tuple[str, str | None]]:
    """Return the code and the place of everything that is wrong with a protocol."""
    try:
        parse_protocol(text)
    except TractionError as error:
        return [(one.code, one.field) for one in error.problems]
    return []


@pytest.mark.parametrize("phase", [STATIC.format("hold", "{}"), STATIC.format("for", "{}"), PULLS])
def test_a_wave_has_room_for_one_period_at_the_shortest(small, phase: str) -> None:
    place = "phase[1].oscillation.frequency"
    assert found(small(phase.format("10 s") + WAVE)) == []
    assert found(small(phase.format("9.99 s") + WAVE)) == [("E233", place)]


def test_a_hold_that_varies_is_taken_at_its_shortest(small) -> None:
    text = PULLS.format("10 s") + WAVE + 'variation = { hold = "1 %" }\n'
    assert found(small(text)) == [("E233", "phase[1].oscillation.frequency")]
    assert found(small(text.replace('"10 s"\nrest', '"10.2 s"\nrest'))) == []


@pytest.mark.parametrize("key", ["hold", "for"])
@pytest.mark.parametrize(("hold", "good"), [("1.01 s", True), ("1 s", False)])
def test_a_hold_by_position_outlasts_its_settling(small, key: str, hold: str, good: bool) -> None:
    wrong = [] if good else [("E246", f"phase[1].{key}")]
    phase = STATIC.format(key, hold)
    assert found(small(phase)) == []
    assert found(small(phase + 'hold_by = "position"\n')) == wrong
    assert found(small(phase, hold_by="position")) == wrong
    assert found(small(phase + 'hold_by = "force"\n', hold_by="position")) == []


@pytest.mark.parametrize(
    ("count", "still", "ramp", "good"),
    [
        ("on_target", "0.31 s", "0.1 s", True),  # 6 parts of 0.62 s each in 2000 s
        ("on_target", "0.29 s", "9 s", False),  # the clock stands still on a ramp
        ("always", "0.29 s", "0.29 s", True),
        ("always", "0.1 s", "0.1 s", False),
        ("always", "0.1 s", "0.5 s", True),
    ],
)
def test_no_more_cycles_than_a_protocol_may_hold_fit_its_time(
    small, count: str, still: str, ramp: str, good: bool
) -> None:
    phase = CYCLIC.format(still, ramp)
    wrong = [] if good else [("E240", "phase[1].for")]
    other = "always" if count == "on_target" else "on_target"
    assert found(small(phase, count=count)) == wrong
    assert found(small(phase + f'count = "{count}"\n', count=other)) == wrong
