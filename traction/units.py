"""Quantities as people write them ("90 lbf", "30 s", "50 N/s") into numbers in the project's own units.

One closed table per kind of quantity. A number is converted in decimal arithmetic and rounded once, so two
spellings of one value ("90 lbf", "400.339945373445 N") give the same float to the last bit. Nothing is
guessed: a bare number, an unknown unit, a comma or a look-alike character is an error that lists what may
be written.
"""

from __future__ import annotations

import difflib
import math
import re
import reprlib
from collections.abc import Mapping
from decimal import Context, Decimal, DivisionByZero, InvalidOperation
from types import MappingProxyType
from typing import Final, Literal

from traction.errors import Problem, UsageError

Kind = Literal[
    "force",
    "force_rate",
    "time",
    "mass",
    "length",
    "frequency",
    "fraction",
    "angle",
    "speed",
    "impulse",
    "pressure",
    "stiffness",
]

# Exact by definition: BIPM SI Brochure (standard gravity), NIST SP 811 appendix B (pound-force), and the
# conventional millimetre of mercury (13.5951 g/cm3 under standard gravity).
_LBF: Final = Decimal("4.4482216152605")
_KGF: Final = Decimal("9.80665")
_MMHG: Final = Decimal("0.133322387415")
_LB: Final = Decimal("0.45359237")
_ONE: Final = Decimal(1)

N_PER_LBF: Final = float(_LBF)
KPA_PER_MMHG: Final = float(_MMHG)
STANDARD_GRAVITY: Final = float(_KGF)
"""m/s2; a body weight in newtons is mass in kg times this."""

DECIMAL: Final = Context(prec=60, traps=[InvalidOperation, DivisionByZero])
"""The arithmetic used for conversion, wide enough that only the last step to float rounds.

What overflows becomes infinite, and ``to_float`` refuses it.
"""


def _table(**units: Decimal) -> Mapping[str, Decimal]:
    return MappingProxyType(units)


UNITS: Final[Mapping[Kind, Mapping[str, Decimal]]] = MappingProxyType(
    {
        "force": _table(N=_ONE, kN=Decimal(1000), lbf=_LBF, kgf=_KGF),
        "force_rate": MappingProxyType({"N/s": _ONE, "lbf/s": _LBF, "kgf/s": _KGF}),
        "time": _table(s=_ONE, ms=Decimal("0.001"), min=Decimal(60), h=Decimal(3600)),
        "mass": _table(kg=_ONE, lb=_LB),
        "length": _table(mm=_ONE, cm=Decimal(10), m=Decimal(1000)),
        "frequency": _table(Hz=_ONE),
        "fraction": MappingProxyType({"%": Decimal("0.01")}),
        "angle": _table(deg=_ONE),
        "speed": MappingProxyType({"mm/s": _ONE, "cm/s": Decimal(10)}),
        "impulse": MappingProxyType({"N s": _ONE, "kN s": Decimal(1000), "lbf s": _LBF}),
        "pressure": _table(kPa=_ONE, Pa=Decimal("0.001"), mmHg=_MMHG),
        "stiffness": MappingProxyType({"N/mm": _ONE, "kN/m": _ONE}),
    }
)
"""Kind -> unit -> factor to N, N/s, s, kg, mm, Hz, 1 (for %), deg, mm/s, N s, kPa, N/mm."""

EXAMPLES: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        "force": "400 N",
        "force_rate": "50 N/s",
        "time": "30 s",
        "mass": "80 kg",
        "length": "120 mm",
        "frequency": "1 Hz",
        "fraction": "50 %",
        "angle": "15 deg",
        "speed": "5 mm/s",
        "impulse": "900 kN s",
        "pressure": "100 mmHg",
        "stiffness": "10 N/mm",
    }
)

NUMBER: Final = r"[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,6})?"
_QUANTITY: Final = re.compile(rf"({NUMBER}) *(.*)", re.DOTALL)
_MAX_LENGTH: Final = 60
_MANY_DIGITS: Final = 10**18  # Python refuses to write out whole numbers of thousands of digits
_COMMA: Final = "write a point before decimals, nothing between thousands"
# What people write for the unit they mean; never converted, only named in the error.
_HINTS: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("force", "lb"): "lb is a mass; write lbf for a force",
        ("force", "lbs"): "lb is a mass; write lbf for a force",
        ("force", "kg"): "kg is a mass; write kgf for a force",
        ("force_rate", "lb/s"): "lb is a mass; write lbf/s",
        ("force_rate", "kg/s"): "kg is a mass; write kgf/s",
        ("force_rate", "N"): "a rate is a force per second; write N/s",
        ("mass", "lbf"): "lbf is a force; write lb for a mass",
        ("mass", "kgf"): "kgf is a force; write kg for a mass",
        ("mass", "lbs"): "did you mean lb?",
        ("time", "sec"): "did you mean s?",
        ("time", "second"): "did you mean s?",
        ("time", "seconds"): "did you mean s?",
        ("time", "minute"): "did you mean min?",
        ("time", "minutes"): "did you mean min?",
        ("time", "hour"): "did you mean h?",
        ("time", "hours"): "did you mean h?",
        ("time", "m"): "m is a length; write min for minutes",
    }
)


def allowed(kind: Kind) -> str:
    """Return the units of ``kind`` as a list for people, such as ``"kg, lb"``."""
    return ", ".join(UNITS[kind])


def pattern(kind: Kind) -> str:
    """Return an anchored regular expression (ECMA and Python) for a quantity of ``kind``."""
    units = "|".join(re.escape(unit).replace("\\ ", " ") for unit in UNITS[kind])
    return rf"^ *{NUMBER} *(?:{units}) *$"


def parse(text: object, kind: Kind, *, what: str = "") -> float:
    """Return the quantity in ``text`` in the unit of its kind.

    That is N, N/s, s, kg, mm, Hz, deg, mm/s, N s, kPa, N/mm; a percentage becomes a fraction of one. ``what``
    names the place in the error. Raises UsageError: E110 no unit, E111 unknown unit, E112 not a number with a
    unit, E113 not finite or too small to tell from zero, E114 negative.
    """
    return to_float(parse_decimal(text, kind, what=what), what=what, written=str(text))


def parse_decimal(text: object, kind: Kind, *, what: str = "") -> Decimal:
    """Return what ``parse`` returns, before the rounding to a float; raises the same errors save E113."""
    if not isinstance(text, str):
        raise _bad("E110", f"{shown(text)} without a unit", kind, what)
    written = text.strip(" ")
    if len(written) > _MAX_LENGTH:
        raise _bad("E112", f"{len(written)} characters", kind, what)
    match = _QUANTITY.fullmatch(written)
    if match is None:
        raise _not_a_number(written, kind, what)
    number, unit = match.groups()
    factor = UNITS[kind].get(unit)
    if factor is None:
        raise _bad_unit(written, unit, kind, what)
    return DECIMAL.multiply(Decimal(number), factor)


def shown(value: object) -> str:
    """Return a value for an error message; a whole number of many digits by their count, roughly."""
    if isinstance(value, int) and abs(value) >= _MANY_DIGITS:
        return f"a whole number of about {value.bit_length() * 3 // 10 + 1} digits"
    return reprlib.repr(value)


def to_float(value: Decimal, *, what: str = "", written: str = "") -> float:
    """Round ``value`` to a float; UsageError E113 where it overflows or a non-zero value underflows."""
    result = float(value)
    if not math.isfinite(result) or (result == 0.0 and value != 0):
        spelled = written or str(value)
        raise UsageError(
            Problem("E113", f"{spelled!r} is out of range", "a finite number", field=what or None)
        )
    return result


def _bad(code: str, found: str, kind: Kind, what: str, hint: str = "") -> UsageError:
    expected = f'a {kind.replace("_", " ")} such as "{EXAMPLES[kind]}" (units: {allowed(kind)})'
    return UsageError(Problem(code, f"{found} ({hint})" if hint else found, expected, field=what or None))


def _not_a_number(written: str, kind: Kind, what: str) -> UsageError:
    if not written:
        return _bad("E112", "nothing, where a quantity belongs", kind, what)
    strange = next((c for c in written if not " " <= c <= "~"), None)
    lower = written.lower().lstrip("+-")
    if written.startswith("-") and "0" <= lower[:1] <= "9":
        return _bad("E114", f"the negative quantity {written!r}", kind, what)
    if lower.startswith(("nan", "inf")):
        return _bad("E113", f"{written!r} is not a finite number", kind, what)
    if strange is not None:
        return _bad("E112", f"the character U+{ord(strange):04X} in {written!a}", kind, what)
    return _bad("E112", f"{written!r}", kind, what)


def _bad_unit(written: str, unit: str, kind: Kind, what: str) -> UsageError:
    if not unit:
        return _bad("E110", f"{written!r} without a unit", kind, what)
    strange = next((c for c in unit if not " " <= c <= "~"), None)
    if strange is not None:
        return _bad("E112", f"the character U+{ord(strange):04X} in {written!a}", kind, what)
    if unit.startswith(","):
        return _bad("E112", f"{written!r}", kind, what, _COMMA)
    if not unit[0].isalpha() and unit[0] != "%":
        return _bad("E112", f"{written!r}", kind, what)
    return _bad("E111", f"the unit {unit!r} in {written!r}", kind, what, unit_hint(unit, kind))


def unit_hint(unit: str, kind: Kind) -> str:
    """Return what the writer of an unknown ``unit`` may have meant, or an empty string."""
    known = _HINTS.get((kind, unit))
    if known:
        return known
    for other, units in UNITS.items():
        if unit in units:
            return f"{unit} is a unit of {other.replace('_', ' ')}"
    folded = {name.lower(): name for name in UNITS[kind]}
    near = difflib.get_close_matches(unit.lower(), folded, n=1)
    return f"did you mean {folded[near[0]]}?" if near else ""


def _to_unit(value: float, kind: Kind, unit: str) -> float:
    """Return ``value`` (in the unit of its kind) in ``unit``; UsageError E111 for an unknown unit."""
    factor = UNITS[kind].get(unit)
    if factor is None:
        raise _bad_unit(unit, unit, kind, "")
    return value / float(factor)


def format_quantity(value: float, kind: Kind, unit: str, *, digits: int = 1) -> str:
    """Return ``value`` (in the unit of its kind) as text in ``unit``, with at most ``digits`` decimals."""
    number = f"{_to_unit(value, kind, unit):.{digits}f}"
    if "." in number:
        number = number.rstrip("0").rstrip(".")
    return f"{'0' if number == '-0' else number} {unit}"


def format_force(force_n: float, unit: str = "N", *, digits: int = 1) -> str:
    """Return a force given in newtons as text such as ``"90 lbf"``; UsageError E111 for an unknown unit."""
    return format_quantity(force_n, "force", unit, digits=digits)


def format_time(duration_s: float) -> str:
    """Return a duration given in seconds as text such as ``"12.5 s"``, ``"30 min"`` or ``"1 min 30 s"``."""
    if not math.isfinite(duration_s) or round(duration_s, 1) < 60:
        return format_quantity(duration_s, "time", "s")
    minutes, seconds = divmod(round(duration_s, 1), 60)
    rest = format_quantity(seconds, "time", "s")
    return f"{minutes:.0f} min" if rest == "0 s" else f"{minutes:.0f} min {rest}"
