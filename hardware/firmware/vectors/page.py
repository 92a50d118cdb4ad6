"""Fill what stands between the marks of ``hardware/WIRE.md``, from the code: ``python page.py``.

What the integrity benchmark printed is filled from a file: ``python page.py FILE``; without one it stays.
"""

import json
import re
import sys
from pathlib import Path

from traction.controller import limits, link
from traction.controller.config import ControllerConfig
from traction.controller.latch import REACTIONS
from traction.drivers import serial, wire_words
from traction.report import wire_table
from traction.wire import codes, frame, messages

HARDWARE = Path(__file__).resolve().parents[2]
PAGE = HARDWARE / "WIRE.md"
BAUD = 115200
BITS_A_BYTE = 10  # start, eight of data, stop


def table(head: tuple[str, ...], rows: list[tuple]) -> list[str]:
    """Return a table in Markdown."""
    lines = [head, ("---",) * len(head), *rows]
    return ["| " + " | ".join(str(one) for one in line) + " |" for line in lines]


def messages_block() -> list[str]:
    """Return what ``traction wire describe --markdown`` prints."""
    return wire_table.markdown(wire_table.description())


def timing_block() -> list[str]:
    """Return every time that an end must keep."""
    rows = [
        ("TELEMETRY", f"every {link.TELEMETRY_MS} ms", "controller"),
        ("IDENTITY without a session", f"every {link.GREETING_MS} ms", "controller"),
        ("answer to any message", "in the tick that takes it", "controller"),
        ("longest lease, and the first one after GO", f"{codes.LEASE_MAX_MS} ms", "controller"),
        ("oldest sample that a set-point may echo", f"{codes.ECHO_MAX_AGE_MS} ms", "controller"),
        ("an arming lasts", f"{codes.ARM_VALID_MS // 1000} s", "controller"),
        ("SETPOINT", "every 20 ms", "host"),
        ("no sample for this long ends the session", f"{codes.ECHO_MAX_AGE_MS} ms", "host"),
        ("no answer for this long ends the session", f"{serial.ANSWER_US // 1000} ms", "host"),
        ("no answer to HELLO for this long: no controller there", f"{serial.OPEN_US // 1_000_000} s", "host"),
        ("HELLO again, to one that is heard", f"after {serial.HELLO_AGAIN_US // 1000} ms", "host"),
        (f"bad frames in a run: number {link.BURST} within", f"{link.BURST_MS} ms", "both"),
        (f"bad frames in a run: number {link.MOST_BAD} within", f"{link.MOST_BAD_MS // 1000} s", "both"),
    ]
    return table(("what", "time", "whose"), rows)


def caps_block() -> list[str]:
    """Return the reference's own caps."""
    caps = [limits.own_caps(ControllerConfig(region, 1, 0)) for region in range(len(codes.REGION_NAMES))]
    units = [(name, unit) for name, unit, _, _ in messages.LIMIT_FIELDS]
    rows = [(f"`{name}`", unit, *values) for (name, unit), *values in zip(units, *caps, strict=True)]
    return table(("limit", "unit", *codes.REGION_NAMES), rows)


def faults_block() -> list[str]:
    """Return every fault with its reaction."""
    rows = []
    for fault, name in codes.FAULT_NAMES.items():
        if fault:
            reaction = (
                codes.STOP_NAMES[REACTIONS[fault]] if fault in REACTIONS else "only unloading is allowed"
            )
            rows.append((fault, name, reaction))
    return table(("fault", "name", "reaction"), rows)


def bandwidth_block() -> list[str]:
    """Return the arithmetic of the line."""
    usual = usual_bytes()
    rows = []
    for letter, times in ((messages.TELEMETRY, 50), (messages.SETPOINT, 50), (messages.CHANNELS, 50)):
        longest = wire_words.longest(letter)
        for word, size in (("longest", longest), ("usual", usual[letter])):
            share = size * BITS_A_BYTE * times / BAUD
            sum_of_it = f"{size} B * {BITS_A_BYTE} bit * {times}/s / {BAUD} bit/s"
            rows.append((messages.MESSAGES[letter][0], word, f"{sum_of_it} = {share:.1%}"))
    longest = wire_words.longest(messages.TELEMETRY)
    slow = longest * BITS_A_BYTE * 50 / 9600
    text = f"At 9600 baud TELEMETRY alone would take {slow:.0%}: such a line is refused before it is used."
    return [*table(("message", "frame", "share of its direction"), rows), "", text]


def usual_bytes() -> dict[str, int]:
    """Return how long frames are half an hour into a session, at 400 N."""
    header = (2882343476, 180000, 1800000)
    said = {
        messages.TELEMETRY: (3735928559, 180000, 4, 0, 3, 400123, 399870, 32123, 0),
        messages.SETPOINT: (400000, 50000, 0, 250, 179998),
        messages.CHANNELS: (180000, 400021, -31250, -41200, 5230),
    }
    return {letter: len(frame.encode(letter, header + values)) for letter, values in said.items()}


def definition_block() -> list[str]:
    """Return one line of the text that the definition is the sum of."""
    name, direction, fields = messages.MESSAGES[messages.ARM]
    told = " ".join("%s[%s]%d:%d" % field for field in messages.HEADER + fields)
    whole = messages.definition()
    return [
        f"    {messages.ARM} {name} {direction} {told}",
        "",
        f"and the sum of all is {whole} ({whole:08X}).",
    ]


def exchange_block() -> list[str]:
    """Return one vector, line by line."""
    vector = next(one for one in vectors() if one["name"] == "lease-expires")
    lines = ["```"]
    count = 0
    for step in vector["steps"]:
        count += step.get("tick", 0)
        lines += ["> " + line for line in step.get("hear", "").splitlines()]
        sent = step.get("sent", "").splitlines()
        lines += ["< " + line for line in sent[:2]]
        if len(sent) > 3:
            lines.append(f"  ({len(sent) - 3} more frames of TELEMETRY)")
        lines += ["< " + line for line in (sent[2:] if len(sent) <= 3 else sent[-1:])]
        if "tick" in step:
            drive = "on" if step["enabled"] else "off"
            state = f"{codes.STATE_NAMES[step['state']]}, fault {step['fault']}, drive {drive}"
            lines.append(f"  after tick {count}: {state}")
    return [*lines, "```"]


def vectors() -> list[dict]:
    """Return the golden vectors."""
    text = (HARDWARE / "wire_vectors.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


BLOCKS = {
    "messages": messages_block,
    "timing": timing_block,
    "caps": caps_block,
    "faults": faults_block,
    "bandwidth": bandwidth_block,
    "definition": definition_block,
    "exchange": exchange_block,
}


def filled(page: str) -> str:
    """Return the page with every block made anew."""
    for name, make in BLOCKS.items():
        page = fill(page, name, make())
    return page


def fill(page: str, name: str, lines: list[str]) -> str:
    """Return the page with the block ``name`` replaced."""
    found = re.compile(f"(<!-- begin {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
    assert found.search(page), name
    return found.sub(lambda match: match[1] + "\n".join(["", *lines, "", ""]) + match[2], page)


def main() -> None:
    """Fill the page in place."""
    page = filled(PAGE.read_text(encoding="utf-8"))
    if len(sys.argv) > 1:
        measured = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
        page = fill(
            page, "integrity", ["```", *(line for line in measured if not line.startswith("==")), "```"]
        )
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
