"""What a sample on the wire says of the controller, field by field."""

import pytest

from traction.controller.config import ControllerConfig
from traction.controller.core import Controller
from traction.controller.link import LONG_AGO_MS, MOST_BAD_MS, Link
from traction.wire import codes, frame, messages


@pytest.mark.parametrize("hold_to_run", [0, 1])
@pytest.mark.parametrize("pressed", [0, codes.INPUT_PATIENT_STOP_CLOSED])
@pytest.mark.parametrize("switch", [0, codes.INPUT_SWITCH_HELD])
def test_a_sample_tells_what_was_read_in_its_tick(hold_to_run: int, pressed: int, switch: int) -> None:
    config = ControllerConfig(codes.REGION_LUMBAR, 5, codes.DRIVE_BACK_DRIVABLE)
    config.hold_to_run = hold_to_run
    controller = Controller(config)
    link = Link(controller, 1, 42, 1_002_003, 0)
    for tick in range(3):  # every second one is told
        controller.tick(1000 + tick, 1100 + tick, 7 * tick, codes.INPUTS_HEALTHY & ~pressed | switch)
        link.tick()
    link.receive(b"no frame\n")
    controller.tick(1003, 1103, 21, codes.INPUTS_HEALTHY & ~pressed | switch)
    controller.tick(1004, 1104, 28, codes.INPUTS_HEALTHY & ~pressed | switch)
    link.tick()
    told = [frame.decode(line) for line in link.take().splitlines(keepends=True)]
    ((letter, values),) = [one for one in told if one[0] == messages.TELEMETRY]
    inputs = codes.INPUTS_HEALTHY & ~pressed | (switch if hold_to_run else 0)
    assert values[2:] == (50, 5, 5, controller.state, controller.fault, inputs, 1004, 1104, 28, 1)
    assert messages.fits(letter, values, messages.TO_HOST)


@pytest.mark.parametrize(
    ("hold_to_run", "ease_button", "must_know"), [(0, 0, 7), (1, 0, 23), (0, 1, 39), (1, 1, 55)]
)
def test_a_host_has_to_know_of_the_enabling_switch_and_the_button_where_there_are_some(
    hold_to_run: int, ease_button: int, must_know: int
) -> None:
    config = ControllerConfig(codes.REGION_LUMBAR, 5, codes.DRIVE_BACK_DRIVABLE)
    config.hold_to_run = hold_to_run
    config.ease_button = ease_button
    controller = Controller(config)
    link = Link(controller, 1, 42, 1_002_003, 0)
    controller.tick(0, 1, 0, codes.INPUTS_HEALTHY)
    link.tick()
    told = [frame.decode(line) for line in link.take().splitlines(keepends=True)]
    assert [values[9:11] for letter, values in told if letter == messages.IDENTITY] == [(must_know, 0)]


@pytest.mark.parametrize(("asked", "told"), [(0, codes.INPUTS_HEALTHY), (1, codes.INPUTS_HEALTHY | 128)])
def test_a_sample_tells_of_the_button_to_ease_off_where_there_is_one(asked: int, told: int) -> None:
    config = ControllerConfig(codes.REGION_LUMBAR, 5, codes.DRIVE_BACK_DRIVABLE)
    config.ease_button = asked
    controller = Controller(config)
    link = Link(controller, 1, 42, 1_002_003, 0)
    for _ in range(3):
        controller.tick(0, 0, 0, codes.INPUTS_HEALTHY | codes.INPUT_EASE_PRESSED)
        link.tick()
    samples = [frame.decode(line) for line in link.take().splitlines(keepends=True)]
    assert [values[7] for letter, values in samples if letter == messages.TELEMETRY] == [told]


def test_samples_that_were_not_sent_yet_give_way_to_the_newest_pair() -> None:
    controller = Controller(ControllerConfig(codes.REGION_LUMBAR, 5, codes.DRIVE_BACK_DRIVABLE))
    link = Link(controller, 1, 42, 1_002_003, 1)
    for tick in range(5):
        controller.tick(tick, tick, 0, codes.INPUTS_HEALTHY)
        link.tick((1, 2, 3, tick))
    told = [frame.decode(line) for line in link.take().splitlines(keepends=True)]
    samples = [(letter, values[3:]) for letter, values in told if letter != messages.IDENTITY]
    assert [letter for letter, _ in samples] == [messages.CHANNELS, messages.TELEMETRY]
    assert samples[0][1] == (5, 1, 2, 3, 4)


def test_what_never_came_is_longer_ago_than_anything_that_counts_from_power_up_on() -> None:
    assert 0 - LONG_AGO_MS > MOST_BAD_MS
