"""Whatever a plug-in throws, says or hands over: a table fault in printable words, and a record to read."""

import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import traction
from traction.clock import VirtualClock
from traction.drivers.base import ControllerLimits, Identity, StopKind, Telemetry
from traction.drivers.checks import RESERVED
from traction.drivers.foreign import LONGEST, cleaned, described, failure, shown
from traction.drivers.guarded import GuardedDriver
from traction.drivers.scripted import IDENTITY, ScriptedDriver, sample
from traction.errors import Problem, RefusedError, TableError
from traction.runner.outcome import Outcome
from traction.runner.record.direct import record_to_file
from traction.runner.record.layout import COLUMNS
from traction.runner.series import si_series
from traction.runner.session import SessionResult, run_session
from traction.wire import codes


class Odd(BaseException):
    pass


class Speechless(Exception):
    """Its text cannot be made, its name is none, and it lies about its class."""

    def __str__(self) -> str:
        raise SystemExit(3)

    __repr__ = __str__

    @property
    def __class__(self) -> Any:
        raise KeyboardInterrupt

    @__class__.setter
    def __class__(self, value: Any) -> None:
        raise KeyboardInterrupt


class Tricky(str):
    """A text that is not what it seems."""

    __slots__ = ()

    def __len__(self) -> int:
        return 0

    def __getitem__(self, index: Any) -> str:
        raise SystemExit

    def isprintable(self) -> bool:
        return True


class Talkative(TableError):
    """One of our own kind, with problems that raise."""

    @property
    def problems(self) -> Any:  # type: ignore[override]
        raise Odd

    @problems.setter
    def problems(self, value: Any) -> None:
        pass


FOREIGN: list[Callable[[], BaseException]] = [
    lambda: SystemExit(0),
    lambda: SystemExit("\ud800"),
    KeyboardInterrupt,
    GeneratorExit,
    Odd,
    lambda: BaseExceptionGroup("several", [KeyboardInterrupt(), SystemExit()]),
    lambda: MemoryError(),
    lambda: RecursionError("deep"),
    lambda: StopIteration(7),
    lambda: ValueError("x" * 10**6),
    lambda: ValueError("\ud800\x00\x1b[31m\u202e\n"),
    lambda: ValueError(Tricky("\ud800" * 10**5)),
    lambda: ValueError(10**6000),
    Speechless,
    TableError,
    RefusedError,
    lambda: Talkative(Problem("E500", "x")),
    lambda: TableError(Problem("", "no code")),
    lambda: TableError(Problem("E5\ud800", "no code")),
    lambda: TableError(Problem("E500", "")),
    lambda: TableError(Problem("E500", "\x1b[2J")),
    lambda: TableError(Problem("E500", "x" * 10**6)),
    lambda: TableError(Problem("E500", 7)),  # type: ignore[arg-type]
    lambda: TableError(Problem("E500", "x", line=10**400)),
    lambda: TableError("words"),  # type: ignore[arg-type]
    lambda: TableError(Problem("E500", "x"), *[Problem("E500", "y")] * 100),
]
VERBS = ["open", "load_limits", "arm", "go", "setpoint", "poll", "reset"]


class Throwing(ScriptedDriver):
    """Throws something in one verb, a new one each time."""

    __slots__ = ("make", "verb")

    def __init__(self, verb: str, make: Callable[[], BaseException], clock: VirtualClock) -> None:
        super().__init__((sample(seq) for seq in count(1)), clock=clock)
        self.verb, self.make = verb, make

    def _note(self, verb: str, value: object = None) -> None:
        super()._note(verb, value)
        if verb == self.verb:
            raise self.make()


def whole_session(guard: GuardedDriver, limits: ControllerLimits, verb: str) -> None:
    from traction.drivers.base import SetPoint

    guard.open()
    if verb == "reset":
        guard.reset(1)
    guard.load_limits(limits)
    guard.go(guard.arm())
    guard.setpoint(SetPoint(0, 0, codes.MODE_FORCE, 250, guard.poll().seq))


def assert_writable(error: TableError) -> None:
    assert error.problems
    for problem in error.problems:
        text = str(problem)
        assert text.isprintable()
        text.encode()
        assert len(text) < 3000
        assert problem.found.strip()


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("make", FOREIGN)
def test_whatever_a_verb_throws_is_a_table_fault_in_words(
    limits: ControllerLimits, verb: str, make: Callable[[], BaseException]
) -> None:
    clock = VirtualClock()
    driver = Throwing(verb, make, clock)
    guard = GuardedDriver(driver, clock)
    with pytest.raises(TableError) as caught, guard:
        whole_session(guard, limits, verb)
    assert caught.value.code == "E507"
    assert verb in caught.value.problems[0].found
    assert_writable(caught.value)
    assert driver.verbs()[-3:] == ["stop", "stop", "close"]  # as it fails, and on the way out


@pytest.mark.parametrize("make", FOREIGN)
@pytest.mark.parametrize("verb", ["stop", "close"])
def test_whatever_stop_and_close_throw_is_dropped_and_the_table_is_closed(
    limits: ControllerLimits, verb: str, make: Callable[[], BaseException]
) -> None:
    clock = VirtualClock()
    driver = Throwing(verb, make, clock)
    guard = GuardedDriver(driver, clock)
    whole_session(guard, limits, verb)
    guard.stop(StopKind.FAST)
    guard.close()
    assert driver.verbs()[-3:] == ["stop", "stop", "close"]  # each once: nothing is tried for ever
    assert driver.verbs().count("stop") == 2


@pytest.mark.parametrize("make", FOREIGN)
def test_what_a_session_meets_is_in_its_record(
    tmp_path: Path, plan: Callable[[], Any], make: Callable[[], BaseException]
) -> None:
    class AtOnce(Throwing):
        __slots__ = ()

        def _note(self, verb: str, value: object = None) -> None:
            thrown = len(self.sent) > 40
            ScriptedDriver._note(self, verb, value)
            if thrown and verb in ("poll", "stop", "close"):
                raise self.make()

    result = session(AtOnce("", make, VirtualClock()), plan, tmp_path)
    assert (result.outcome, result.code) == (Outcome.FAULTED, "E507")
    record = result.record()
    assert record.complete
    assert record.outcome is not None
    assert record.outcome["detail"] == result.detail != ""


# ---- a person at the keyboard ------------------------------------------------------------------------


PRETENDED = 0


class Pressed(ScriptedDriver):
    """In some verbs a signal comes, or the driver calls Python's own handler itself."""

    __slots__ = ("press",)

    def _note(self, verb: str, value: object = None) -> None:
        super()._note(verb, value)
        number = self.press.get(verb)
        if number == PRETENDED:
            signal.default_int_handler(signal.SIGINT, None)
        elif number is not None:
            signal.raise_signal(number)


@pytest.fixture
def pressed(limits: ControllerLimits) -> Callable[..., tuple[GuardedDriver, Pressed]]:
    def build(**press: int) -> tuple[GuardedDriver, Pressed]:
        clock = VirtualClock()
        driver = Pressed((sample(seq) for seq in count(1)), clock=clock)
        driver.press = {}
        guard = GuardedDriver(driver, clock)
        guard.open()
        guard.load_limits(limits)
        guard.go(guard.arm())
        driver.press = press
        return guard, driver

    return build


@pytest.fixture
def handler() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, old in before.items():
        signal.signal(number, old)


def test_a_ctrl_c_within_a_verb_stops_the_table_and_goes_on(pressed: Any, handler: None) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    guard, driver = pressed(poll=signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        guard.poll()
    assert driver.verbs()[-1] == "stop"
    with pytest.raises(TableError, match="E500"):
        guard.poll()


def test_what_a_handler_of_the_program_raises_goes_on(pressed: Any, handler: None) -> None:
    def leave(_number: int, _frame: object) -> None:
        raise SystemExit(7)

    signal.signal(signal.SIGTERM, leave)
    guard, driver = pressed(poll=signal.SIGTERM)
    with pytest.raises(SystemExit) as caught:
        guard.poll()
    assert caught.value.code == 7
    assert driver.verbs()[-1] == "stop"


def test_a_stop_that_a_ctrl_c_cut_off_is_asked_for_once_more(pressed: Any, handler: None) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    guard, driver = pressed(stop=signal.SIGINT)
    guard.stop(StopKind.FAST)
    assert [sent.value for sent in driver.sent if sent.verb == "stop"] == [StopKind.FAST] * 2


def test_while_signals_are_flags_an_interrupt_is_the_driver_s_own(pressed: Any, handler: None) -> None:
    signal.signal(signal.SIGINT, lambda *_: None)
    guard, _ = pressed(poll=PRETENDED)
    with pytest.raises(TableError, match="E507"):
        guard.poll()


def test_in_another_thread_nobody_can_press_anything(pressed: Any, handler: None) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    guard, _ = pressed(poll=PRETENDED)
    seen: list[BaseException] = []

    def poll() -> None:
        try:
            guard.poll()
        except BaseException as error:
            seen.append(error)

    thread = threading.Thread(target=poll)
    thread.start()
    thread.join()
    assert [type(error) for error in seen] == [TableError]


# ---- texts -------------------------------------------------------------------------------------------


@given(st.text(st.characters(), max_size=400), st.integers(1, 300))
def test_a_cleaned_text_can_be_printed_and_encoded(text: str, longest: int) -> None:
    clean = cleaned(text, longest)
    assert clean.isprintable()
    clean.encode()
    assert len(clean) <= 10 * longest + 3
    if text.isprintable() and len(text) <= longest:
        assert clean == text


def test_anything_can_be_shown() -> None:
    for value in (10**400, -(10**9000), Speechless(), "\ud800", Tricky("x" * 999), b"\0" * 9999):
        assert shown(value).isprintable()
        assert 0 < len(shown(value)) <= 10 * LONGEST + 3


def test_an_error_without_words_is_named() -> None:
    assert described(OSError()) == "OSError, which says nothing"
    assert described(OSError("gone")) == "OSError: gone"
    assert "E507" in str(failure("poll() failed", TableError()))


# ---- numbers -----------------------------------------------------------------------------------------


def bits(value: int) -> str:
    return f"{'minus ' if value < 0 else ''}{value.bit_length()} bits"


BEYOND = [1 << 63, -(1 << 63) - 1, 10**400, -(10**400), 10**6000]


@pytest.mark.parametrize("value", BEYOND, ids=bits)
@pytest.mark.parametrize("name", [name for name in Telemetry._fields if name != "channels"])
def test_a_number_that_no_record_holds_is_no_sample(name: str, value: int) -> None:
    class Raw(ScriptedDriver):
        def poll(self) -> Telemetry:
            return sample(1)._replace(**{name: 2 * value if name == "received_us" else value})

    guard = GuardedDriver(Raw(clock=VirtualClock()), VirtualClock())
    guard.open()
    with pytest.raises(TableError) as caught:
        guard.poll()
    assert caught.value.code == "E506"
    assert caught.value.problems[0].field == name
    assert_writable(caught.value)


def test_an_age_that_no_record_holds_is_no_sample() -> None:
    class Raw(ScriptedDriver):
        def poll(self) -> Telemetry:
            return sample(1)._replace(received_us=-(1 << 63))

    clock = VirtualClock()
    clock.wait_until_us(1000)
    guard = GuardedDriver(Raw(clock=clock), clock)
    guard.open()
    with pytest.raises(TableError, match="E506"):
        guard.poll()


@pytest.mark.parametrize("value", BEYOND, ids=bits)
def test_a_channel_that_no_record_holds_is_no_sample(value: int) -> None:
    steps = [
        sample(1)._replace(channels=((1 << 63) - 1, -(1 << 63))),
        sample(2)._replace(channels=(1, value)),
    ]
    clock = VirtualClock()
    driver = ScriptedDriver(steps, clock=clock, identity=replace(IDENTITY, channels=("a_mn", "b_mn")))
    guard = GuardedDriver(driver, clock)
    guard.open()
    guard.poll()
    with pytest.raises(TableError) as caught:
        guard.poll()
    assert caught.value.code == "E506"
    assert_writable(caught.value)


@pytest.mark.parametrize("length", [0, 2, 10, 12])
def test_a_sample_of_the_wrong_length_is_no_sample(length: int) -> None:
    class Raw(ScriptedDriver):
        def poll(self) -> Telemetry:
            return tuple.__new__(Telemetry, (1,) * length)

    guard = GuardedDriver(Raw(clock=VirtualClock()), VirtualClock())
    guard.open()
    with pytest.raises(TableError, match="E506"):
        guard.poll()


# ---- who it says it is -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        *(
            {name: text}
            for name in ("model", "serial_number", "firmware")
            for text in ("", "x" * 101, "a\nb", "\x1b[31m", "\ud800", "\u202e", Tricky("x"), None, 7)
        ),
        *(
            {name: text}
            for name in ("drive", "region")
            for text in ("", "\ud800", Tricky("lumbar"), [], None)
        ),
        *({"boot_id": value} for value in (*BEYOND, True, 1.0)),
        *({"tick_ms": value} for value in (0, -1, 1001, 10**400, 10.0)),
        *(
            {"channels": names}
            for names in (
                ("a", "a"),
                ("t_us",),
                ("force_mn",),
                ("first_row",),
                ("force_a_mn",),
                ("",),
                ('a":[],"b',),
                ("a b",),
                ("a\n",),
                ("\ud800",),
                ("A",),
                ("1a",),
                ("a" * 41,),
                (Tricky("a"),),
                tuple(f"c{index}" for index in range(33)),
                ["a"],
                (1,),
            )
        ),
        *(
            {"capabilities": names}
            for names in (("lease", "lease"), ("wings",), ["lease"], (1,), ("\ud800",), None)
        ),
    ],
)
def test_an_identity_that_no_record_holds_is_refused_with_the_field(change: dict[str, Any]) -> None:
    clock = VirtualClock()
    driver = ScriptedDriver(clock=clock, identity=replace(IDENTITY, **change))
    guard = GuardedDriver(driver, clock)
    with pytest.raises(TableError) as caught:
        guard.open()
    assert [problem.code for problem in caught.value.problems] == ["E504"]
    assert caught.value.problems[0].field == next(iter(change))
    assert_writable(caught.value)


def test_everything_that_is_wrong_with_an_identity_is_said_at_once() -> None:
    nothing = Identity(*[None] * len(fields(Identity)))  # type: ignore[arg-type]
    guard = GuardedDriver(ScriptedDriver(clock=VirtualClock(), identity=nothing), VirtualClock())
    with pytest.raises(TableError) as caught:
        guard.open()
    assert [problem.field for problem in caught.value.problems] == [
        *("model", "serial_number", "firmware", "drive", "region"),
        *("boot_id", "tick_ms", "simulated", "channels", "capabilities"),
    ]


def test_the_names_of_a_record_are_reserved() -> None:
    assert set(COLUMNS) <= RESERVED


@pytest.mark.parametrize("unit", ["mn", "pa", "um", "ms"])
def test_no_channel_takes_the_place_of_a_series(unit: str) -> None:
    import numpy as np

    columns = dict.fromkeys(COLUMNS, np.zeros(1, dtype=np.int64))
    taken = set(si_series(columns))
    stems = {"time", "profile", "target", "force", "force_a", "force_b", "travel"}
    for name in sorted(f"{stem}_{unit}" for stem in stems):
        if name not in RESERVED:
            more = set(si_series({**columns, name: np.zeros(1, dtype=np.int64)})) - taken
            assert len(more) == 1, name


# ---- a short session ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def plan() -> Callable[[], Any]:
    proof = traction.verify("lumbar-disc-30min", mass_kg=80.0)
    return proof.session_plan


def session(driver: ScriptedDriver, plan: Callable[[], Any], folder: Path) -> SessionResult:
    clock = driver._clock
    driver._steps = iter(
        sample(seq, controller_ms=20 * seq, state=codes.STATE_READY if seq < 3 else codes.STATE_RUN)
        for seq in count(1)
    )
    with GuardedDriver(driver, clock) as guard:
        return run_session(plan(), guard, clock, record_to_file(folder / "run.mcap"))
