"""The golden vectors are what the code says, whole, and able to catch a controller that differs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from traction.wire import codes, messages

ROOT = Path(__file__).resolve().parents[3]
VECTORS = ROOT / "hardware" / "wire_vectors.jsonl"
FOLDER = ROOT / "hardware" / "firmware" / "vectors"


def python(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script of the vectors as anybody would; without leaving compiled files beside it."""
    command = [sys.executable, "-B", str(FOLDER / script), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def answered(*options: str) -> subprocess.CompletedProcess[str]:
    return python("run.py", *options, "--", sys.executable, "-B", str(FOLDER / "answer.py"))


def load() -> list[dict]:
    return [json.loads(line) for line in VECTORS.read_text(encoding="utf-8").splitlines()]


def test_the_file_is_what_the_code_makes(tmp_path: Path) -> None:
    made = python("make.py", str(tmp_path / "again.jsonl"))
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "again.jsonl").read_bytes() == VECTORS.read_bytes()


def test_the_reference_holds_every_vector() -> None:
    done = answered("--loop", "--switch", "--ease")
    assert done.returncode == 0, done.stdout + done.stderr
    count = sum(one["kind"] != "host" for one in load())
    assert done.stdout.strip() == f"{count} vectors hold, 0 do not"


def test_the_host_holds_every_vector_of_a_host() -> None:
    done = python("run.py", "--host", "--", sys.executable, "-B", str(FOLDER / "answer_host.py"))
    assert done.returncode == 0, done.stdout + done.stderr
    count = sum(one["kind"] == "host" for one in load())
    assert count > 10
    assert done.stdout.strip() == f"{count} vectors hold, 0 do not"


def spoil(vectors: list[dict], what: str) -> str:
    """Change one expectation; return the name of the vector it is in."""
    if what == "frame":
        vectors[0]["values"][0] += 1
        return str(vectors[0]["name"])
    for vector in vectors:
        for step in vector.get("steps", []):
            if what in step:
                step[what] = step[what][:-1] + "x" if what == "sent" else step[what] + 1
                return str(vector["name"])
    raise AssertionError(what)


@pytest.mark.parametrize(
    "what", ["frame", "sent", "sent_crc32", "sent_bytes", "state", "fault", "enabled", "dump", "velocity"]
)
def test_a_difference_is_found_and_named(what: str, tmp_path: Path) -> None:
    vectors = load()
    name = spoil(vectors, what)
    spoiled = tmp_path / "spoiled.jsonl"
    spoiled.write_text("\n".join(json.dumps(one) for one in vectors) + "\n", encoding="utf-8")
    done = answered("--loop", "--vectors", str(spoiled), "--only", name)
    assert done.returncode == 1
    assert done.stdout.startswith(name + ": ")


def test_a_program_that_gives_up_is_no_success() -> None:
    done = python("run.py", "--", sys.executable, "-c", "print('ok')")
    assert done.returncode == 1
    assert "after 1 of" in done.stderr


def heard() -> str:
    """Return all that the controller says in the vectors."""
    return "".join(step.get("sent", "") for one in load() for step in one.get("steps", []))


def lines_of(letter: str) -> list[list[int]]:
    starts = [line for line in heard().splitlines() if line.startswith("$1" + letter)]
    return [[int(one) for one in line[4:-9].split(",")] for line in starts]


def test_every_message_is_in_them() -> None:
    said = "".join(step.get("hear", "") for one in load() for step in one.get("steps", []))
    for letter in messages.LETTERS.replace(messages.CHANNELS, ""):
        direction = messages.MESSAGES[letter][1]
        assert f"$1{letter}," in (said if direction == messages.TO_CONTROLLER else heard()), letter
    frames = {one["letter"] for one in load() if one["kind"] == "frame" and one["sound"]}
    assert frames == set(messages.LETTERS)


OUT_OF_REACH = {
    codes.RESULT_NONCES_USED_UP,  # after 65535 armings
    codes.RESULT_ON_TOO_LONG,  # after seven weeks
    codes.RESULT_BAD_LEASE,  # a frame whose fields do not fit is bad before the controller is asked
    codes.RESULT_BAD_MODE,  # likewise
    codes.RESULT_STOPS_UNTRIED,  # of real tables only
}


def test_every_result_that_the_wire_can_bring_is_in_them() -> None:
    results = {values[4] for values in lines_of(messages.ANSWER)}
    assert results == set(codes.RESULT_NAMES) - OUT_OF_REACH


def test_every_state_and_the_faults_of_the_wire_are_in_them() -> None:
    steps = [step for one in load() for step in one.get("steps", []) if "tick" in step]
    assert {step["state"] for step in steps} == set(range(len(codes.STATE_NAMES)))
    of_the_wire = {code for code in codes.FAULT_NAMES if code < codes.FAULT_OVER_FORCE}
    inputs = {codes.FAULT_ESTOP, codes.FAULT_PATIENT_STOP, codes.FAULT_LOADED_AT_BOOT}
    assert of_the_wire | inputs <= {step["fault"] for step in steps}
