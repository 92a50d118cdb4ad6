"""How long it takes to read, compile and verify each shipped protocol, beside parsing its TOML alone."""

import statistics
import time
import tomllib
from collections.abc import Callable

import traction
from traction.shipped import shipped_files

RUNS = 7


def median_ms(work: Callable[[], object]) -> float:
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


def main() -> None:
    slowest = 0.0
    for name, path in shipped_files("protocols/library").items():
        text = path.read_text(encoding="utf-8")
        whole = median_ms(lambda name=name: traction.verify(name, mass_kg=80.0))
        parse = median_ms(lambda text=text: tomllib.loads(text))
        slowest = max(slowest, whole)
        print(f"{name:28s} load, compile, verify {whole:6.1f} ms   {whole / parse:5.1f} x parsing its TOML")
    print(f"slowest: {slowest:.1f} ms (claimed: under 50 ms)")
