"""Sensors that the simulated table has only where they are asked for: weight of the patient, muscle activity.

Loads none of the physics by itself: a URL is judged where nothing runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from traction.sim.plant import Plant

WEIGHT, EMG = "weight", "emg"
SENSORS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"none": (), WEIGHT: (WEIGHT,), EMG: (EMG,), f"{WEIGHT},{EMG}": (WEIGHT, EMG)}
)
"""What a URL may ask for -> the sensors it means, in the order of their channels."""

CHANNELS: Final[Mapping[str, str]] = MappingProxyType({WEIGHT: "weight_mn", EMG: "muscle_activity_ppm"})
"""Sensor -> the channel it adds; activity in millionths of the most that is done at will."""

STANDARD_GRAVITY_M_PER_S2: Final = 9.80665


class Sensed(NamedTuple):
    """The channels that the sensors add, and what reads them; None where there is no sensor."""

    channels: tuple[str, ...]
    read: Callable[[], tuple[int, ...]] | None


NOTHING: Final = Sensed((), None)


def make_sensed(plant: Plant, sensors: tuple[str, ...], weighs_kg: float | None) -> Sensed:
    """Return these sensors; a scale reads ``weighs_kg``, or the mass of the patient where that is None."""
    from traction.sim.layout import ACTIVITY

    mass_kg = plant.patient.mass_kg if weighs_kg is None else weighs_kg
    weight_mn = round(mass_kg * STANDARD_GRAVITY_M_PER_S2 * 1000)

    def read() -> tuple[int, ...]:
        activity = round(1e4 * float(plant.buffer[ACTIVITY]))
        return tuple(weight_mn if one == WEIGHT else activity for one in sensors)

    return Sensed(tuple(CHANNELS[one] for one in sensors), read) if sensors else NOTHING
