"""What each fault of the closed list can do to the force, and what still has to hold with it.

The claim is about one fault at a time. What two or more do together is judged, too, by the bound that is left
when each takes away what it takes away; ``Effect`` says what that is, and ``left_of`` adds them up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from traction.sim.drive import SELF_LOCKING
from traction.sim.faults import FAULTS, HOST, LINK, Injection

CELL_A: Final = "cell A"
CELL_B: Final = "cell B"
TRAVEL: Final = "travel"
DRIVE: Final = "drive"
DUMP: Final = "power-less release"
STRAP: Final = "strap"
POWER: Final = "power"
PERSON: Final = "stops"
PARTS: Final = (CELL_A, CELL_B, TRAVEL, DRIVE, DUMP, STRAP, POWER, PERSON)
"""What stands between too much force and a body, each of which a fault can take away."""

CUT: Final = "a drive that keeps its place, and an answer by power off"
"""No part: a fault that takes nothing away, and whose answer is to take the power (``Effect.cuts``). The
force then goes by the release that needs none, and on a drive that keeps its place by nothing else."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What one fault does.

    ``takes`` are the parts that can no longer be relied on. ``seen_ms`` is how long after its onset in RUN
    the controller must have begun to let go, None where it shows only later or not at all (a cell that is
    stuck in a hold, a shorted stop); the times are those of hardware/hazards.toml. ``pulls_ms`` is how long
    the drive may go on pulling against its command, at the speed that belongs to the fault. ``cuts`` says
    that hardware/hazards.toml answers it by power off, though drive, power and sensors are well.
    """

    takes: tuple[str, ...] = ()
    seen_ms: int | None = None
    pulls_ms: int = 0
    cuts: bool = False


LEASE_MS: Final = 250
"""H20 to H22 and H24: a host that is silent is noticed by the controller alone, after one lease."""
CELL_MS: Final = 30
"""H14: three samples of 10 ms."""
STOP_MS: Final = 30
"""H40, H41, H43."""
WATCHDOG_MS: Final = 100
"""H31, H52: a controller that hangs is restarted."""
POWER_MS: Final = 50
"""H33."""

_OF: Final[Mapping[str, Effect]] = MappingProxyType(
    {
        **{
            f"cell-a-{name}": Effect((CELL_A,))
            for name in ("stuck", "drifting", "sagging", "inverted", "saturated")
        },
        **{
            f"cell-b-{name}": Effect((CELL_B,))
            for name in ("stuck", "drifting", "sagging", "inverted", "saturated")
        },
        **{
            f"cells-{name}": Effect((CELL_A, CELL_B))
            for name in ("stuck", "drifting", "sagging", "saturated")
        },
        # both with the wrong sign: the controller pulls until the negative force is seen, by the third sample
        "cells-inverted": Effect((CELL_A, CELL_B)),
        "cell-a-open": Effect((CELL_A,), seen_ms=CELL_MS),
        "cell-b-open": Effect((CELL_B,), seen_ms=CELL_MS),
        "cells-open": Effect((CELL_A, CELL_B), seen_ms=CELL_MS),
        # bad every second time: the bucket of three fills by 2 in two samples, full after nine
        "cell-a-intermittent": Effect((CELL_A,), seen_ms=9 * 10),
        "cell-b-intermittent": Effect((CELL_B,), seen_ms=9 * 10),
        "cells-intermittent": Effect((CELL_A, CELL_B), seen_ms=9 * 10),
        "travel-stuck": Effect((TRAVEL,)),
        "travel-inverted": Effect((TRAVEL,)),
        "travel-open": Effect((TRAVEL,), seen_ms=CELL_MS),
        "harness-slip": Effect((STRAP,)),
        "strap-break": Effect((STRAP,)),
        # 1 mm beside the model of the drive, then power off: 50 ms at 20 mm/s, and the lag of the motor
        "motor-runaway": Effect((DRIVE,), pulls_ms=150),
        "motor-reversed": Effect((DRIVE,), pulls_ms=150),
        "motor-jammed": Effect((DRIVE,)),
        "release-jammed": Effect((DUMP,)),
        "brown-out": Effect((POWER,), seen_ms=POWER_MS),
        "supply-sagging": Effect((), seen_ms=POWER_MS, cuts=True),  # H33
        "controller-reboot": Effect((POWER,), seen_ms=10),
        "controller-hang": Effect((), seen_ms=None, pulls_ms=WATCHDOG_MS + 20),
        **{
            f"{stop}-{name}": Effect((), seen_ms=STOP_MS)
            for stop in ("estop", "patient-stop")
            for name in ("pressed", "broken", "bouncing")
        },
        "estop-b-broken": Effect((), seen_ms=STOP_MS),
        "end-switch-open": Effect((), seen_ms=STOP_MS, cuts=True),  # H18
        **{f"{name}-shorted": Effect((PERSON,)) for name in ("estop", "patient-stop", "estop-a", "estop-b")},
    }
)


def effect_of(name: str) -> Effect:
    """Return what the fault of this name does; those of line and host take nothing from the controller."""
    found = _OF.get(name)
    if found is None and FAULTS[name].side not in (LINK, HOST):
        raise KeyError(name)
    return Effect() if found is None else found


def parts_taken(injections: Iterable[Injection]) -> frozenset[str]:
    """Return every part that the faults of a case take away together."""
    return frozenset(part for one in injections for part in effect_of(one.fault.name).takes)


KNOWN: Final = ("-sagging", "-drifting")
"""How the names of the faults end that say by how much a load cell is wrong; with others it may be any."""


def guessed(injections: Iterable[Injection]) -> frozenset[str]:
    """Return every part that is taken away by a fault that does not say by how much it is wrong."""
    return parts_taken(one for one in injections if not one.fault.name.endswith(KNOWN))


def lost(injections: Iterable[Injection], drive: str) -> frozenset[str]:
    """Return every part that the faults of a case take away, and ``CUT`` where the drive makes that one."""
    cut = drive == SELF_LOCKING and any(effect_of(one.fault.name).cuts for one in injections)
    return parts_taken(injections) | ({CUT} if cut else frozenset())


@dataclass(frozen=True, slots=True)
class Defeat:
    """Parts that, all gone, leave software without a way: why, and what is asked then all the same."""

    parts: frozenset[str]
    why: str
    force: bool  # the force may exceed its cap: only the mechanics' own cut-out is left
    stays: bool  # the force may stay: only a hand is left, and it must be called


DEFEATS: Final = (
    Defeat(
        frozenset({CELL_A, CELL_B}),
        "nothing measures the force, or both cells agree on a wrong one",
        force=True,
        stays=False,
    ),
    Defeat(
        frozenset({DUMP, DRIVE}),
        "the drive does not obey, and the release that needs no power does not open",
        force=False,
        stays=True,
    ),
    Defeat(
        frozenset({DUMP, POWER}),
        "a drive that keeps its place has no power, and the release that needs none does not open",
        force=False,
        stays=True,
    ),
    Defeat(
        frozenset({DUMP, CELL_A}),
        "a cell is not believed, and power off is the answer to what follows",
        False,
        True,
    ),
    Defeat(
        frozenset({DUMP, CELL_B}),
        "a cell is not believed, and power off is the answer to what follows",
        False,
        True,
    ),
    Defeat(
        frozenset({DUMP, TRAVEL}), "the carriage is not believed: power off, and nothing opens", False, True
    ),
    Defeat(frozenset({DUMP, STRAP}), "a force that is lost means power off, and nothing opens", False, True),
    Defeat(
        frozenset({DUMP, CUT}),
        "an end switch or the supply asks for power off, the drive keeps its place, and nothing opens",
        False,
        True,
    ),
)
"""Which faults together defeat all of software. What is asked in every one of them: the drive has no power or
follows a release, the dump is commanded where the force stays, somebody is told, and the record says so."""


def defeats(taken: frozenset[str]) -> tuple[Defeat, ...]:
    """Return every way in which these lost parts leave software without one."""
    return tuple(one for one in DEFEATS if one.parts <= taken)
