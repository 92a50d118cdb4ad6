"""A new protocol to start from: every part there is, each with a comment, sound as it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class _Figures:
    """Modest figures for one region, to be changed: texts as they stand in a file."""

    up: str
    down: str
    slack: str
    timeout: str
    base: str
    pull: str
    most: str


_FIGURES: Final[Mapping[str, _Figures]] = MappingProxyType(
    {
        "lumbar": _Figures("25 N/s", "50 N/s", "20 N", "60 s", "50 N", "200 N", "250 N"),
        "cervical": _Figures("8 N/s", "15 N/s", "15 N", "90 s", "20 N", "50 N", "60 N"),
    }
)

_HEAD: Final = """\
# {title}. Made by `traction new`: change every line to what your source says, then run `traction check`.
# A quantity needs its unit: "200 N", "45 lbf", "50 %BW" (of the body weight), "30 s", "15 min".

format = 1
name = "{name}"
title = "{title}"
region = "{region}"  # chooses the limits

[source]
citation = "Where the settings come from: author, title, journal, year."
evidence = "none"  # the kind of source, such as randomised-trial, vendor-guidance, teaching-notes
confirmed = false  # true when you have read the settings at the source itself
caution = "What a reader must know first. Not treatment advice."
assumed = [
    "Everything: these figures are from no source.",
]

[session]
count = "always"  # the clock runs through ramps too; on_target: it stands while the force travels
hold_by = "force"  # the pull is kept and the table follows; position: the table stands and the pull sags

[rates]
up = "{up}"  # the steepest rise, never exceeded
down = "{down}"  # the steepest fall

[take_up]
force = "{slack}"  # the slack is taken up gently, to this force, before anything else
timeout = "{timeout}"  # and the session given up when that takes longer
"""

_END: Final = """
[end]
rate = "{up}"  # the way down after the last phase
residual = "0 N"  # what is left for the table to release

[limits]
max_force = "{most}"  # can only be tighter than what region, table and patient allow
"""

_NAMED: Final = """
[[phase]]
name = "{phase}"
type = "{mode}"  # {about}
"""

_ABOUT: Final[Mapping[str, tuple[str, str, str]]] = MappingProxyType(
    {
        "static": (
            "steady pull",
            "goes to a level and stays",
            """\
force = "{pull}"
for = "10 min"  # on the clock; or hold = "10 min", at the level
""",
        ),
        "intermittent": (
            "pulls",
            "cycles between two levels, by the rates",
            """\
high = "{pull}"
low = "{base}"  # or "50 % of high", "high - 10 lbf"
hold = "30 s"  # at the high level
rest = "10 s"  # at the low level
for = "10 min"  # cycles fill this time; or repeat = 15
""",
        ),
        "cyclic": (
            "pulls",
            "cycles whose rise and fall each take a stated time",
            """\
high = "{pull}"
low = "{base}"  # or "50 % of high", "high - 10 lbf"
hold = "30 s"  # at the high level
rest = "10 s"  # at the low level
ramp_up = "10 s"  # of each rise; must not be steeper than the rates
ramp_down = "8 s"  # of each fall
repeat = 10  # or for = "10 min"
""",
        ),
        "progressive": (
            "steps up",
            "equal steps up, each held",
            """\
from = "{base}"  # where the steps are counted from; not held
to = "{pull}"  # the level of the last step
steps = 5
hold = "60 s"  # at each step; low = "50 % of high" and rest = "10 s" would add a rest after each
""",
        ),
        "regressive": (
            "steps down",
            "equal steps down, each held",
            """\
from = "{pull}"  # where the steps are counted from; not held
to = "{base}"  # the level of the last step
steps = 5
hold = "60 s"  # at each step
""",
        ),
        "ramp": (
            "way up",
            "goes to a level and no more; another phase may follow",
            """\
to = "{pull}"  # as fast as the rates allow; over = "20 s" gives the way a time of its own
""",
        ),
    }
)

MODES: Final = tuple(_ABOUT)


def scaffold(name: str, region: str, mode: str) -> str:
    """Return the text of a new protocol called ``name`` for a region and a type of phase.

    Raises KeyError for a region or a mode there are no figures for.
    """
    phase, about, body = _ABOUT[mode]
    figures = _FIGURES[region]
    words = {
        **{key: getattr(figures, key) for key in ("up", "down", "slack", "timeout", "base", "pull", "most")},
        "name": name,
        "title": f"A new {region} protocol, {mode}",
        "region": region,
        "mode": mode,
        "phase": phase,
        "about": about,
    }
    return "".join(part.format(**words) for part in (_HEAD, _NAMED, body, _END))
