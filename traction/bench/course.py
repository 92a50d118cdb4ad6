"""The protocols of the checks, written as protocol files are: they are compiled and proved like any other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

HEAD = """\
format = 1
name = "{name}"
title = "{title}"
region = "{region}"
[source]
citation = "Acceptance check of this program, pulled on a test load."
evidence = "engineering"
confirmed = true
caution = "For a bench without a person on it."
assumed = ["Every figure: they exercise a table."]
[session]
count = "always"
hold_by = "force"
[rates]
up = "{up:g} N/s"
down = "{down:g} N/s"
[take_up]
force = "{take_up:g} N"
timeout = "120 s"
"""

END = """\
[end]
rate = "{down:g} N/s"
residual = "0 N"
"""


@dataclass(frozen=True, slots=True)
class Rates:
    """How fast the checks pull and let go, in N/s, and the force in N at which the slack counts as taken up.

    They stay below what region and table allow, so that a check judges a table and not a limit.
    """

    region: str
    up_n_per_s: float
    down_n_per_s: float
    take_up_n: float


def rates_for(region: str, max_up_n_per_s: float, max_down_n_per_s: float) -> Rates:
    """Return four fifths of the limits, and a gentle take-up."""
    take_up_n = 20.0 if region == "lumbar" else 12.0
    return Rates(region, 0.8 * max_up_n_per_s, 0.8 * max_down_n_per_s, take_up_n)


def steps(name: str, title: str, rates: Rates, levels_n: Iterable[float], hold_s: float) -> str:
    """Return a protocol that goes from level to level and holds each for ``hold_s``."""
    phases = [
        f'[[phase]]\nname = "{level:g} N"\ntype = "static"\nforce = "{level:g} N"\nhold = "{hold_s:g} s"\n'
        for level in levels_n
    ]
    return _whole(name, title, rates, "".join(phases))


def cycles(
    name: str, title: str, rates: Rates, high_n: float, low_n: float, hold_s: float, rest_s: float, count: int
) -> str:
    """Return a protocol of ``count`` cycles between two levels."""
    phase = (
        f'[[phase]]\nname = "cycles"\ntype = "intermittent"\nhigh = "{high_n:g} N"\nlow = "{low_n:g} N"\n'
        f'hold = "{hold_s:g} s"\nrest = "{rest_s:g} s"\nrepeat = {count}\n'
    )
    return _whole(name, title, rates, phase)


def _whole(name: str, title: str, rates: Rates, phases: str) -> str:
    known = {
        "name": name,
        "title": title,
        "region": rates.region,
        "up": rates.up_n_per_s,
        "down": rates.down_n_per_s,
        "take_up": rates.take_up_n,
    }
    return HEAD.format(**known) + phases + END.format(**known)
