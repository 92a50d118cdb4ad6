"""The page about controllers is followed to the letter, by a controller that uses nothing of ours."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "write-a-controller.md").read_text(encoding="utf-8")
PLAIN = ROOT / "hardware" / "firmware" / "plain" / "controller.py"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`([\w.]+\.py)`[^`]*:\n\n$")
COMMANDS = [line for kind, text in BLOCK.findall(PAGE) if kind == "sh" for line in text.splitlines()]
PROMISED = [text for kind, text in BLOCK.findall(PAGE) if kind == "text"]


def vectors() -> list[dict]:
    text = (ROOT / "hardware" / "wire_vectors.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the files of the page, and run its commands but the last in their order."""
    place = tmp_path_factory.mktemp("controller")
    for match in BLOCK.finditer(PAGE):
        if match[1] == "python":
            named = FILE.search(PAGE[: match.start()])
            assert named, match[2][:60]
            (place / named[1]).write_text(match[2], encoding="utf-8")
    (place / "traction-checkout").symlink_to(ROOT, target_is_directory=True)
    return place


def run(folder: Path, line: str) -> str:
    """Run a line as a shell would, with this interpreter and its programs first in the path."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        ["sh", "-c", line],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, f"{line}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout


def test_every_command_of_the_page_works_in_order(folder: Path) -> None:
    said = [run(folder, line) for line in COMMANDS]
    steps = [text for line, text in zip(COMMANDS, said, strict=True) if "--only" in line]
    assert len(steps) >= 15
    for text in steps:
        assert re.fullmatch(r"[1-9]\d* vectors hold, 0 do not\n", text)
    count = sum(one["kind"] in ("frame", "exchange") for one in vectors())
    assert said[-2] == PROMISED[0].replace("VECTORS", str(count))
    assert re.fullmatch(re.escape(PROMISED[1]).replace("MODEL", ".+"), said[-1])


def test_the_plain_controller_uses_nothing_of_the_project() -> None:
    tree = ast.parse(PLAIN.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names == {"json", "re", "sys", "zlib", "pathlib"}


BREAKS = [
    ("self.panic == 8", "self.panic == 9", "panic-"),
    ("self.now > self.lease_end", "False", "lease-"),
    ("(boot, nonce) != (self.boot, self.armings)", "nonce != self.armings", "go-"),
    ("boot != self.boot or not 0", "not 0", "reset-"),
    ("boot != self.boot or not 0 <= (self.sample - echo) * 10 <= 200", "boot != self.boot", "reset-"),
    ("echo < self.last_echo", "False", "echo-"),
    ("number <= self.last", "number < self.last", "repeated-"),
    ("self.healthy < 1000", "False", "reset-"),
    ("looser(values, CAPS[self.region])", "False", "limits-"),
    ("len(near) >= 3", "len(near) >= 4", "monitor-"),
    ("self.loops & 63 != 63", "False", "arm-"),
]


@pytest.mark.parametrize(("code", "broken", "vector"), BREAKS, ids=[one[2] for one in BREAKS])
def test_a_rule_left_out_is_found_by_the_vectors(folder: Path, code: str, broken: str, vector: str) -> None:
    text = PLAIN.read_text(encoding="utf-8")
    assert code in text
    (folder / f"broken_{vector}.py").write_text(text.replace(code, broken), encoding="utf-8")
    run(folder, "traction wire describe --json > wire.json")
    runner = "traction-checkout/hardware/firmware/vectors/run.py"
    with pytest.raises(AssertionError, match=rf"{vector}[\w-]*: step"):
        run(folder, f"python {runner} -- python broken_{vector}.py")
