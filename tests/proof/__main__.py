"""Run all that proves the safety limits, one part after the other, and leave their results in a folder.

    python -m tests.proof [PART ...] [--without PART ...] [--seeds 10000] [--jobs 2] [--folder build/proof]
                          [--compiled]

Each part is a command of its own that ends with 0 only when all it tried was held. Those that take several
processes run one after the other, and then the rest of them side by side. A part's output goes to
FOLDER/PART.log and what it found to FOLDER/PART.json. Ends with 0 when every part held, else with 5.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Part:
    """One command; ``{seeds}``, ``{jobs}`` and ``{folder}`` stand for what was asked.

    With ``prints`` what it prints on stdout is its result, else it writes it by itself. With ``single`` it
    keeps one core busy and no more.
    """

    name: str
    says: str
    command: str
    prints: bool = False
    single: bool = False


IN_THE_COPY = ("campaign", "healthy")
"""What ``--compiled`` lets run in the compiled copy of the package."""

PARTS = (
    Part(
        "compiled",
        "the copy of the package that is compiled does the same to the last bit",
        "-m tests.compiled --seeds 640 --healthy 64",
    ),
    Part(
        "campaign",
        "sessions with faults drawn by seed",
        "-m traction faults run --seeds 0:{seeds} --jobs {jobs} --junit {folder}/campaign.xml"
        " --report {folder}/campaign.html --keep {folder} --json",
        prints=True,
    ),
    Part(
        "healthy",
        "noisy sessions without a fault",
        "-m traction faults run --seeds 0:1000 --faults 0 --jobs {jobs} --keep {folder} --json",
        prints=True,
    ),
    Part(
        "library",
        "every shipped protocol on every kind of drive",
        "-m pytest -q -n {jobs} tests/sessions/test_library_runs.py --every-drive",
    ),
    Part(
        "matrix",
        "every fault at the entry, middle and last tick of every phase",
        "-m traction faults matrix --jobs {jobs} --report {folder}/matrix.html --plot {folder}/matrix.png"
        " --json",
        prints=True,
    ),
    Part("seen", "each hazard that no fault of the list brings about", "-m tests.hazards.seen", single=True),
    Part(
        "layers",
        "each layer alone",
        "-m tests.campaign_matrix.knockout --jobs {jobs} --whole {folder}/matrix.json"
        " --keep {folder}/layers -o {folder}/layers.json",
    ),
    Part(
        "orders",
        "every order of frames, stops and restarts",
        "-m traction faults explore --jobs {jobs} --json",
        prints=True,
    ),
    Part(
        "planted",
        "defects planted in the safety code",
        "-m tests.planted --jobs {jobs} --json {folder}/planted.json",
    ),
    Part(
        "mutants",
        "mutants of the safety code and the controller",
        "-m tests.mutation --jobs {jobs} --json {folder}/mutants.json",
    ),
    Part(
        "branches",
        "branches of the safety code and the controller",
        "-m tests.mutation --coverage",
        single=True,
    ),
    Part(
        "processes",
        "real processes, killed, stopped and cut off",
        "-m tests.processes --rounds 300 -o {folder}/processes.json",
    ),
    Part(
        "kill-points",
        "a record whose writer dies at every byte",
        "-m tests.processes.kill_points",
        single=True,
    ),
    Part(
        "frames",
        "frames made to mislead",
        "-m tests.fuzz frames --for 60s --seed 0 --json",
        prints=True,
        single=True,
    ),
    Part(
        "protocols",
        "protocol files made to mislead",
        "-m tests.fuzz protocols --for 60s --seed 0 --json",
        prints=True,
        single=True,
    ),
    Part(
        "soak",
        "half hours one after the other in one process",
        "-m benchmarks.soak --sessions 40 -o {folder}/soak.json",
        single=True,
    ),
)


def main(words: list[str]) -> int:
    """Run the parts and print a line for each; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(one.name for one in PARTS))
    parser.add_argument("--without", nargs="*", default=[], metavar="PART", help="leave these out")
    parser.add_argument("--seeds", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "proof")
    parser.add_argument(
        "--compiled", action="store_true", help=f"run {' and '.join(IN_THE_COPY)} in the compiled copy"
    )
    asked = parser.parse_args(words)
    unknown = {*asked.parts, *asked.without} - {one.name for one in PARTS}
    if unknown:
        parser.error(f"no part is called {', '.join(sorted(unknown))}")
    asked.folder.mkdir(parents=True, exist_ok=True)
    wanted = [part for part in PARTS if part.name in (asked.parts or [one.name for one in PARTS])]
    wanted = [part for part in wanted if part.name not in asked.without]
    begun = time.monotonic()
    results = [run(part, asked) for part in wanted if not part.single]
    with ThreadPoolExecutor(asked.jobs) as pool:  # each of the others has one process that computes
        results += pool.map(lambda part: run(part, asked), [one for one in wanted if one.single])
    (asked.folder / "summary.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    broken = [str(result["part"]) for result in results if result["exit"]]
    print(
        f"{len(results) - len(broken)} parts held, {len(broken)} did not: {', '.join(broken) or 'none'}"
        f" ({time.monotonic() - begun:.0f} s)"
    )
    return 5 if broken else 0


def run(part: Part, asked: argparse.Namespace) -> dict[str, object]:
    """Run one part and return its exit code, seconds by the clock and of the processor, and last line."""
    values = {"seeds": asked.seeds, "jobs": asked.jobs, "folder": asked.folder}
    text = part.command
    if asked.compiled and part.name in IN_THE_COPY:
        text = text.replace("-m traction", "-m tests.compiled run")
    command = [sys.executable, *(word.format(**values) for word in shlex.split(text))]
    log, found = asked.folder / f"{part.name}.log", asked.folder / f"{part.name}.json"
    begun = time.monotonic()
    with log.open("w") as said, (found if part.prints else Path(os.devnull)).open("w") as printed:
        process = subprocess.Popen(command, cwd=ROOT, stdout=printed if part.prints else said, stderr=said)
        _, status, used = os.wait4(process.pid, 0)  # which says what this process and its children have used
        code = process.returncode = os.waitstatus_to_exitcode(status)
    seconds, cpu_s = time.monotonic() - begun, used.ru_utime + used.ru_stime
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    last = lines[-1].strip()[:160] if lines and not part.prints else ""
    word = "held" if code == 0 else f"NOT HELD (exit {code}), see {log}"
    told = [f"{part.name}: {part.says}", f"  {word}, {seconds:.0f} s, {cpu_s:.0f} s of CPU  {last}".rstrip()]
    if code:
        told += [f"  python {shlex.join(command[1:])}", *(f"  | {line[:200]}" for line in lines[-20:])]
    print("\n".join(told), flush=True)
    result = {"part": part.name, "command": shlex.join(command[1:]), "exit": code}
    return result | {"seconds": round(seconds, 1), "cpu_s": round(cpu_s, 1)}


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
