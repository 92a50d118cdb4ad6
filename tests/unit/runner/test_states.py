"""The table of states: what it allows, what it forbids, and that it cannot lead astray."""

import itertools

import pytest

from traction.errors import TractionError
from traction.runner.states import TERMINAL, TRANSITIONS, State, advance, markdown, mermaid

RELEASES = (State.RELEASING, State.FAST_RELEASING, State.POWER_OFF)
ALLOWED = {
    (State.IDLE, State.PREFLIGHT),
    (State.PREFLIGHT, State.TAKE_UP),
    (State.PREFLIGHT, State.RUNNING),
    (State.PREFLIGHT, State.ENDED),
    (State.TAKE_UP, State.RUNNING),
    (State.RUNNING, State.PAUSING),
    (State.PAUSING, State.PAUSED),
    (State.PAUSED, State.RESUMING),
    (State.RESUMING, State.RUNNING),
    (State.RESUMING, State.PAUSING),
    (State.RELEASING, State.FAST_RELEASING),
    (State.RELEASING, State.POWER_OFF),
    (State.FAST_RELEASING, State.POWER_OFF),
    *((state, State.ENDED) for state in RELEASES),
    *((state, release) for state in range(State.PREFLIGHT, State.RELEASING) for release in RELEASES),
}


@pytest.mark.parametrize(("state", "successor"), list(itertools.product(State, State)))
def test_every_pair_of_states_is_allowed_or_an_error(state: State, successor: State) -> None:
    if (state, successor) in ALLOWED:
        assert advance(state, successor) is successor
    else:
        with pytest.raises(TractionError) as caught:
            advance(state, successor)
        assert caught.value.code == "E910"
        assert state.name in str(caught.value)


def test_the_table_names_every_state_and_only_the_end_is_terminal() -> None:
    assert set(TRANSITIONS) == set(State)
    assert frozenset({State.ENDED}) == TERMINAL


def test_every_state_under_load_can_be_released_and_every_state_can_end() -> None:
    for state in State:
        reached = {state}
        while more := {after for known in reached for after in TRANSITIONS[known]} - reached:
            reached |= more
        assert State.ENDED in reached
        if State.PREFLIGHT <= state < State.RELEASING:
            assert set(RELEASES) <= TRANSITIONS[state]


def test_a_release_never_becomes_milder_and_never_leads_back_to_motion() -> None:
    for state in RELEASES:
        assert all(successor > state for successor in TRANSITIONS[state])


def test_the_table_renders_for_people() -> None:
    assert "| PAUSED | RESUMING, RELEASING, FAST_RELEASING, POWER_OFF |" in markdown()
    assert "    PAUSED --> RESUMING" in mermaid()
    assert "    ENDED --> [*]" in mermaid()
    assert mermaid().count("-->") == len(ALLOWED) + 2
