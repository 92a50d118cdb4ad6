"""Which test runs which lines, and how long each takes: every test once, in a process of its own."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import coverage
import pytest
from _pytest.runner import runtestprotocol

from tests.mutation.children import Children

CHUNK = 40


@dataclass
class Baseline:
    """What each test, by its place in the collection, needs and touches."""

    names: list[str]
    seconds: dict[str, float] = field(default_factory=dict)  # of processor time, under the tracer
    lines: dict[str, dict[str, frozenset[int]]] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    def covering(self, file: str, extent: tuple[int, int]) -> list[str]:
        """Return the tests that run any of the lines from the first to the last, the quickest first."""
        wanted = frozenset(range(extent[0], extent[1] + 1))
        found = [name for name in self.names if wanted & self.lines[name].get(file, frozenset())]
        return sorted(found, key=self.seconds.__getitem__)

    def touching(self, file: str) -> list[str]:
        """Return the tests that run anything in a file, the quickest first."""
        found = [name for name in self.names if self.lines[name].get(file)]
        return sorted(found, key=self.seconds.__getitem__)


def passes(item: pytest.Item, following: pytest.Item | None) -> bool:
    """Run one test with everything it needs; what the one that follows shares with it stays."""
    return not any(report.failed for report in runtestprotocol(item, log=False, nextitem=following))


def measure(
    items: list[pytest.Item], root: str, files: Sequence[str], jobs: int, own_folder: Callable[[str], None]
) -> Baseline:
    """Run every test once under the coverage tracer; ``files`` are those whose lines count."""
    wanted = {f"{root}/{file}": file for file in files}
    chunks = [
        group[start : start + CHUNK]
        for _, each in groupby(items, lambda item: item.path)
        for group in [list(each)]
        for start in range(0, len(group), CHUNK)
    ]

    def one(index: int) -> bytes:
        own_folder(f"test-{index}")
        tracer = coverage.Coverage(data_file=None, config_file=False, include=list(wanted))
        tracer.set_option("run:disable_warnings", ["no-data-collected"])
        tracer.start()
        ran = []
        for item in chunks[index]:
            tracer.switch_context(item.nodeid)
            started = time.process_time()
            good = passes(item, None)  # so that every test is seen to run what it needs
            ran.append((item.nodeid, good, time.process_time() - started))
        tracer.stop()
        data = tracer.get_data()
        found = []
        for name, good, seconds in ran:
            data.set_query_context(name)
            lines = {file: frozenset(data.lines(path) or ()) for path, file in wanted.items()}
            found.append((name, good, seconds, {file: some for file, some in lines.items() if some}))
        return pickle.dumps(found)

    baseline = Baseline([item.nodeid for item in items])
    for ended in Children(jobs, limit_s=600.0).run(range(len(chunks)), one):
        for name, good, seconds, lines in pickle.loads(ended.answer):
            baseline.seconds[name], baseline.lines[name] = seconds, lines
            if not good:
                baseline.failed.append(name)
    return baseline
