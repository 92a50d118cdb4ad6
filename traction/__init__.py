"""Run spinal-traction protocols on a simulated table or a bench controller, under proved limits.

The names below are the whole public Python interface; each is imported on first use, so that
``import traction`` stays quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from traction.api import (
        Proof,
        Record,
        RunResult,
        compile,  # noqa: A004  the verb of the language
        load,
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

_API = ("Proof", "Record", "RunResult", "compile", "load", "read_record", "run", "verify")
_ERRORS = ("ProtocolError", "RecordError", "RefusedError", "TableError", "TractionError", "UsageError")
__all__ = [  # noqa: RUF022  sorted by what it is: the verbs, what they return, the errors
    "__version__",
    "compile",
    "load",
    "read_record",
    "run",
    "verify",
    "Proof",
    "Record",
    "RunResult",
    "ProtocolError",
    "RecordError",
    "RefusedError",
    "TableError",
    "TractionError",
    "UsageError",
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
