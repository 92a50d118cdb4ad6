"""What a ``sim:`` URL may say. Loads none of the physics, so that a URL can be judged where nothing runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from traction import units
from traction.drivers.base import TableSetup
from traction.drivers.url import TableUrl
from traction.errors import Problem, UsageError
from traction.sim import drive as drives
from traction.sim.buttons import NO_BUTTONS, Buttons
from traction.sim.enabling import FOR_EVER_MS, STUCK
from traction.sim.faults import TABLE, Injection, read_faults
from traction.sim.parameter import parameter_tables
from traction.sim.patient import COUCHES, DISCS, MASS_RANGE_KG, NOMINAL_MASS_KG, REGIONS
from traction.sim.sensed import SENSORS, WEIGHT

OPTIONS: Final = (
    "seed",
    "region",
    "mass_kg",
    "couch",
    "disc",
    "slack_mm",
    "drive",
    "hold_to_run",
    "ease_button",
    "sense",
    "weighs_kg",
    "fault",
)
MAX_SEED: Final = 10**18 - 1


@dataclass(frozen=True, slots=True)
class SimOptions:
    """A simulated table and patient as asked for; ``slack_mm`` None is the nominal slack of the region.

    ``buttons`` are the enabling switch and the patient's button, where it has them (``sim.buttons``).
    ``sense`` names the sensors it has beside those of every table (``sim.sensed``), ``weighs_kg`` is what its
    scale reads, None for the patient's own mass.
    ``faults`` are what is to go wrong (``traction.sim.faults``), none unless asked for.
    """

    seed: int
    region: str
    mass_kg: float
    couch: str
    disc: str
    slack_mm: float | None
    drive: str
    buttons: Buttons = NO_BUTTONS
    faults: tuple[Injection, ...] = ()
    sense: tuple[str, ...] = ()
    weighs_kg: float | None = None


def read_options(url: TableUrl, setup: TableSetup) -> SimOptions:
    """Return what ``url`` asks for; the rest comes from ``setup`` (seed, region, mass), then is nominal.

    Nominal: 75 kg, split couch, herniated disc, back-drivable drive, no buttons, and no ``fault``;
    several of those are divided by commas. Raises UsageError (E120, E122, E124) for an option or value
    that is not known, E110 to E114 for a time, and those and E126 and E127 for a fault.
    """
    url.reject_path()
    url.reject_unknown(OPTIONS)
    faults = url.option("fault")
    slack = parameter_tables()["lumbar.base"]["slack_mm"]
    mass_kg = url.option_float("mass_kg", setup.mass_kg, low=MASS_RANGE_KG[0], high=MASS_RANGE_KG[1])
    sense = SENSORS[url.option_choice("sense", tuple(SENSORS), "none")]
    weighs_kg = url.option_float("weighs_kg", None, low=0.0, high=2 * MASS_RANGE_KG[1])
    if weighs_kg is not None and WEIGHT not in sense:
        raise UsageError(
            Problem("E124", "weighs_kg without a scale", "sense=weight beside it", field="weighs_kg")
        )
    return SimOptions(
        seed=url.option_int("seed", setup.seed, low=0, high=MAX_SEED),
        region=url.option_choice("region", REGIONS, setup.region),
        mass_kg=NOMINAL_MASS_KG if mass_kg is None else mass_kg,
        couch=url.option_choice("couch", COUCHES, COUCHES[0]),
        disc=url.option_choice("disc", DISCS, DISCS[0]),
        slack_mm=url.option_float("slack_mm", None, low=slack.low, high=slack.high),
        drive=url.option_choice("drive", drives.DRIVES, drives.BACK_DRIVABLE),
        buttons=Buttons(_button_ms(url, "hold_to_run"), _button_ms(url, "ease_button")),
        weighs_kg=weighs_kg,
        sense=sense,
        faults=() if faults is None else read_faults(faults.split(","), (TABLE,)),
    )


def _button_ms(url: TableUrl, name: str) -> int | None:
    """Return at which time of a run something happens to a button, ms; None where there is none."""
    text = url.option(name)
    known = {None: None, "no": None, "yes": FOR_EVER_MS, "stuck": STUCK}
    return known[text] if text in known else round(units.parse(str(text), "time", what=name) * 1000)
