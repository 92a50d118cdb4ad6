"""A hazard and what each layer has against it, as the file of hazards states them."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

HELD: Final = "held"
PARTLY: Final = "partly"
MISSING: Final = "missing"
ASKED: Final = "asked"
"""Of whoever builds a table: nothing in this project can be it or show it."""

STATUSES: Final = (HELD, PARTLY, MISSING, ASKED)

CONTROLLER: Final = "controller"
HOST: Final = "host"
MECHANICS: Final = "mechanics"
LAYERS: Final = (CONTROLLER, HOST, MECHANICS)

REACTIONS: Final = MappingProxyType(
    {
        "refuse": "nothing starts",
        "drop": "what came is not acted on",
        "warn": "it is said and recorded",
        "unload only": "motion only in the direction that lowers the force",
        "release": "controlled unload at the release rate, then power off; latched",
        "fast release": "the same at the fast rate; latched",
        "power off": "power off and the power-less release open; latched",
    }
)
"""Every reaction by its name, from the mildest to the most severe."""

MOMENTS: Final = ("at the start", "at once", "never too late")
"""Where a time would say nothing: before anything moves; before it is acted on; it must not happen at all."""


@dataclass(frozen=True, slots=True)
class Control:
    """What one layer has against a hazard: what it does, how far it is there, its code and its tests."""

    layer: str
    does: str
    status: str
    lacks: str
    code: tuple[str, ...]
    tests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hazard:
    """One hazard: what happens, how it is seen, what follows and within which time.

    ``severity`` is 1 (data lost) to 4 (injury that stays); ``within`` is a time or one of ``MOMENTS``;
    ``alone`` are the layers of which each must hold it with the others off; ``faults`` are names of the
    closed list; ``checks`` are fault numbers of the controller and codes of the host that stand for it;
    ``unproved`` says which evidence is still lacking though the controls are there.
    """

    name: str
    title: str
    happens: str
    severity: int
    signal: str
    reaction: tuple[str, ...]
    within: str
    alone: tuple[str, ...]
    faults: tuple[str, ...]
    checks: tuple[int | str, ...]
    unproved: str
    controls: tuple[Control, ...]

    @property
    def status(self) -> str:
        """Return HELD, PARTLY or MISSING, by the layers that are software, and by what is unproved.

        What is asked of the builder of a table counts neither way: no test of this project can see it.
        """
        states = {control.status for control in self.controls} - {ASKED}
        if states == {MISSING}:
            return MISSING
        return HELD if states == {HELD} and not self.unproved else PARTLY


@dataclass(frozen=True, slots=True)
class Hazards:
    """The whole file: the hazards in order, and which checks stand for none of them and why."""

    hazards: tuple[Hazard, ...]
    no_hazard: tuple[tuple[str, str], ...]
