"""What two readers of the page about the wire could read differently: it is said, and both ends do it."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from traction.cli import errors
from traction.controller.link import TELEMETRY_MS
from traction.safety.hardware import load_region
from traction.safety.watch import link, progress
from traction.wire import codes, frame, messages

ROOT = Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "hardware" / "firmware"
WORDS = " ".join((ROOT / "hardware" / "WIRE.md").read_text(encoding="utf-8").split())
TOKEN = 77
LIMITS = (400000, 50000, 100000, 600000, 20000, 1800000, 100000, 200000, 300000, 5000, 10000)
LUMBAR, CERVICAL = (load_region(name) for name in codes.REGION_NAMES)


def hear(letter: str, number: int, *values: int, token: int = TOKEN) -> str:
    return "hear " + frame.encode(letter, (token, number, 0, *values)).hex()


def hear_other_major(token: int, number: int) -> str:
    body = f"$2H,{token},{number},0,5".encode()
    return "hear " + (body + f"*{frame.check_sum(body):08X}\n".encode()).hex()


HELLO = hear(messages.HELLO, 1, messages.MINOR, messages.definition())
ARMING = [
    hear(messages.LIMITS, 2, *LIMITS),
    hear(messages.COMMIT, 3, messages.limits_hash(LIMITS)),
    hear(messages.ARM, 4, messages.limits_hash(LIMITS)),
]
WELL = "0 0 0 63"
CASES = {
    "cell back at rest": [
        f"tick 1 {WELL}",
        HELLO,
        "tick 5 - 0 0 63",
        f"tick 1 {WELL}",
        *ARMING,
        f"tick 1 {WELL}",
    ],
    "cell back within an arming": [
        *(f"tick 1 {WELL}", HELLO, *ARMING, "tick 1 0 - 0 63", f"tick 3 {WELL}"),
        *(hear(messages.ARM, 5, messages.limits_hash(LIMITS)), f"tick 1 {WELL}"),
    ],
    "cell back, latched": [
        *("tick 1 20000 20000 0 63", HELLO, "tick 5 - 0 0 63", f"tick 120 {WELL}"),
        *(hear(messages.RESET, 2, 42, codes.FAULT_LOADED_AT_BOOT, 126), f"tick 1 {WELL}"),
    ],
    "travel away": ["tick 1 0 0 - 63", "tick 4 0 0 500 63", "tick 4 0 0 - 63", "tick 2 0 0 600 63"],
    "other major": [
        *(f"tick 1 {WELL}", hear_other_major(0, 1), hear_other_major(messages.U32, 0)),
        *(hear_other_major(messages.U32 + 1, 1), hear_other_major(1, messages.U32 + 1), f"tick 1 {WELL}"),
    ],
    "stop of a stranger": [
        *(f"tick 1 {WELL}", HELLO, f"tick 1 {WELL}"),
        *(hear(messages.STOP, 9, codes.STOP_RELEASE, token=5), f"tick 1 {WELL}"),
    ],
}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return what the controller in plain Python answers to all cases, one after the other."""
    folder = tmp_path_factory.mktemp("plain")
    asked = [line for lines in CASES.values() for line in ("power 0 0 42 1 7 1002003", *lines)]
    with pytest.MonkeyPatch.context() as patch, (folder / "wire.json").open("w", encoding="utf-8") as file:
        patch.setattr(sys, "stdout", file)
        errors.run(["wire", "describe", "--json"])
    done = subprocess.run(
        [sys.executable, FIRMWARE / "plain" / "controller.py"],
        cwd=folder,
        input="\n".join(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize("name", CASES)
def test_both_controllers_send_the_same_bytes(name: str, plain: list[str]) -> None:
    reference = runpy.run_path(str(FIRMWARE / "vectors" / "answer.py"))["Answers"]()
    before = sum(len(lines) + 1 for lines in list(CASES.values())[: list(CASES).index(name)])
    lines = ["power 0 0 42 1 7 1002003", *CASES[name]]
    assert plain[before : before + len(lines)] == [reference.line(line) for line in lines]


def sent(name: str) -> list[tuple[str, tuple[int, ...]]]:
    """Return the frames that the reference sends in a case."""
    reference = runpy.run_path(str(FIRMWARE / "vectors" / "answer.py"))["Answers"]()
    answers = [reference.line(line) for line in ("power 0 0 42 1 7 1002003", *CASES[name])]
    data = b"".join(
        bytes.fromhex(one.split()[-1]) for one in answers if one != "ok" and not one.endswith("-")
    )
    found = [frame.decode(line) for line in frame.Splitter().feed(data)]
    assert None not in found
    return [one for one in found if one is not None]


def test_a_cell_that_reads_again_at_rest_is_trusted_again() -> None:
    assert "With the drive off and nothing latched both cells are trusted again" in WORDS
    assert messages.NONCE in [letter for letter, _ in sent("cell back at rest")]


def test_travel_without_a_reading_is_the_newest_there_was() -> None:
    assert "while there is no reading, the newest one there was, and 0 before the first |" in WORDS
    travels = [values[10] for letter, values in sent("travel away") if letter == messages.TELEMETRY]
    assert travels == [0, 500, 500, 500, 500, 600]


def test_only_two_numbers_of_another_major_version_are_answered() -> None:
    assert "if they are from 1 and from 0 to 4294967295" in WORDS
    answered = [
        values[:1] + values[3:] for letter, values in sent("other major") if letter == messages.ANSWER
    ]
    assert answered == [(messages.U32, 0, codes.RESULT_WRONG_VERSION)]


def test_a_stop_is_answered_to_whom_it_came_from() -> None:
    assert "answered 0, to the token and number it came with" in WORDS
    answered = [
        values[:1] + values[3:] for letter, values in sent("stop of a stranger") if letter == messages.ANSWER
    ]
    assert answered == [(5, 9, codes.RESULT_OK)]


@pytest.mark.parametrize(
    "words",
    [
        f"by more than {link.MAX_DRIFT_US // 1000} ms and 1 % of the time since then",
        f"in each that comes {TELEMETRY_MS} ms or more after the one before",
        f"from {codes.ECHO_MAX_AGE_MS} ms before the newest one up to the newest one itself",
        f"more than {LUMBAR.arrival_error_n_s:g} N s (C {CERVICAL.arrival_error_n_s:g} N s) of force",
        f"more than {100 // progress.SHARE} % and the noise of the cells outside",
        f"asked for in the last {progress.BUCKETS * progress.BUCKET_US / 1e6:g} s",
        "the fifteen messages of section 4, which no `minor` changes",
    ],
)
def test_the_figures_of_its_sentences_are_those_of_the_code(words: str) -> None:
    assert words in WORDS


def test_there_are_fifteen_messages() -> None:
    assert len(messages.LETTERS) == len(messages.MESSAGES) == 15
