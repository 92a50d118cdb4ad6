"""Run the golden vectors of the wire against a controller of anybody's.

    python run.py [--vectors FILE] [--only NAME] [--switch] [--ease] [--loop | --host] -- COMMAND ...

COMMAND is started once, gets one line after another on its standard input and answers each with one line on
its standard output (``hardware/WIRE.md``, section "The golden vectors"). What differs is printed; the exit
code is 1 then.
Needs nothing but Python 3.11.
"""

import argparse
import json
import subprocess
import sys
from itertools import zip_longest
from pathlib import Path
from zlib import crc32

VECTORS = Path(__file__).resolve().parents[2] / "wire_vectors.jsonl"
NOTHING = "-"
POWER = ("region", "drive", "boot", "model", "serial", "firmware", "switch", "ease")
HOST_FIELDS = ("known", "sample", "state", "fault", "bad", "refused", "over")


def questions(vector: dict) -> list[str]:
    """Return the lines that one vector asks, in their order."""
    if vector["kind"] == "frame":
        return [f"frame {vector['to']} {to_hex(vector['bytes'])}"]
    if vector["kind"] == "host":
        heard = [f"at {step['at']} {to_hex(step['hear'])}" for step in vector["steps"]]
        return [f"host {vector['token']}", *heard]
    asked = ["power " + " ".join(str(vector["power"][name]) for name in POWER if name in vector["power"])]
    for step in vector["steps"]:
        if "hear" in step:
            asked.append("hear " + to_hex(step["hear"]))
        else:
            readings = [step[name] for name in ("tick", "force_a", "force_b", "travel", "inputs")]
            asked.append("tick " + " ".join(NOTHING if one is None else str(one) for one in readings))
    return asked


def differences(vector: dict, answers: list[str]) -> list[str]:
    """Return what is wrong with the answers to ``questions(vector)``, a sentence each."""
    if vector["kind"] == "frame":
        values = ",".join(str(one) for one in vector["values"])
        expected = f"{vector['letter']} {values}" if vector["sound"] else "bad"
        return [] if answers[0] == expected else [f"expected {expected!r}, got {answers[0]!r}"]
    wrong = []
    if answers[0] != "ok":
        wrong.append(f"at the start: expected 'ok', got {answers[0]!r}")
    for number, (step, answer) in enumerate(zip(vector["steps"], answers[1:], strict=True), 1):
        if vector["kind"] == "host":
            expected = " ".join(str(step[name]) for name in HOST_FIELDS)
            found = [] if answer == expected else [f"expected {expected!r}, got {answer!r}"]
        elif "hear" in step:
            found = [] if answer == "ok" else [f"expected 'ok', got {answer!r}"]
        else:
            found = tick_differences(step, answer)
        wrong += [f"step {number}: {one}" for one in found]
    return wrong


def tick_differences(step: dict, answer: str) -> list[str]:
    """Return what is wrong with the answer to one step of ticks."""
    words = answer.split()
    if len(words) != 6:
        return [f"expected six words, got {answer!r}"]
    state, fault, enabled, dump, velocity = (int(word) for word in words[:5])
    got = {"state": state, "fault": fault, "enabled": enabled, "dump": dump, "velocity": velocity}
    wrong = [
        f"{name} is {got[name]}, not {step[name]}" for name in got if name in step and got[name] != step[name]
    ]
    sent = b"" if words[5] == NOTHING else bytes.fromhex(words[5])
    if "sent" in step:
        wrong += sent_differences(sent, step["sent"].encode("latin-1"))
    elif (len(sent), crc32(sent)) != (step["sent_bytes"], step["sent_crc32"]):
        wrong.append(f"sent {len(sent)} bytes that are not the {step['sent_bytes']} expected")
    return wrong


def sent_differences(sent: bytes, expected: bytes) -> list[str]:
    """Return the first frame in which what was sent is not what was expected."""
    pairs = zip_longest(sent.splitlines(keepends=True), expected.splitlines(keepends=True), fillvalue=b"")
    for number, (one, other) in enumerate(pairs, 1):
        if one != other:
            return [f"frame {number}: sent {one!r}, not {other!r}"]
    return []


def to_hex(text: str) -> str:
    """Return the bytes of a vector (one character each) in hexadecimal."""
    return text.encode("latin-1").hex()


def load(path: Path) -> list[dict]:
    """Return the vectors of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def ask(command: list[str], lines: list[str]) -> list[str]:
    """Start ``command``, give it all ``lines``, return all of its answers."""
    text = "\n".join(lines) + "\n"
    done = subprocess.run(command, input=text, stdout=subprocess.PIPE, text=True, check=False)
    answers = done.stdout.splitlines()
    if done.returncode or len(answers) != len(lines):
        sys.exit(f"{command[0]} ended with {done.returncode} after {len(answers)} of {len(lines)} answers")
    return answers


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description="Run the golden vectors of the wire against a controller.")
    parser.add_argument("--vectors", type=Path, default=VECTORS, help="the file of vectors")
    parser.add_argument("--only", help="run only the vectors whose name begins so")
    parser.add_argument("--loop", action="store_true", help="also those that need the reference's force loop")
    parser.add_argument("--switch", action="store_true", help="also those that need an enabling switch")
    parser.add_argument("--ease", action="store_true", help="also those that need a button to ease off")
    parser.add_argument("--host", action="store_true", help="those for a host, and no others")
    parser.add_argument("command", nargs="+", help="what starts the program that answers")
    given = parser.parse_args()
    vectors = [one for one in load(given.vectors) if one["name"].startswith(given.only or "")]
    more = [kind for kind in ("loop", "switch", "ease") if getattr(given, kind)]
    wanted = {"host"} if given.host else {"frame", "exchange", *more}
    vectors = [one for one in vectors if one["kind"] in wanted]
    asked = [questions(one) for one in vectors]
    answers = ask(given.command, [line for lines in asked for line in lines])
    failed = 0
    for vector, lines in zip(vectors, asked, strict=True):
        wrong = differences(vector, answers[: len(lines)])
        del answers[: len(lines)]
        failed += bool(wrong)
        for one in wrong[:3]:
            print(f"{vector['name']}: {one}")
    print(f"{len(vectors) - failed} vectors hold, {failed} do not")
    return 1 if failed or not vectors else 0


if __name__ == "__main__":
    sys.exit(main())
