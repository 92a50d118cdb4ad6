"""The relation that is searched equals the code: states that are taken for one behave the same ever after."""

import random

import pytest

from traction.campaign.explore_events import WORLD, allowed, happen, settle
from traction.campaign.explore_frames import AGES, make_frame
from traction.campaign.explore_moves import Relation
from traction.campaign.explore_parts import load_parts
from traction.campaign.explore_promises import effects_of, see
from traction.campaign.explore_rig import POWERED, Rig
from traction.wire import codes, messages

BOOTS = (1, 2, 3)
STEPS = 120


class Walk:
    """One controller that lives on, its clock never brought back, beside its state in the relation."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.live = Rig(load_parts(), BOOTS)
        self.look = Rig(load_parts(), BOOTS)
        self.relation = Relation(load_parts(), BOOTS)
        self.state = self.relation.first
        self.known: dict[tuple[object, ...], int] = {}
        self.numbers = [0, 0]
        self.nonces: list[int] = []
        self.starts = 0

    def event(self) -> int | tuple[int, int, str, int, int, int]:
        """Draw what happens next: mostly what a host would send next, so that runs come about."""
        told = self.relation.states[self.state]
        if self.chance.random() < 0.3:
            return self.chance.choice(
                [one for one in range(len(WORLD)) if allowed(told, one, len(BOOTS) - 1)]
            )
        session = self.chance.choice((0, 0, 0, 1))
        letters = (
            *(messages.HELLO, messages.LIMITS, messages.COMMIT, messages.ARM, messages.ARM, messages.GO),
            *(messages.GO, messages.SETPOINT, messages.STOP, messages.RESET, messages.RESET),
        )
        nearest = {
            codes.STATE_BOOT: messages.HELLO,
            codes.STATE_IDENTIFIED: messages.LIMITS,
            codes.STATE_DONE: messages.LIMITS,
            codes.STATE_READY: self.chance.choice((messages.COMMIT, messages.ARM)),
            codes.STATE_ARMED: messages.GO,
            codes.STATE_RUN: messages.SETPOINT,
        }
        letter = nearest.get(told[0], messages.RESET)
        if self.chance.random() < 0.3:
            letter = self.chance.choice(letters)
        self.numbers[session] += self.chance.choice((1, 1, 1, 1, 0, -1))
        content = {
            messages.GO: self.nonces[-1] if self.nonces else 1 << 16 | 1,
            messages.STOP: 1,
            messages.RESET: told[1],
        }.get(letter, 0)
        aged = letter in (messages.SETPOINT, messages.RESET)
        age = self.chance.choice((0, 0, 1, AGES - 1)) if aged else 0
        return session, max(self.numbers[session], 1), letter, content, age, told[2]

    def step(self) -> None:
        event = self.event()
        rig, before = self.live, see(self.live)
        if isinstance(event, int):
            number = event
            happen(rig, event, before.state)
        else:
            session, count, letter, content, age, boot = event
            made = make_frame(session, count, letter, content, age, boot=BOOTS[boot])
            number = self.known.setdefault(event, -1)
            if number < 0:
                number = self.known[event] = self.relation.add(made)
            now = make_frame(session, count, letter, content, age, seq=rig.controller.seq, boot=BOOTS[boot])
            nonce, _ = rig.receive(now.data)
            if nonce:
                self.nonces.append(nonce)
        settle(rig, before.state in POWERED)
        outcome = self.relation.outcomes[self.relation.outcome(self.state, number)]
        effects = effects_of(rig, before)
        self.starts += effects & 1
        assert outcome.effects & effects == effects, event
        self.look.load(rig.copy())
        assert self.relation.number_of(self.look.key()) == outcome.state, event
        assert self.relation.states[outcome.state][0] == rig.controller.state
        assert outcome.broken == ""
        self.state = outcome.state


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_the_relation_goes_where_the_code_goes(first: int) -> None:
    starts = 0
    for seed in range(first, first + 10):
        walk = Walk(seed)
        for _ in range(STEPS):
            walk.step()
        starts += walk.starts
    assert starts > 2


def test_two_ways_to_one_state_are_one_state() -> None:
    relation = Relation(load_parts(), BOOTS)
    hello = relation.add(make_frame(0, 1, messages.HELLO))
    limits = relation.add(make_frame(0, 2, messages.LIMITS))

    def after(*events: int) -> int:
        state = relation.first
        for event in events:
            state = relation.outcomes[relation.outcome(state, event)].state
        return state

    assert after(hello, limits) == after(hello, limits, limits) == after(hello, hello, limits)
    assert after(hello, limits) != after(hello)
