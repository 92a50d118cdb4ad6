"""The page about hardware says how the board is wired and what the commands are."""

import re
import runpy
from pathlib import Path

from traction.controller.session import LATEST_ARM_MS
from traction.wire import codes

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "hardware" / "README.md").read_text(encoding="utf-8")


def test_the_wiring_is_that_of_the_settings() -> None:
    path = ROOT / "hardware" / "firmware" / "micropython" / "settings.py"
    pins = {name: value for name, value in runpy.run_path(str(path)).items() if name.startswith("PIN_")}
    absent = re.findall(r"^# (PIN_\w+) = (\d+)  #", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert [name for name, _ in absent] == ["PIN_EASE"]
    pins |= {name: int(value) for name, value in absent}
    rows = re.findall(r"^\| (\d+) \| `(PIN_\w+)` \| \S", PAGE, re.MULTILINE)
    assert {name: int(pin) for pin, name in rows} == pins
    assert len(set(pins.values())) == len(pins)


def test_every_line_of_the_lists_is_numbered_in_order() -> None:
    must = [int(number) for number in re.findall(r"^\| (\d+) \| \*\*", PAGE, re.MULTILINE)]
    checks = [int(number) for number in re.findall(r"^\| A(\d+) \|", PAGE, re.MULTILINE)]
    assert must == list(range(1, 14))
    assert checks == list(range(1, 21))


def test_the_four_things_no_code_can_do_are_named() -> None:
    must = ["Hardware stop", "Independent overload cut-out", "Release that needs no power"]
    must.append("Normally-closed loops")
    assert [words for words in must if f"**{words}**" in PAGE] == must


def test_the_files_it_names_are_there() -> None:
    for place in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (ROOT / "hardware" / place).exists(), place


def test_the_longest_time_it_may_be_on_is_said() -> None:
    assert f"full after {2**32 / 86_400_000:.1f} days" in PAGE
    hours = (2**32 - 1 - LATEST_ARM_MS) / 3_600_000
    assert (
        f"From {hours:.0f} hours before that it arms no\nsession any more (answer {codes.RESULT_ON_TOO_LONG})"
        in PAGE
    )
