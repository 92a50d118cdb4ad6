"""What may cross the driver interface: exact types and plausible values, and the words for what may not."""

from __future__ import annotations

from dataclasses import astuple, fields

from traction.drivers.base import ControllerLimits, Identity, Telemetry
from traction.errors import Problem, TableError
from traction.wire import codes

LIMIT_NAMES = tuple(field.name for field in fields(ControllerLimits))
IDENTITY_NAMES = tuple(field.name for field in fields(Identity))


def check_identity(identity: object) -> Identity:
    """Return ``identity`` if it is one, with every field of its exact type; raises TableError E504."""
    if type(identity) is not Identity:
        raise TableError(Problem("E504", f"the driver says it is {identity!r}", "an Identity"))
    wanted = {"simulated": bool, "boot_id": int, "tick_ms": int, "channels": tuple}
    good = (
        all(type(getattr(identity, name)) is wanted.get(name, str) for name in IDENTITY_NAMES)
        and all(type(name) is str for name in identity.channels)
        and identity.drive in codes.DRIVE_NAMES
        and identity.region in codes.REGION_NAMES
        and identity.tick_ms > 0
    )
    if not good:
        raise TableError(Problem("E504", f"the driver's identity is not usable: {identity}"))
    return identity


def check_limits(limits: object, before: ControllerLimits | None) -> ControllerLimits:
    """Return ``limits`` if every value is a positive whole number and none is looser than ``before``.

    Raises TableError E502 or E503. For the hold band *less* is looser: it restarts the hold timer sooner.
    """
    if type(limits) is not ControllerLimits:
        raise TableError(Problem("E502", f"limits are {type(limits).__name__}", "ControllerLimits"))
    for name, value in zip(LIMIT_NAMES, astuple(limits), strict=True):
        if type(value) is not int:
            raise TableError(Problem("E502", f"{name} is {value!r}", "a whole number", field=name))
        if value <= 0:
            raise TableError(Problem("E503", f"{name} is {value}", "more than 0: 0 refuses", field=name))
        if before is not None:
            earlier = getattr(before, name)
            if value < earlier if name == "hold_band_mn" else value > earlier:
                raise TableError(
                    Problem("E503", f"{name} was {earlier} and would be {value}", "only tighter", field=name)
                )
    return limits


def check_read_back(sent: ControllerLimits, stored: object) -> None:
    """Compare what was sent with what the controller stored; raises TableError E505 unless equal."""
    if type(stored) is not ControllerLimits:
        raise TableError(Problem("E505", f"limits read back as {stored!r}", "the limits that were sent"))
    wrong = [
        f"{name} {value!r} instead of {wanted}"
        for name, value, wanted in zip(LIMIT_NAMES, astuple(stored), astuple(sent), strict=True)
        if type(value) is not int or value != wanted
    ]
    if wrong:
        raise TableError(Problem("E505", "limits read back different: " + ", ".join(wrong)))


def telemetry_fault(sample: object) -> TableError:
    """Say why ``sample`` is not telemetry (E506); call it only when a check has failed."""
    if type(sample) is not Telemetry:
        return TableError(Problem("E506", f"a sample is {type(sample).__name__}", "Telemetry"))
    for name, value in zip(Telemetry._fields, sample, strict=True):
        if name != "channels" and type(value) is not int:
            return TableError(Problem("E506", f"{name} is {value!r}", "a whole number", field=name))
    return TableError(Problem("E506", f"channels are {sample.channels!r}", "one whole number each"))
