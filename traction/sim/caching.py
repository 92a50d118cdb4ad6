"""Compiled code kept between processes, and made again when any file it was made from has changed.

numba's cache watches only the file of the cached function. It also looks at the values a function closes
over: so an entry point that closes over ``fingerprint`` of the other files is compiled anew when one changes.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from importlib import resources
from typing import TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., object])


def fingerprint(*modules: str) -> int:
    """Return a number that changes with the source text of these modules of ``traction.sim``."""
    digest = sha256()
    folder = resources.files("traction.sim")
    for module in modules:
        digest.update(folder.joinpath(f"{module}.py").read_bytes())
    return int.from_bytes(digest.digest()[:6], "big")


def cached(function: F) -> F:
    """Compile ``function`` on first use and keep the result on disk, or in memory where none can be written.

    ``error_model="numpy"`` leaves out the test for zero before every division; no divisor here can be zero.
    """
    try:
        return cast("F", njit(cache=True, error_model="numpy")(function))
    except RuntimeError:  # numba found no writable place for its cache
        return cast("F", njit(error_model="numpy")(function))
