"""Run spinal-traction protocols on a simulated table or a bench controller, under proved limits.

The names below are the whole public Python interface; each is imported on first use, so that ``import traction``
stays quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from traction.api import (
        Patient,
        Plan,
        RunResult,
        compile,  # noqa: A004  the DESIGN's public verb
        load,
        plan,
        read_record,
        run,
        verify,
    )
    from traction.errors import (
        ProtocolError,
        RecordError,
        RefusedError,
        TableError,
        TractionError,
        UsageError,
    )

_API = ("Patient", "Plan", "RunResult", "compile", "load", "plan", "read_record", "run", "verify")
_ERRORS = ("ProtocolError", "RecordError", "RefusedError", "TableError", "TractionError", "UsageError")
__all__ = [
    "Patient",
    "Plan",
    "ProtocolError",
    "RecordError",
    "RefusedError",
    "RunResult",
    "TableError",
    "TractionError",
    "UsageError",
    "__version__",
    "compile",
    "load",
    "plan",
    "read_record",
    "run",
    "verify",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use."""
    if name in _API:
        from traction import api

        return getattr(api, name)
    if name in _ERRORS:
        from traction import errors

        return getattr(errors, name)
    raise AttributeError(f"module 'traction' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
