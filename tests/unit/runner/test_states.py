"""The table of states: what it allows, what it forbids, and that it cannot lead astray."""

import itertools

import pytest

from traction.errors import TractionError
from traction.runner.states import TERMINAL, TRANSITIONS, UNDER_WAY, State, advance, markdown, mermaid

LOADED = (State.TAKE_UP, *UNDER_WAY)
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
    (State.RUNNING, State.EASING),
    (State.RUNNING, State.ANSWERED),
    (State.EASING, State.RUNNING),
    (State.EASING, State.PAUSING),
    (State.ANSWERED, State.RUNNING),
    (State.ANSWERED, State.EASING),
    (State.ANSWERED, State.PAUSING),
    (State.RELEASING, State.FAST_RELEASING),
    (State.RELEASING, State.POWER_OFF),
    (State.FAST_RELEASING, State.POWER_OFF),
    *((state, State.ENDED) for state in RELEASES),
    *((state, release) for state in (State.PREFLIGHT, *LOADED) for release in RELEASES),
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
        if state in (State.PREFLIGHT, *LOADED):
            assert set(RELEASES) <= TRANSITIONS[state]


def test_a_release_never_becomes_milder_and_never_leads_back_to_motion() -> None:
    for state in RELEASES:
        assert state.is_down
        assert all(successor.is_down and successor > state for successor in TRANSITIONS[state])
    assert not any(state.is_down for state in LOADED)


def test_the_table_renders_for_people() -> None:
    assert "| PAUSED | RESUMING, RELEASING, FAST_RELEASING, POWER_OFF |" in markdown()
    assert "    PAUSED --> RESUMING" in mermaid()
    assert "    ENDED --> [*]" in mermaid()
    assert mermaid().count("-->") == len(ALLOWED) + 2
