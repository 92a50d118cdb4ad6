"""The search through all orders of frames, stops and restarts: nothing as it is, and every weaker one."""

import sys

import pytest

from traction.campaign.explore import SMALL, Explored, World, explore
from traction.campaign.explore_all import Exploration, explore_all, tasks
from traction.campaign.explore_ends import DEAD_END
from traction.campaign.explore_parts import MODULES, PACKAGE, load_parts
from traction.campaign.explore_search import STALE_RESET, STALE_SETPOINT, STALE_START
from traction.campaign.explore_variants import AS_IT_IS, VARIANTS, Variant
from traction.errors import UsageError

TINY = World("one host, one restart", (2, 0), 2)

# What each weaker controller breaks, and in how many steps at the least.
BREAKS = {
    "no-token": (STALE_START, 9),
    "token-only": (STALE_START, 9),
    "no-start-number": (STALE_START, 10),
    "boots-repeat": (STALE_START, 12),
    "stop-leaves-armed": (STALE_START, 8),
    "input-leaves-armed": (STALE_START, 9),
    "armed-for-ever": (STALE_START, 8),
    "hello-clears": ("a latched fault is cleared only by its reset, with its cause gone for a second", 8),
    "reset-too-soon": ("a latched fault is cleared only by its reset, with its cause gone for a second", 8),
    "limits-loosen": ("within a session limits only get tighter", 4),
    "limits-unchecked": ("nothing is armed before its limits were read back and committed", 4),
    "no-lease": ("a run ends with its lease", 10),
    "no-echo": (STALE_SETPOINT, 11),
    "half-boot": (STALE_START, 12),
    "any-reset": (STALE_RESET, 16),
    "nothing-opens": ("a drive that is switched off under load has its power-less release open", 12),
    "endless-release": ("every release ends within seven seconds, in a jam too", 8),
    "no-way-back": (DEAD_END, 1),
}


@pytest.fixture(scope="module")
def as_it_is() -> Explored:
    return explore(TINY)


def test_the_controller_as_it_is_keeps_every_promise(as_it_is: Explored) -> None:
    assert as_it_is.broken == ()
    assert as_it_is.states > 15_000
    assert as_it_is.depth > 20
    assert as_it_is.controller_states > 2_000


def test_every_variant_has_its_promise() -> None:
    assert set(BREAKS) == set(VARIANTS)


@pytest.mark.parametrize("name", VARIANTS)
def test_every_weaker_controller_is_found_out(name: str) -> None:
    promise, steps = BREAKS[name]
    found = explore(World("a few frames", (1, 0), 1) if name == "no-way-back" else SMALL, VARIANTS[name])
    assert [one.promise for one in found.broken][:1] == [promise]
    assert len(found.broken[0].steps) == steps
    if promise == STALE_START:
        assert found.broken[0].steps[-1].startswith("GO ")
        assert found.broken[0].steps[-1].endswith("-> RUN")


def test_the_way_says_who_did_what_and_what_came_of_it() -> None:
    way = explore(SMALL, VARIANTS["stop-leaves-armed"]).broken[0].steps
    assert way[0] == "host A sends ARM"
    assert way[1] == "HELLO of host A arrives -> IDENTIFIED"
    assert way[4] == "ARM of host A arrives -> ARMED"
    assert "stop" in way[6]


def test_a_variant_that_does_not_fit_any_more_is_refused() -> None:
    stale = Variant("stale", "changes what is not there", (("core", "self.no_such_thing", "pass"),))
    with pytest.raises(UsageError, match="E198"):
        explore(TINY, stale)


def test_a_variant_leaves_the_controller_itself_alone() -> None:
    before = {name: sys.modules[PACKAGE + name] for name in MODULES}
    parts = load_parts(VARIANTS["token-only"].patches)
    assert {name: sys.modules[PACKAGE + name] for name in MODULES} == before
    shipped = load_parts()
    assert parts.controller is not shipped.controller
    assert shipped.controller is before["core"].Controller
    assert shipped.link is before["link"].Link


def test_a_world_that_is_too_large_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 1000 states"):
        explore(TINY, limit=1000)


def test_all_of_it_is_two_worlds_and_every_variant() -> None:
    assert [name for _, name in tasks()] == [AS_IT_IS.name, AS_IT_IS.name, *VARIANTS]


def test_it_passes_only_when_nothing_is_broken_and_every_weaker_one_is() -> None:
    caught = explore_all(["limits-unchecked"])
    assert caught.passed
    held = explore(World("nothing", (0, 0), 1))
    assert Exploration((held, *caught.searches)).passed
    missed = explore(World("nothing", (0, 0), 1), VARIANTS["token-only"])
    assert not Exploration((*caught.searches, missed)).passed


def test_ctrl_c_leaves_the_searches_that_are_done_and_passes_nothing() -> None:
    def press(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    found = explore_all(["limits-unchecked", "limits-unchecked"], 1, press)
    assert (len(found.searches), found.missing) == (1, 1)
    assert (found.broken, found.passed) == (False, False)
