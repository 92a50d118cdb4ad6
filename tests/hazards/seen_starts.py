"""Hazards that are refused before anything moves, and what reads a record afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from tests.hazards.seen_one import LIMITS, Shown, told
from traction.clock import VirtualClock
from traction.controller.config import ControllerConfig
from traction.controller.core import Controller
from traction.controller.session import LATEST_ARM_MS
from traction.drivers.serial import WireDriver
from traction.errors import TableError
from traction.patients.checklist import load_checklist
from traction.patients.patient import parse_patient
from traction.patients.write import new_text, with_answers
from traction.shipped import shipped_dir
from traction.wire import codes, frame, messages

PULL: Final = "lumbar-first-visit"


def unit() -> Shown:
    """H09."""
    return told(["check", PULL, "--mass", "80"])


def firmware() -> Shown:
    """H32: whatever is on the line greets with another table of messages."""

    class Other:
        """A line behind which another firmware sits."""

        waiting = b""

        def read(self) -> bytes:
            data, self.waiting = self.waiting, b""
            return data

        def write(self, data: bytes) -> int:
            values = (7, 1, 0, 5, 0, messages.definition() ^ 1, 1, 42, 1_000_000, 7, 0, 0, 0, 10, 1)
            self.waiting += frame.encode("I", values)
            return len(data)

        def close(self) -> None:
            pass

    fault = "a controller greets that knows another table of messages"
    try:
        WireDriver(Other, VirtualClock(), 7).open()
    except TableError as error:
        return Shown(fault, f"not opened: {error.problems[0].found}", error.code)
    return Shown(fault, "opened", held=False)


def counter() -> Shown:
    """H38: a controller that has been on for so long that its time would run over in a session."""
    controller = Controller(ControllerConfig(codes.REGION_LUMBAR, 7, codes.DRIVE_BACK_DRIVABLE))
    controller.tick(0, 0, 0, codes.INPUTS_HEALTHY)
    controller.hello(99)
    controller.load_limits(LIMITS)
    controller.now_ms = LATEST_ARM_MS
    before = controller.arm()
    controller.now_ms = LATEST_ARM_MS + 10
    after = controller.arm()
    return Shown(
        f"armed {2**32 - LATEST_ARM_MS} ms before the time of 32 bits runs over, and 10 ms later",
        f"{codes.RESULT_NAMES[before]}, then {codes.RESULT_NAMES[after]}",
        held=(before, after) == (codes.RESULT_OK, codes.RESULT_ON_TOO_LONG),
    )


def mass() -> Shown:
    """H39."""
    return told(["check", PULL, "--mass", "800kg"])


def region() -> Shown:
    """H47."""
    return told(["run", PULL, "--mass", "80kg", "--region", "cervical", "--quiet"])


def real() -> Shown:
    """H53: a table that is not simulated, on time that jumps."""
    text = (shipped_dir("hardware") / "tables" / "sim.toml").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.toml"
        file.write_text(text.replace('url = "sim:"', 'url = "bench:one"'), encoding="utf-8")
        words = ["run", "cerv-first-visit", "--table", str(file), "--yes", "--clock", "virtual", "--quiet"]
        return told(words, "traction run --clock virtual on a table that is not simulated")


def record() -> Shown:
    """H55: one bit of a record is turned."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "one.traction"
        done = told(["run", "cerv-first-visit", "--record", str(file), "--quiet"])
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)
        shown = told(
            ["check-run", str(file)], "one bit of a record is turned, and traction check-run reads it"
        )
    return replace(shown, held=shown.held and not done.held, when="when it is read")


def screened() -> Shown:
    """H57: the screening of a patient has an answer that blocks."""
    patient = parse_patient(new_text("p-1", "80 kg", speaks=True).encode(), "p-1.toml")
    items = load_checklist("lumbar").screening
    answers = {item.id: item.clear for item in items}
    answers[items[0].id] = "yes" if items[0].clear == "no" else "no"
    at = "2026-11-22T16:00:00Z"
    (found,) = parse_patient(with_answers(patient, answers, at[:10]).encode()).objections("lumbar", at)
    fault = f"the screening of a patient says {items[0].id}: {answers[items[0].id]}"
    return Shown(fault, f"refused: {found.found}; expected {found.expected}", found.code)


def course() -> Shown:
    """H58: the next session of a course before its day."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "course.toml"
        file.write_text(COURSE, encoding="utf-8")
        patient = Path(folder) / "p-1.toml"
        patient.write_text(new_text("p-1", "80 kg", speaks=True), encoding="utf-8")
        told(["course", "begin", str(file)])
        return told(
            ["course", "next", str(file), "--run"], "the first session of a course, years before its day"
        )


COURSE: Final = """\
format = 1
id = "early"
title = "Far off"
patient = "p-1.toml"
protocol = "lumbar-first-visit"
start = 2999-01-07
days = ["mon"]
rest = "20 h"
[[stage]]
name = "weekly"
weeks = 2
per_week = 1
[progression]
after = 2
back = 1
most = 3
[caps]
max_force = "200 N"
max_step = "10 N"
max_mass_change = "5 %"
[stop]
not_tolerated = 2
stopped = 2
tripped = 1
gap_days = 14
symptoms = ["outward", "gone"]
"""

SHOWS: Final[Mapping[str, Callable[[], Shown]]] = MappingProxyType(
    {
        "H09": unit,
        "H32": firmware,
        "H38": counter,
        "H39": mass,
        "H47": region,
        "H53": real,
        "H55": record,
        "H57": screened,
        "H58": course,
    }
)
