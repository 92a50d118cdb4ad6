"""The page about the wire says what the code does."""

import json
import re
import runpy
from pathlib import Path

import pytest

from traction.controller import core, limits, motion, release, session, stuck, trips
from traction.controller.config import ControllerConfig
from traction.wire import codes, frame, messages

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "hardware" / "WIRE.md").read_text(encoding="utf-8")
WORDS = " ".join(PAGE.split())
LUMBAR, CERVICAL = (ControllerConfig(region, 1, 0) for region in (codes.REGION_LUMBAR, codes.REGION_CERVICAL))


def block(name: str) -> str:
    found = re.search(f"<!-- begin {name} -->\n(.*?)<!-- end {name} -->", PAGE, re.DOTALL)
    assert found, name
    return found[1]


def test_what_is_made_from_the_code_is_what_the_code_makes() -> None:
    made = runpy.run_path(str(ROOT / "hardware" / "firmware" / "vectors" / "page.py"))
    assert made["filled"](PAGE) == PAGE


def test_the_message_table_is_the_one_that_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    from traction.cli import errors

    with pytest.raises(SystemExit) as ended:
        raise SystemExit(errors.run(["wire", "describe", "--markdown"]))
    assert ended.value.code == 0
    assert capsys.readouterr().out.strip() == block("messages").strip()


def test_the_sums_on_the_page_are_right() -> None:
    assert frame.check_sum(b"123456789") == 0xCBF43926
    for body, told in re.findall(r"(\$1S,[\d,]+)\*([0-9A-F]{8})", PAGE):
        assert f"{frame.check_sum(body.encode()):08X}" == told
    values = re.search(r"That of `([\d,]+)` is (\d+)", PAGE)
    assert values
    assert messages.limits_hash(tuple(map(int, values[1].split(",")))) == int(values[2])
    for line in re.findall(r"^[<>] (.*)$", block("exchange"), re.MULTILINE):
        assert frame.problem(line.encode() + b"\n") == 0


GRAMMAR = re.compile(rb"\$1[A-Z](,(0|-?[1-9][0-9]{0,9}))*\*[0-9A-F]{8}\n")


def test_the_grammar_takes_what_the_code_takes() -> None:
    """Of the vectors' frames with a right sum, those of the grammar are the ones that decode."""
    text = (ROOT / "hardware" / "wire_vectors.jsonl").read_text(encoding="utf-8")
    checked = 0
    for vector in map(json.loads, text.splitlines()):
        line = vector.get("bytes", "").encode("latin-1")
        if vector["kind"] == "frame" and frame.problem(line) == 0:
            assert bool(GRAMMAR.fullmatch(line)) == (frame.decode(line) is not None), line
            checked += 1
    assert checked > 100
    assert 'integer = "0" / ["-"] digit1-9 *9DIGIT' in PAGE


@pytest.mark.parametrize(
    "words",
    [
        f"outside {LUMBAR.cell_min_mn // 1000}..{LUMBAR.cell_max_mn // 1000} N",
        f"(C {CERVICAL.cell_min_mn // 1000}..{CERVICAL.cell_max_mn // 1000} N)",
        f"differ by more than {LUMBAR.disagree_mn // 1000} N (C {CERVICAL.disagree_mn // 1000} N)",
        f"0.1 s + {LUMBAR.rate_tolerance_mn // 1000} N (C {CERVICAL.rate_tolerance_mn // 1000} N)",
        f"the lower cell below {LUMBAR.negative_mn // 1000} N in three ticks",
        f"`max_hold` + {trips.HOLD_LAG_MS / 1000} s",
        f"over more than {LUMBAR.stuck_um // 1000} mm of travel",
        f"differ by more than {LUMBAR.near_um / 1000} mm (C {CERVICAL.near_um / 1000} mm)",
        f"or by {LUMBAR.following_um // 1000} mm while a command of the last {trips.FAST_MS // 1000} s",
        f"was above {LUMBAR.pull_um_per_s // 1000} mm/s (C {CERVICAL.pull_um_per_s // 1000} mm/s)",
        f"or they have come {LUMBAR.drift_um // 1000} mm apart",
        f"for {stuck.REPEATS_MS / 1000} s in which the other one changed ten times",
        f"over {stuck.SPREAD_MN / 1000} N",
        f"differ for longer than {core.CHANNELS_MS / 1000} s are fault {codes.FAULT_ESTOP_CHANNELS}",
        f"({LUMBAR.past_slack_um // 1000} mm or {motion.LOOSEN_MS / 1000} s at most",
        f"{release.RISING_MS / 1000} s after its start still {release.RISING_MN // 1000} N above",
        f"{release.LAG_MS / 1000} s after it above a line of half its rate",
        f"for {LUMBAR.slack_travel_um // 1000} mm (C {CERVICAL.slack_travel_um // 1000} mm) and no force",
        f"for {LUMBAR.hold_travel_um // 1000} mm (C {CERVICAL.hold_travel_um // 1000} mm) within one hold",
        f"either cell above {LUMBAR.max_slack_force_mn // 1000} N",
        f"has armed {session.NONCE_COUNT} times",
        f"less {trips.LOST_MARGIN_MN / 2000:.0f} N, from above {trips.LOST_FLOOR_MN // 1000} N",
        f"{messages.PANIC_BYTE} in a row",
    ],
)
def test_the_numbers_in_its_sentences_are_those_of_the_code(words: str) -> None:
    assert words in WORDS


def test_every_field_is_explained() -> None:
    explained = set(re.findall(r"`(\w+)`", PAGE.split("What the fields mean:")[1]))
    fields = {field[0] for _, _, rest in messages.MESSAGES.values() for field in messages.HEADER + rest}
    in_their_sections = {"kind", "fault", "result"} | {field[0] for field in messages.LIMIT_FIELDS}
    assert fields - in_their_sections <= explained


def test_the_caps_on_the_page_are_in_the_order_of_the_message() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", block("caps"), re.MULTILINE)
    assert rows == [field[0] for field in messages.LIMIT_FIELDS]
    assert len(limits.own_caps(LUMBAR)) == len(rows)
