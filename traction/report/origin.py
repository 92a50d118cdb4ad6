"""Where a figure of the patient comes from, the simulator or a real table; said wherever it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SAID: Final[Mapping[bool | None, str]] = MappingProxyType(
    {
        True: " (simulated)",
        False: " (as the table reports it)",
        None: " (of unknown origin)",
    }
)
"""Behind the name of a quantity, by whether the table was a simulated one; None where nobody knows."""

SENTENCE: Final[Mapping[bool | None, str]] = MappingProxyType(
    {
        True: "Pressure in the disc of the simulated patient: a model, and no measurement.",
        False: "Pressure in the disc as the table itself reports it; nothing here tells how it was measured.",
        None: "Pressure in the disc; the record does not say whether the table was a simulated one.",
    }
)
"""Below a picture of the pressure in the disc."""
