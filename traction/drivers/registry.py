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
from traction.drivers.foreign import cleaned, described, failure, is_from_outside, shown
from traction.drivers.guarded import GuardedDriver
from traction.drivers.url import SCHEME, TableUrl, guess, parse_url
from traction.errors import Problem, UsageError

GROUP: Final = "traction.drivers"
BUILT_IN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "sim": "traction.sim.table:open_sim",
        **dict.fromkeys(("serial", "tcp", "socket", "rfc2217"), "traction.drivers.serial:open_wire"),
    }
)

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
        package = _package(entry)
        reason = _reason_against(entry, found)
        if reason:
            what = f"driver plug-in {shown(entry.name)} of {package}: {reason}"
            warnings.warn(what, PluginWarning, stacklevel=2)
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
        what = f"the installed plug-ins cannot be listed: {described(error)}"
        warnings.warn(what, PluginWarning, stacklevel=3)
        return []


def _package(entry: EntryPoint) -> str:
    try:
        name = entry.dist.name if entry.dist is not None else None
    except Exception:  # a distribution without a readable name
        name = None
    return cleaned(name) if isinstance(name, str) and name else "an unknown package"


def _reason_against(entry: EntryPoint, found: Mapping[str, Origin]) -> str:
    if entry.name in BUILT_IN:
        return "the scheme is built in and stays so"
    if entry.name in found:
        return f"the scheme is taken by {found[entry.name].package}"
    if not SCHEME.fullmatch(entry.name):
        return "that is not a URL scheme"
    module, _, function = entry.value.partition(":")
    if not module or not function.isidentifier():
        return f"{shown(entry.value)} is not module:function"
    try:
        spec = find_spec(module.partition(".")[0])  # the top package only: nothing of it is run
    except Exception:  # of a finder that somebody has installed, too
        spec = None
    return "" if spec is not None else f"there is no module {shown(module)}"


def _load(scheme: str, target: str) -> Factory:
    module, _, function = target.partition(":")
    try:
        return cast(Factory, getattr(import_module(module), function))
    except BaseException as error:
        if is_from_outside(error):
            raise
        what = f"the driver for {scheme}: ({cleaned(target)}) cannot be loaded: {described(error)}"
        raise UsageError(Problem("E125", what)) from error


def _make(factory: Factory, url: TableUrl, clock: Clock, setup: TableSetup) -> Driver:
    try:
        return factory(url, clock, setup)
    except BaseException as error:
        told = failure(f"the driver for {url.scheme}: failed to start", error)
        if told is error or is_from_outside(error):
            raise
        raise told from error
