"""How tests run everywhere: a slow or busy machine is no finding, and a job in the background is no other."""

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, settings

# Both measure the machine by its clock, not the code: where several jobs share two cores they fail at random.
settings.register_profile("traction", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# `--hypothesis-profile=prove` tries far more of everything that does not say how much it tries
settings.register_profile("prove", settings.get_profile("traction"), max_examples=2000)
settings.load_profile("traction")

# A shell starts what runs behind "&" with Ctrl-C ignored, and every program under test would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Let each worker rewrite the asserts of its share of the files, and read what the others wrote.

    All of them collect all files at once, and rewriting takes more than half of that. pytest keeps what it
    has rewritten beside other bytecode; this fills that cache, by pytest's own functions where it has them.
    """
    given: dict[str, Any] = getattr(session.config, "workerinput", {})
    if not given or sys.dont_write_bytecode:
        return
    try:
        from _pytest.assertion import rewrite

        state = session.config.stash[rewrite.assertstate_key]
        read, rewritten, write = rewrite._read_pyc, rewrite._rewrite_test, rewrite._write_pyc
        folder, tail = rewrite.get_cache_dir, rewrite.PYC_TAIL
    except (ImportError, AttributeError, KeyError):  # a later pytest, or asserts are left plain
        return
    files = sorted(Path(__file__).parent.rglob("test_*.py"))
    for file in files[int(given["workerid"].removeprefix("gw")) :: given["workercount"]]:
        kept = folder(file) / f"{file.stem}{tail}"
        if read(file, kept) is None and rewrite.try_makedirs(kept.parent):
            stat, code = rewritten(file, session.config)
            write(state, code, stat, kept)


class SetAside:
    """Keeps what collecting leaves, half a million objects, out of the full collections of the tests.

    A session in real time asks for one when it begins, a fifth of a second each with all of them, and takes
    back at its end what it had set aside: so they are set aside again. At the end all is looked at.
    """

    def __init__(self) -> None:
        self.full = -1

    def pytest_runtest_setup(self) -> None:
        if self.full != (now := gc.get_stats()[-1]["collections"]):
            gc.collect(1)  # what the test before has left goes now
            gc.freeze()
            self.full = now

    def pytest_sessionfinish(self) -> None:
        gc.unfreeze()


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(SetAside())


AFTER_REAL_TIME = 10
"""The niceness of everything that does not run against the wall clock."""


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let sessions in real time go before the other workers: those can wait, and a session cannot.

    All of them stand in one group, the largest, so that a worker begins with them and turns nice afterwards.
    """
    groups = [mark.args[0] for mark in item.iter_markers("xdist_group") if mark.args]
    if "PYTEST_XDIST_WORKER" in os.environ and "realtime" not in groups and hasattr(os, "nice"):
        os.nice(max(AFTER_REAL_TIME - os.nice(0), 0))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse to run where workers forget the groups: sessions in real time would disturb each other."""
    if getattr(config.option, "loadgroup", False):
        forgotten = [one for one in items if one.get_closest_marker("xdist_group") and "@" not in one.nodeid]
        if forgotten:
            raise pytest.UsageError(f"pytest-xdist forgot {len(forgotten)} groups: see pyproject.toml")


@pytest.fixture(autouse=True, scope="session")
def _no_real_bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what a bench keeps of its tables out of the home of whoever runs the tests; for processes, too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRACTION_BENCH_DIR", str(tmp_path_factory.mktemp("bench")))
        yield


class Done(NamedTuple):
    """What a command left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str


Shell = Callable[..., Done]


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Run a command line in this process, in an empty folder, without a terminal."""
    from traction.cli import errors

    monkeypatch.chdir(tmp_path)
    for name in ("COLUMNS", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str | Path) -> Done:
        code = errors.run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Done(code, out, err)

    return run


PULL = """
format = 1
name = "{name}"
title = "A short pull"
region = "lumbar"
[source]
citation = "Written for the tests."
evidence = "engineering"
confirmed = true
caution = "Only for the simulator."
assumed = ["everything"]
[session]
count = "always"
hold_by = "force"
[rates]
up = "25 N/s"
down = "60 N/s"
[take_up]
force = "20 N"
timeout = "60 s"
[[phase]]
name = "main"
{phase}
[end]
rate = "40 N/s"
residual = "0 N"
"""
TWO = {"high": "160 N", "hold": "3 s", "rest": "2 s"}
PULLS = 'type = "intermittent"\nhigh = "{high}"\nlow = "30 N"\nhold = "{hold}"\nrest = "{rest}"\nrepeat = 2'


@pytest.fixture(scope="session")
def pull_text() -> Callable[..., str]:
    """Return what gives the text of a protocol with one phase: two short pulls, or what ``phase`` says."""

    def text(name: str = "short", phase: str = "", **pulls: str) -> str:
        return PULL.format(name=name, phase=phase or PULLS.format(**{**TWO, **pulls}))

    return text
