"""All checks in their order, and what becomes of one that breaks or is cut short."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from traction.bench import check_force, check_limits, check_link, check_stops
from traction.bench.result import Figure, Result, Verdict, judged
from traction.bench.sessions import LATE
from traction.errors import RefusedError, TractionError

if TYPE_CHECKING:
    from traction.bench.context import Bench

Check = Callable[["Bench"], Result]

QUESTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "cord-slack": "Did the cord hang slack after each stop?",
        "warning": "Did the table give a sign (a sound or a light) when a start was refused?",
        "condition": "Are cord, harness, connectors and frame free of wear and firmly fastened?",
        "hardware-stop": "With the computer unplugged, does the emergency stop still take the power away?",
        "release-without-power": "With the power off under a small force, can the force be let go by hand?",
    }
)
"""What only a person can see; each is a check of its own."""


def calibration(bench: Bench) -> Result:
    """Look at the stored calibration of the load cells: is there one, and are its misses within limits."""
    name, title = "calibration", "Load cells against known weights"
    known = bench.calibration
    if known is None:
        if bench.identity.simulated:
            said = "none is stored, and simulated cells need none"
            return Result(name, title, Verdict.NOT_APPLICABLE, said=said)
        return Result(name, title, Verdict.NOT_JUDGED, said="none is stored: traction bench span")
    figures = []
    for cell, fit in zip("AB", known.fits, strict=True):
        figures += [
            Figure(f"cell {cell}, slope", fit.gain, "", 0.95, 1.05),
            Figure(f"cell {cell}, zero", fit.offset_n, "N", -bench.limits.slack_n, bench.limits.slack_n),
            Figure(f"cell {cell}, largest residual", fit.residual_n, "N", high=known.limit_n),
            Figure(f"cell {cell}, largest hysteresis", fit.hysteresis_n, "N", high=known.limit_n),
        ]
    return judged(name, title, figures, said=f"of {known.date[:10]}, by {known.operator or 'nobody named'}")


def _seen(name: str, bench: Bench) -> Result:
    answer = bench.person.asked(name, QUESTIONS[name])
    if answer is None:
        return Result(name, QUESTIONS[name], Verdict.NOT_JUDGED, said="nobody has answered")
    verdict = Verdict.PASS if answer else Verdict.FAIL
    return Result(name, QUESTIONS[name], verdict, said=f"answered: {'yes' if answer else 'no'}")


CHECKS: Final[Mapping[str, Check]] = MappingProxyType(
    {
        "promises": check_limits.promises,
        "calibration": calibration,
        "interlock": check_stops.interlock,
        "end-switches": check_stops.end_switches,
        "lease": check_limits.lease,
        "stale-set-point": check_limits.stale_set_point,
        "hold-limit": check_limits.hold_limit,
        "session-limit": check_limits.session_limit,
        "travel-limit": check_limits.travel_limit,
        "overload": check_limits.overload,
        "patient-stop": partial(check_stops.stop_check, stop="patient-stop"),
        "emergency-stop": partial(check_stops.stop_check, stop="emergency-stop"),
        "host-stop": check_stops.host_stop,
        "tolerance": check_force.tolerance,
        "timing": check_force.timing,
        "slack-and-creep": check_force.slack_and_creep,
        "burn-in": check_force.burn_in,
        "round-trip": check_link.round_trips,
        "damaged-frames": check_link.bad_frames,
        **{name: partial(_seen, name) for name in QUESTIONS},
    }
)
"""Name -> check, gentle ones first: a table that does not let go by itself never comes to the hard ones."""

NEEDED: Final = ("promises", "interlock", "lease", "stale-set-point", "hold-limit", "session-limit")
"""Where one of these fails, or is cut short, nothing that pulls harder is tried."""
BREAKS: Final = MappingProxyType({Verdict.FAIL: "failed", Verdict.MISSING: "is missing"})
"""How a needed check ended that stands in the way of harder ones, in words."""

GENTLE: Final = frozenset(
    ("promises", "calibration", "interlock", "end-switches", "lease", *NEEDED, *QUESTIONS, "travel-limit")
)


def run_checks(
    bench: Bench, told: Callable[[Result], None], begins: Callable[[str], None] = lambda _name: None
) -> tuple[tuple[Result, ...], bool]:
    """Run all checks; return their results, and whether somebody has cut them short.

    ``begins`` hears the name of each check that begins, ``told`` of each result. Whatever a check raises of
    its own becomes a failure of that check; after Ctrl-C, with the force down, all that are left are missing.
    """
    results: list[Result] = []
    cut = False
    broken = ""
    for name, check in CHECKS.items():
        if cut:
            results.append(Result(name, _title(name), Verdict.MISSING, said="the checks ended before it"))
            continue
        if broken and name not in GENTLE and name not in ("damaged-frames",):
            said = f"not tried, because {broken}"
            result = Result(name, _title(name), Verdict.MISSING, said=said)
        else:
            try:
                begins(name)
                result = check(bench)
            except KeyboardInterrupt:
                cut = True
                result = Result(name, _title(name), Verdict.MISSING, said="cut short; the force is down")
            except RefusedError as error:
                result = Result(name, _title(name), Verdict.FAIL, said=f"refused: {error.problems[0]}")
            except TractionError as error:
                verdict = Verdict.MISSING if error.code in LATE else Verdict.FAIL
                result = Result(name, _title(name), verdict, said=str(error.problems[0]))
        if result.verdict in BREAKS and name in NEEDED:
            broken = broken or f"{name} {BREAKS[result.verdict]}"
        results.append(result)
        try:
            told(result)
        except KeyboardInterrupt:  # between two checks: what was found until then still counts
            cut = True
    return tuple(results), cut


def _title(name: str) -> str:
    return QUESTIONS.get(name, name.replace("-", " ").capitalize())
