"""From a table URL to a guarded driver. Plug-ins join through an entry point and replace nothing.

A plug-in is a distribution with an entry point in the group ``traction.drivers``: its name is the URL scheme,
its value ``module:function``, called as ``function(url, clock, setup)`` to return a driver. Nothing is
imported until its scheme is asked for.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from types import MappingProxyType
from typing import Final, cast

from traction.clock import Clock
from traction.drivers.base import Driver, TableSetup
from traction.drivers.guarded import GuardedDriver
from traction.drivers.url import SCHEME, TableUrl, guess, parse_url
from traction.errors import Problem, TableError, TractionError, UsageError

GROUP: Final = "traction.drivers"
BUILT_IN: Final[Mapping[str, str]] = MappingProxyType({"sim": "traction.sim.table:open_sim"})

Factory = Callable[[TableUrl, Clock, TableSetup], Driver]


class PluginWarning(UserWarning):
    """A driver plug-in is broken or claims what it may not, and is left out."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the driver of a scheme comes from; ``package`` is the distribution's name."""

    scheme: str
    target: str
    package: str


def origins() -> dict[str, Origin]:
    """Return every usable scheme and where it comes from; warns PluginWarning for each plug-in left out."""
    found = {scheme: Origin(scheme, target, "traction") for scheme, target in BUILT_IN.items()}
    for entry in _entries():
        package = entry.dist.name if entry.dist is not None else "an unknown package"
        reason = _reason_against(entry, found)
        if reason:
            warnings.warn(
                f"driver plug-in {entry.name!r} of {package}: {reason}", PluginWarning, stacklevel=2
            )
        else:
            found[entry.name] = Origin(entry.name, entry.value, package)
    return found


def open_driver(url: str, *, clock: Clock, setup: TableSetup) -> GuardedDriver:
    """Return the guarded driver for ``url``, not opened yet.

    Raises UsageError E120-E125 for a URL, option or scheme that is not known or a plug-in that cannot be
    loaded, TableError E507 for one that fails to start.
    """
    parsed = parse_url(url)
    target = BUILT_IN.get(parsed.scheme)
    if target is None:
        known = origins()
        if parsed.scheme not in known:
            names = ", ".join(f"{name}:" for name in sorted(known))
            raise UsageError(
                Problem(
                    "E121",
                    f"no driver for {parsed.scheme}: is installed",
                    f"one of {names}{guess(parsed.scheme, known)}",
                )
            )
        target = known[parsed.scheme].target
    return GuardedDriver(_make(_load(parsed.scheme, target), parsed, clock, setup), clock)


def _entries() -> list[EntryPoint]:
    try:
        return sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value))
    except Exception as error:  # a damaged installation of somebody else must not take the built-ins along
        warnings.warn(f"the installed plug-ins cannot be listed: {error}", PluginWarning, stacklevel=3)
        return []


def _reason_against(entry: EntryPoint, found: Mapping[str, Origin]) -> str:
    if entry.name in BUILT_IN:
        return "the scheme is built in and stays so"
    if entry.name in found:
        return f"the scheme is taken by {found[entry.name].package}"
    if not SCHEME.fullmatch(entry.name):
        return "that is not a URL scheme"
    module, _, function = entry.value.partition(":")
    if not module or not function.isidentifier():
        return f"{entry.value!r} is not module:function"
    try:
        spec = find_spec(module.partition(".")[0])  # the top package only: nothing of it is run
    except (ImportError, ValueError):
        spec = None
    return "" if spec is not None else f"there is no module {module!r}"


def _load(scheme: str, target: str) -> Factory:
    module, _, function = target.partition(":")
    try:
        return cast(Factory, getattr(import_module(module), function))
    except (Exception, SystemExit) as error:
        what = f"the driver for {scheme}: ({target}) cannot be loaded: {type(error).__name__}: {error}"
        raise UsageError(Problem("E125", what)) from error


def _make(factory: Factory, url: TableUrl, clock: Clock, setup: TableSetup) -> Driver:
    try:
        return factory(url, clock, setup)
    except TractionError:
        raise
    except Exception as error:
        what = f"the driver for {url.scheme}: failed to start: {type(error).__name__}: {error}"
        raise TableError(Problem("E507", what)) from error
