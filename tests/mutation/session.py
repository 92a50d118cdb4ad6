"""The pytest sessions: one collects all tests and forks for each mutant, one is for imports."""

from __future__ import annotations

import contextlib
import gc
import importlib
import math
import pickle
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.mutation import baseline as base
from tests.mutation.children import Children, killer_of, limit_cpu
from tests.mutation.make import LEFT_OUT, ROOT, files
from tests.mutation.places import Mutant
from tests.mutation.swap import import_mutated, live_function, swap_function

OPTIONS = (
    *("-q", "-s", "--timeout=0", "-p", "no:cacheprovider"),
    *(
        "--tb=native",
        "--assert=plain",
    ),  # nobody reads why a test fails, and to tell takes longer than to fail
    *("-p", "no:traction"),  # our own plugin would import what is under mutation before anything is measured
    *("-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning"),
)
LIMIT_S = 900.0
"""Wall time of one mutant, for what waits instead of computing."""
LEAST_S = 1.0
TIMES = 5.0
"""So many times the processor time that a test takes as the code stands, and so much more, are too long."""

Found = Callable[[Mutant, str, float], None]
"""Takes a mutant, the test that failed or "" when none did, and the processor time it took."""


def _steady_examples() -> None:
    # the same examples in every run, and no time spent on making a failing one small
    settings.register_profile(
        "mutation",
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),
    )
    settings.load_profile("mutation")


def _first_failure(
    tests: Sequence[str],
    items: dict[str, pytest.Item],
    baseline: base.Baseline,
    most_s: float = math.inf,
) -> str:
    begun_s = time.process_time()
    for test, following in zip(tests, [*tests[1:], None], strict=False):  # where no test runs the line, none
        if time.process_time() - begun_s > most_s:
            return ""
        limit_cpu(LEAST_S + TIMES * baseline.seconds[test])
        if not base.passes(items[test], items[following] if following else None):
            return test
    return ""


class Functions:
    """A pytest plugin: collects the tests, measures them, and tries the mutants of functions."""

    def __init__(
        self, mutants: list[Mutant], measured: Sequence[str], jobs: int, found: Found, most_s: float
    ) -> None:
        self._mutants = mutants
        self._most_s = most_s
        self._measured = measured
        self._jobs = jobs
        self._found = found
        self._kills: dict[str, Counter[str]] = {}
        self._scratch = Path(tempfile.mkdtemp(prefix="mutation-"))
        self.baseline: base.Baseline | None = None
        self.modules: list[str] = []  # what the tests import that is not ours

    def pytest_collection(self) -> None:
        """Set the examples after tests/conftest.py and before any test is made."""
        _steady_examples()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Measure, then try everything, instead of running the tests."""
        if session.testsfailed:
            return True

        def own_folder(name: str) -> None:
            folder = self._scratch / name
            folder.mkdir(exist_ok=True)
            session.config._tmp_path_factory._basetemp = folder

        gc.collect()
        gc.freeze()  # children share what is here
        self.modules = [name for name in sys.modules if not name.startswith(("traction", "tests", "_"))]
        for mutant in self._mutants:
            live_function(mutant)  # LookupError now rather than in a child
        self.baseline = base.measure(session.items, str(ROOT), self._measured, self._jobs, own_folder)
        if not self.baseline.failed:
            self._try_all({item.nodeid: item for item in session.items}, self.baseline, own_folder)
        shutil.rmtree(self._scratch, ignore_errors=True)
        return True

    def _try_all(
        self, items: dict[str, pytest.Item], baseline: base.Baseline, own_folder: Callable[[str], None]
    ) -> None:
        def one(index: int) -> bytes:
            mutant = self._mutants[index]
            tests = self._ordered(mutant, baseline)
            own_folder(f"mutant-{index}")
            swap_function(mutant, ROOT)
            return pickle.dumps(_first_failure(tests, items, baseline, self._most_s))

        for ended in Children(self._jobs, LIMIT_S).run(range(len(self._mutants)), one):
            shutil.rmtree(self._scratch / f"mutant-{ended.index}", ignore_errors=True)
            mutant, killer = self._mutants[ended.index], killer_of(ended)
            self._kills.setdefault(mutant.file, Counter()).update([killer])
            self._found(mutant, killer, ended.cpu_s)

    def _ordered(self, mutant: Mutant, baseline: base.Baseline) -> list[str]:
        """Return the tests that run the changed line: first those that found other mutants of this file."""
        kills = self._kills.get(mutant.file, Counter())
        tests = baseline.covering(mutant.file, mutant.lines)
        return sorted(tests, key=lambda test: -kills[test] / (0.01 + baseline.seconds[test]))


class _Chosen:
    """A pytest plugin: runs the chosen tests in the given order, up to the first failure."""

    def __init__(self, names: Sequence[str], baseline: base.Baseline) -> None:
        self._names = names
        self._baseline = baseline
        self.killer = ""

    def pytest_collection(self) -> None:
        """Set the examples as for the other mutants."""
        _steady_examples()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run them instead of all that were collected; one that is not there any more counts as failed."""
        items = {item.nodeid: item for item in session.items}
        self.killer = next((name for name in self._names if name not in items), "")
        self.killer = self.killer or _first_failure(self._names, items, self._baseline)
        return True


def try_imports(
    mutants: list[Mutant],
    baseline: base.Baseline,
    modules: list[str],
    jobs: int,
    found: Found,
    kills: dict[str, Counter[str]],
) -> None:
    """Try the mutants of what runs at import: each in a child that imports everything of ours anew.

    ``kills`` says of each file how many of its mutants each test has found so far; that goes on here.
    """
    assert "traction" not in sys.modules, "the children would see the modules as they are"
    for name in modules:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()
    telling: Counter[str] = Counter()  # how many mutants of any file each file of tests has found here

    def one(index: int) -> bytes:
        mutant = mutants[index]
        limit_cpu(20.0)
        try:
            import_mutated(mutant, ROOT)
        except Exception as error:
            return pickle.dumps(f"(import: {type(error).__name__})")
        killer = ""
        with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
            for path, names in _by_file(mutant, baseline, kills.get(mutant.file, Counter()), telling):
                chosen = _Chosen(names, baseline)
                limit_cpu(20.0)
                status = pytest.main([*OPTIONS, f"--basetemp={folder}/tmp", path], plugins=[chosen])
                killer = chosen.killer or ("" if status in (0, 5) else f"{path} (status {int(status)})")
                if killer:
                    break
        return pickle.dumps(killer)

    for ended in Children(jobs, LIMIT_S).run(range(len(mutants)), one):
        mutant, killer = mutants[ended.index], killer_of(ended)
        kills.setdefault(mutant.file, Counter()).update([killer])
        telling[killer.split("::")[0]] += 1
        found(mutant, killer, ended.cpu_s)


def _by_file(
    mutant: Mutant, baseline: base.Baseline, kills: Counter[str], telling: Counter[str]
) -> list[tuple[str, list[str]]]:
    """Return the tests that may tell, by file: of those files that run the module or one that imports it.

    All tests of such a file, because to read a table takes no line of the module that holds it.
    """
    files_ = [mutant.file, *_importers(mutant.file)]
    paths = {name.split("::")[0] for file in files_ for name in baseline.touching(file)}
    by_file: dict[str, list[str]] = {path: [] for path in paths}
    for name in sorted(baseline.names, key=lambda name: (-kills[name], baseline.seconds[name])):
        by_file.get(name.split("::")[0], []).append(name)
    direct = Counter(name.split("::")[0] for name in baseline.touching(mutant.file))
    killed = {path: sum(kills[name] for name in names) + telling[path] for path, names in by_file.items()}
    cost = {path: 0.5 + sum(baseline.seconds[name] for name in names) for path, names in by_file.items()}
    order = sorted(paths, key=lambda path: (-killed[path] / cost[path], -direct[path] / cost[path], path))
    return [(path, by_file[path]) for path in order]


def _importers(file: str) -> list[str]:
    name = Path(file).stem
    return [
        other
        for other in files()
        if any("import" in line and name in line for line in (ROOT / other).read_text("utf-8").splitlines())
    ]


def try_functions(
    mutants: list[Mutant], tests: Sequence[str], jobs: int, found: Found, most_s: float
) -> tuple[base.Baseline | None, list[str]]:
    """Measure these tests, then try these mutants; no baseline where none can be.

    ``most_s`` is the processor time after which a mutant counts as alive. Returns the names of the modules
    that the tests import besides.
    """
    plugin = Functions(mutants, files(), jobs, found, most_s)
    left_out = [f"--deselect={name}" for name in LEFT_OUT]
    if pytest.main([*OPTIONS, *left_out, *tests], plugins=[plugin]) == pytest.ExitCode.INTERNAL_ERROR:
        raise RuntimeError("not every mutant was tried")
    return plugin.baseline, plugin.modules
