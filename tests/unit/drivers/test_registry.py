"""From a URL to a guarded driver; plug-ins join by an entry point, break nothing and replace nothing."""

import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from traction.clock import VirtualClock, WallClock
from traction.drivers import registry
from traction.drivers.base import TableSetup
from traction.drivers.guarded import GuardedDriver
from traction.drivers.registry import BUILT_IN, PluginWarning, open_driver, origins
from traction.errors import RefusedError, TableError, UsageError
from traction.tables import find_table

Install = Callable[..., None]

GOOD = """
from traction.drivers.scripted import ScriptedDriver
seen = []
def make(url, clock, setup):
    url.reject_unknown({"colour"})
    seen.append((url, clock, setup))
    return ScriptedDriver(clock=clock)
def broken(url, clock, setup):
    raise ZeroDivisionError("oh")
def nothing(url, clock, setup):
    return None
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a distribution with entry points, and modules beside it, for one test."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def add(package: str, entries: dict[str, str], modules: dict[str, str] | None = None) -> None:
        info = tmp_path / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = "\n".join(f"{name} = {value}" for name, value in entries.items())
        (info / "entry_points.txt").write_text(f"[{registry.GROUP}]\n{lines}\n")
        for name, text in (modules or {}).items():
            (tmp_path / f"{name}.py").write_text(text)
            monkeypatch.delitem(sys.modules, name, raising=False)

    return add


def make(url: str) -> GuardedDriver:
    return open_driver(url, clock=VirtualClock(), setup=TableSetup())


def test_the_simulated_table_is_built_in_and_guarded() -> None:
    assert type(make("sim:")) is GuardedDriver
    assert origins()["sim"].package == "traction"


@pytest.mark.parametrize("url", ["serial:/dev/x", "tcp://[::1]:5000", "socket://a:1", "rfc2217://a:1"])
def test_a_real_table_takes_the_wall_clock_only(url: str) -> None:
    with pytest.raises(RefusedError, match="E349"):
        make(url)
    assert type(open_driver(url, clock=WallClock(), setup=TableSetup())) is GuardedDriver


@pytest.mark.parametrize("url", ["usb:1234", "tcpip://127.0.0.1:5000", "nothing:"])
def test_a_kind_of_table_without_a_driver_is_a_clear_error(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        make(url)
    assert caught.value.code == "E121"
    scheme = url.partition(":")[0]
    assert f"no driver for {scheme}: is installed" in str(caught.value)
    assert "one of rfc2217:, serial:, sim:, socket:, tcp:" in str(caught.value)


def test_a_near_miss_is_guessed() -> None:
    with pytest.raises(UsageError, match=r"did you mean sim\?"):
        make("simm:")


def test_a_url_that_is_none_is_refused_before_anything_is_looked_up() -> None:
    with pytest.raises(UsageError, match="E120"):
        make("bench-1")


def test_a_plug_in_gets_url_clock_and_setup_and_is_guarded(install: Install) -> None:
    install("good-table", {"good": "good_plugin:make"}, {"good_plugin": GOOD})
    clock, setup = VirtualClock(), TableSetup(region="cervical", mass_kg=70.0, seed=3)
    guard = open_driver("good:place?colour=red", clock=clock, setup=setup)
    assert type(guard) is GuardedDriver
    url, got_clock, got_setup = sys.modules["good_plugin"].seen[0]
    assert (url.path, url.option("colour")) == ("place", "red")
    assert got_clock is clock
    assert got_setup is setup
    assert origins()["good"].package == "good-table"
    with pytest.raises(UsageError, match="E122"):
        make("good:?size=3")


def test_a_plug_in_is_not_imported_until_it_is_asked_for(install: Install) -> None:
    install("lazy-table", {"lazy": "lazy_plugin:make"}, {"lazy_plugin": "raise SystemExit('imported')"})
    assert "lazy" in origins()
    make("sim:")
    assert "lazy_plugin" not in sys.modules


@pytest.mark.parametrize(
    "text",
    [
        "raise ZeroDivisionError('oh')",
        "import there_is_no_such_module",
        "raise SystemExit(3)",
        "raise KeyboardInterrupt",
        "raise GeneratorExit",
        "raise BaseException('\\ud800\\x00' * 10**5)",
        "class Odd(BaseException):\n    def __str__(self): raise SystemExit\nraise Odd",
        "def (:",
        "other = 1",
    ],
)
def test_a_plug_in_that_cannot_be_loaded_says_so_when_asked_for(install: Install, text: str) -> None:
    install("bad-table", {"bad": "bad_plugin:make"}, {"bad_plugin": text})
    with pytest.raises(UsageError) as caught:
        make("bad:")
    assert caught.value.code == "E125"
    assert "bad_plugin:make" in str(caught.value)
    assert len(str(caught.value)) < 3000
    assert str(caught.value).isprintable()
    assert type(make("sim:")) is GuardedDriver


def test_a_plug_in_that_fails_to_start_is_a_table_error(install: Install) -> None:
    install("bad-table", {"bad": "start_plugin:broken"}, {"start_plugin": GOOD})
    with pytest.raises(TableError, match=r"E507.*ZeroDivisionError: oh"):
        make("bad:")


@pytest.mark.parametrize(
    "raised",
    [
        "SystemExit(0)",
        "KeyboardInterrupt",
        "GeneratorExit",
        "BaseException('\\ud800' * 10**5)",
        "TableError()",
        "UsageError()",
        "TableError(Problem('E1', ''))",
        "type('Odd', (Exception,), {'__str__': lambda self: exit(3)})()",
    ],
)
def test_whatever_a_factory_throws_is_a_table_fault(install: Install, raised: str) -> None:
    text = (
        "from traction.errors import Problem, TableError, UsageError\n"
        f"def make(url, clock, setup):\n    raise {raised}\n"
    )
    install("bad-table", {"bad": "throwing_plugin:make"}, {"throwing_plugin": text})
    with pytest.raises(TableError) as caught:
        make("bad:")
    assert caught.value.code == "E507"
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 3000


def test_what_a_factory_refuses_in_words_is_said_as_it_is(install: Install) -> None:
    text = (
        "from traction.errors import Problem, TableError\n"
        "def make(url, clock, setup):\n    raise TableError(Problem('ACME1', 'no table at that port'))\n"
    )
    install("bad-table", {"bad": "wordy_plugin:make"}, {"wordy_plugin": text})
    with pytest.raises(TableError, match="ACME1 no table at that port"):
        make("bad:")


@pytest.mark.parametrize("url", [None, b"sim:", 7, "sim:\0", "good:%00", "good:\ud800", "good:?colour=%00"])
def test_what_is_no_url_gets_a_code_and_reaches_no_plug_in(install: Install, url: Any) -> None:
    install("good-table", {"good": "unreached_plugin:make"}, {"unreached_plugin": GOOD})
    with pytest.raises(UsageError) as caught:
        make(url)
    assert caught.value.code == "E120"
    assert "unreached_plugin" not in sys.modules


@pytest.mark.parametrize(
    "table", [None, b"sim", 7, Path("sim"), "sim\0", "a\0.toml", "\ud800", "\udcff.toml", "sim:\0"]
)
def test_what_is_no_name_of_a_table_gets_a_code(table: Any) -> None:
    with pytest.raises(UsageError) as caught:
        find_table(table)
    assert caught.value.code == "E192"
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("metadata", ["", "Name:\n", "\0"])
def test_a_distribution_without_a_name_takes_nothing_along(
    install: Install, tmp_path: Path, metadata: str
) -> None:
    install("odd-table", {"odd": "json:dumps"})
    (tmp_path / "odd-table-1.0.dist-info" / "METADATA").write_text(metadata)
    install("half-table", {"half": "json"})
    with pytest.warns(PluginWarning, match="half-table: 'json' is not module:function"):
        assert "sim" in origins()


def test_a_plug_in_that_makes_nothing_dies_at_its_first_verb(install: Install) -> None:
    install("bad-table", {"bad": "none_plugin:nothing"}, {"none_plugin": GOOD})
    guard = make("bad:")
    with pytest.raises(TableError, match="E507"):
        guard.open()


def test_a_plug_in_cannot_take_a_built_in_scheme(install: Install) -> None:
    install("greedy-table", {"sim": "greedy_plugin:make"}, {"greedy_plugin": GOOD})
    with pytest.warns(PluginWarning, match="greedy-table: the scheme is built in"):
        assert origins()["sim"].package == "traction"
    make("sim:")
    assert "greedy_plugin" not in sys.modules


def test_the_second_plug_in_for_a_scheme_is_left_out(install: Install) -> None:
    install("first-table", {"twice": "a_plugin:make"}, {"a_plugin": GOOD})
    install("second-table", {"twice": "b_plugin:make"}, {"b_plugin": GOOD})
    with pytest.warns(PluginWarning, match="second-table: the scheme is taken by first-table"):
        assert origins()["twice"].package == "first-table"


@pytest.mark.parametrize(
    ("scheme", "target", "reason"),
    [
        ("gone", "there_is_no_such_module:make", "no module"),
        ("half", "json", "not module:function"),
        ("half", "json:", "not module:function"),
        ("nul", "js\0on:make", "there is no module"),
        ("Loud", "json:dumps", "not a URL scheme"),
    ],
)
def test_a_plug_in_that_is_plainly_broken_warns_and_is_left_out(
    install: Install, scheme: str, target: str, reason: str
) -> None:
    install("odd-table", {scheme: target, "good": "fine_plugin:make"}, {"fine_plugin": GOOD})
    with pytest.warns(PluginWarning, match=reason):
        assert set(origins()) == {*BUILT_IN, "good"}
    with pytest.warns(PluginWarning, match=reason):
        assert type(make("good:")) is GuardedDriver
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make("sim:")


def test_a_damaged_installation_does_not_take_the_built_ins_along(monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(group: str) -> None:
        raise OSError("metadata unreadable")

    monkeypatch.setattr(registry, "entry_points", damaged)
    with pytest.warns(PluginWarning, match="cannot be listed"):
        assert set(origins()) == {*BUILT_IN}
    assert type(make("sim:")) is GuardedDriver


def test_the_registry_itself_loads_no_driver() -> None:
    code = (
        "import sys, traction.drivers.registry;"
        "print([name for name in sys.modules if name.startswith(('traction.sim', 'numpy', 'numba'))])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
