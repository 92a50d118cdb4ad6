"""How long until the shell answers, beside the bare interpreter and another tool built on Click and rich."""

import statistics
import subprocess
import sys
import time

RUNS = 9

COMMANDS = {
    "bare interpreter": ["-c", "pass"],
    "import traction": ["-c", "import traction"],
    "traction --help": ["-m", "traction", "--help"],
    "traction list": ["-m", "traction", "list"],
    "peer: import numpy": ["-c", "import numpy"],
    "peer: ruff-style Click + rich-click help": [
        "-c",
        "import rich_click as click\n@click.command()\ndef main(): 'x'\nmain(['--help'])",
    ],
}


def median_ms(arguments: list[str]) -> float:
    times = []
    for _ in range(RUNS + 1):
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times[1:])


def main() -> None:
    bare = median_ms(COMMANDS["bare interpreter"])
    for name, arguments in COMMANDS.items():
        spent = median_ms(arguments)
        print(f"{name:42s} {spent:7.0f} ms   {spent / bare:5.1f} x the bare interpreter")
