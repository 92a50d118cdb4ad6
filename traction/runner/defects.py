"""What an exception says of itself, as a cause to end: to build that must never fail in its turn."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final, TypeGuard

from traction.drivers.base import REFUSALS, Telemetry
from traction.errors import RefusedError, TractionError
from traction.runner.outcome import Cause, Outcome
from traction.wire import codes

LONGEST: Final = 500
"""Characters of a text of somebody else's: enough to know it by, and never a screen full."""

MOST_TIMES: Final = 20
"""So often what is left to do after the end is begun; a broken handler raises for ever."""


def cause_of(error: BaseException, part: str, t_us: int) -> Cause:
    """Return the cause that ``error`` is, with its own code where it is one of this project's; never raises.

    ``part`` says what was at work. An exception may do anything when it is asked for its text, since a driver
    or a screen may bring classes of its own.
    """
    if is_known(error):
        with suppress(BaseException):
            problem = error.problems[0]
            return Cause(Outcome.FAULTED, _clean(problem.code), _clean(problem.message), t_us)
    code = _code(error) or "E900"
    return Cause(Outcome.FAULTED, code, f"{part}: {describe(error)}{_place(error)}", t_us)


def is_known(error: BaseException) -> TypeGuard[TractionError]:
    """Say whether ``error`` was raised on purpose, with a code; anything else is a defect. Never raises."""
    return _code(error) not in ("", "E910")


def is_refusal(error: BaseException) -> bool:
    """Say whether nothing was begun: refused here, or by a controller that answered and said no."""
    return isinstance(error, RefusedError) or _code(error) in REFUSALS


def never_began(error: BaseException, poll: Callable[[], Telemetry]) -> bool:
    """Say whether a start was refused, and the table shows its drive switched off; never raises."""
    if is_refusal(error):
        with suppress(BaseException):
            return poll().state <= codes.STATE_ARMED
    return False


def not_begun(cause: Cause, error: BaseException) -> Cause:
    """Return ``cause``, as a refusal where ``error`` says that nothing was begun: that is no fault."""
    return replace(cause, outcome=Outcome.REFUSED) if is_refusal(error) else cause


def after_the_end(work: Callable[[], None], note: Callable[[BaseException], None]) -> None:
    """Do what is left to do with the force down, and give ``note`` what it raises; raises nothing itself.

    A Ctrl-C without a handler comes too late to change anything: ``work``, which must allow it, begins again.
    """
    failed: BaseException
    for _ in range(MOST_TIMES):
        try:
            work()
            return
        except KeyboardInterrupt as error:
            failed = error
        except BaseException as error:
            failed = error
            break
    note(failed)


def describe(error: BaseException) -> str:
    """Return what an exception says, or at least its class; never raises."""
    with suppress(BaseException):
        return _clean(repr(error))
    with suppress(BaseException):
        return f"{_clean(type(error).__name__)}, which cannot say more"
    return "an exception that cannot say what it is"


def _code(error: BaseException) -> str:
    if isinstance(error, TractionError):
        with suppress(BaseException):
            return _clean(error.problems[0].code)
    return ""


def _clean(text: object) -> str:
    # a lone half of a character cannot be written to any file
    return str(text)[:LONGEST].encode("utf-8", "backslashreplace").decode()


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    if trace is None:
        return ""
    while trace.tb_next is not None:  # by hand: the usual way reads source files, and there may be force
        trace = trace.tb_next
    return f" ({trace.tb_frame.f_code.co_name}, line {trace.tb_lineno})"
