"""The limits a host loads: checked against the controller's own caps, refused when looser, never clipped."""

from traction.controller.config import ControllerConfig
from traction.wire import codes

# Order of the values, the same everywhere a set of limits is a plain tuple.
MAX_FORCE = 0
MAX_RATE_UP = 1
MAX_RATE_DOWN = 2
MAX_HOLD = 3
HOLD_BAND = 4
MAX_SESSION = 5
MAX_TRAVEL = 6
RELEASE_RATE = 7
FAST_RELEASE_RATE = 8
MAX_RELEASE = 9
SLACK_FORCE = 10
COUNT = 11

NONE_LOADED = (0,) * COUNT


def own_caps(config: ControllerConfig) -> tuple[int, ...]:
    """Return the controller's own caps in the order above (mN, mN/s, ms, um)."""
    return (
        config.max_force_mn,
        config.max_rate_up_mn_per_s,
        config.max_rate_down_mn_per_s,
        config.max_hold_ms,
        config.min_hold_band_mn,
        config.max_session_ms,
        config.max_travel_um,
        config.max_release_rate_mn_per_s,
        config.max_fast_release_rate_mn_per_s,
        config.max_release_ms,
        config.max_slack_force_mn,
    )


def looser(values: tuple[int, ...], ceiling: tuple[int, ...]) -> bool:
    """Say whether any value allows more than ``ceiling`` does.

    A narrower hold band restarts the hold timer sooner, so for the band *less* is looser.
    """
    for index in range(COUNT):
        if index == HOLD_BAND:
            if values[index] < ceiling[index]:
                return True
        elif values[index] > ceiling[index]:
            return True
    return False


def check(values: tuple[int, ...], caps: tuple[int, ...], loaded_before: tuple[int, ...] | None) -> int:
    """Return RESULT_OK when ``values`` may be loaded, else why not.

    ``loaded_before`` is the tightest set of this session: within one session limits only tighten.
    """
    if type(values) is not tuple or len(values) != COUNT:
        return codes.RESULT_BAD_VALUE
    for value in values:
        if type(value) is not int:
            return codes.RESULT_BAD_VALUE
    for value in values:
        if value <= 0:
            return codes.RESULT_LIMIT_MISSING
    if looser(values, caps):
        return codes.RESULT_LIMIT_ABOVE_CAP
    if loaded_before is not None and looser(values, loaded_before):
        return codes.RESULT_LIMIT_LOOSENED
    return _check_release(values)


def _check_release(values: tuple[int, ...]) -> int:
    if values[FAST_RELEASE_RATE] < values[RELEASE_RATE]:
        return codes.RESULT_RELEASE_TOO_SLOW
    if values[MAX_FORCE] * 1000 > values[RELEASE_RATE] * values[MAX_RELEASE]:
        return codes.RESULT_RELEASE_TOO_SLOW
    if values[SLACK_FORCE] >= values[MAX_FORCE]:
        return codes.RESULT_BAD_VALUE
    return codes.RESULT_OK
