"""Try many sessions in little time: the product's own source, compiled to C in a copy of the package.

    python -m tests.compiled [same] [--seeds 640] [--healthy 64]     is the copy the same, to the last bit?
    python -m tests.compiled run faults run --seeds 0:100000         a command of ``traction`` in the copy

``same`` runs each seed both ways and compares what the oracle says of it and the digest of its history:
every tick of the controller with the true force, and every byte of the record. Ends with 0 when all agree.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from tests.compiled.build import compiled, environment
from tests.compiled.told import COMPILED, SOURCE
from tests.planting import ROOT

SHOWN = 10


def main(words: list[str]) -> int:
    """Do as asked; return the exit code."""
    if words[:1] == ["run"]:
        command = [sys.executable, "-P", "-m", "traction", *words[1:]]
        os.execve(sys.executable, command, environment(compiled()))
    parser = argparse.ArgumentParser(prog="python -m tests.compiled")
    parser.add_argument("what", nargs="?", choices=("same",), default="same")
    parser.add_argument("--seeds", type=int, default=640, help="so many with faults, from 0 on")
    parser.add_argument("--healthy", type=int, default=64, help="so many without a fault, from 0 on")
    asked = parser.parse_args(words)
    differ = compare(asked.seeds) + compare(asked.healthy, 0)
    for here, there in differ[:SHOWN]:
        print(f"source:   {here}\ncompiled: {there}")
    print(f"{asked.seeds} sessions with faults and {asked.healthy} without: {len(differ)} differ")
    return 5 if differ else 0


def compare(seeds: int, *faults: int) -> list[tuple[str, str]]:
    """Return what differs where the seeds below this one are run both ways."""
    root = compiled()
    with ThreadPoolExecutor(2) as pool:
        here, there = pool.map(lambda env: _told(env, seeds, *faults), (dict(os.environ), environment(root)))
    if (here[0], there[0]) != (SOURCE, COMPILED):
        raise RuntimeError(f"one was {here[0]}, the other {there[0]}")
    return [(one, other) for one, other in zip(here, there, strict=True) if one != other][1:]


def _told(env: dict[str, str], seeds: int, *faults: int) -> list[str]:
    words = [sys.executable, "-P", "-m", "tests.compiled.told", "0", str(seeds), *map(str, faults)]
    done = subprocess.run(words, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True, check=True)
    lines = done.stdout.splitlines()
    if len(lines) != seeds + 1:
        raise RuntimeError(f"{len(lines) - 1} sessions, not {seeds}")
    return lines


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
