"""Whatever keys come, in whatever order: none starts or raises anything, and each stop is heard."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import traction
from traction.cli.keys import press
from traction.runner.requests import Request, Requests
from traction.runner.states import State

KEYS = st.text(st.one_of(st.sampled_from("pers"), st.characters(codec="ascii")), max_size=60)


@given(keys=KEYS, state=st.sampled_from(State))
def test_keys_ask_for_nothing_but_pause_resume_and_stop(keys: str, state: State) -> None:
    requests = Requests()
    for key in keys:
        before = requests.level
        _, state = press(key, requests, state)
        asked = [wish for wish, _ in requests.take(0)]
        assert requests.level == min(before + (key == "s"), 2)
        assert set(asked) <= {Request.PAUSE, Request.RESUME, Request.EASE}
        if before:  # a stop stands: nothing goes on from there, and nothing takes it back
            assert asked == []


class Ghost:
    """A handset that presses at random whenever the session is shown, with a stop now and then or never."""

    def __init__(self, requests: Requests, seed: int, keys: str) -> None:
        self.requests, self.chance, self.keys = requests, random.Random(seed), keys
        self.pressed = ""

    def look(self, standing, steering, sample) -> None:
        if self.chance.random() < 0.3:
            key = self.chance.choice(self.keys)
            self.pressed += key
            press(key, self.requests, standing.state)


@pytest.mark.parametrize(("seed", "keys"), [(1, "prx \r"), (2, "ppr"), (3, "prxyz123s"), (4, "s")])
def test_a_session_under_random_keys_keeps_its_limits_and_ends_slack(seed: int, keys: str) -> None:
    proof = traction.verify("cerv-fater", table="sim:?seed=3")
    requests = Requests()
    ghost = Ghost(requests, seed, keys)
    result = traction.run(proof, requests=requests, viewer=ghost)
    assert ghost.pressed
    stopped = "s" in ghost.pressed
    assert str(result.outcome) in (("STOPPED",) if stopped else ("COMPLETED", "TRIPPED"))
    if not stopped:
        assert result.code in ("", "E481")  # at most a pause that nobody ended
    force_n = result.samples()["true_force_n"]
    assert force_n.max() <= proof.profile.peak_n * 1.05
    assert force_n[-1] < 11
