"""Table URLs, such as ``sim:?seed=7&drive=self-locking`` or ``serial:/dev/ttyACM0?baud=115200``.

``scheme ':' ['//'] path ['?' name '=' value ('&' name '=' value)*]``. Strict: what is not understood is
refused, never ignored, because an option that silently does nothing is a setting somebody relies on.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import unquote

from traction.drivers.foreign import shown
from traction.errors import Problem, UsageError

SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
WHOLE = re.compile(r"-?[0-9]{1,18}")
NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
LONGEST = 2000
EXAMPLE = 'a URL such as "sim:" or "sim:?seed=7"'


@dataclass(frozen=True, slots=True)
class TableUrl:
    """A parsed table URL; every option is text until a driver asks for it by kind."""

    text: str
    scheme: str
    path: str
    options: tuple[tuple[str, str], ...]

    def option(self, name: str) -> str | None:
        """Return the text of option ``name``, or None when the URL does not give it."""
        return dict(self.options).get(name)

    def option_int(self, name: str, default: int, *, low: int | None = None, high: int | None = None) -> int:
        """Return option ``name`` as a whole number within ``low`` .. ``high``; raises UsageError E124."""
        text = self.option(name)
        if text is None:
            return default
        value = int(text) if WHOLE.fullmatch(text) else None
        if value is None or (low is not None and value < low) or (high is not None and value > high):
            span = "" if low is None and high is None else f" from {low} to {high}"
            raise self._bad(name, text, f"a whole number{span}")
        return value

    def option_float(self, name: str, default: float | None, *, low: float, high: float) -> float | None:
        """Return option ``name`` as a finite number within ``low`` .. ``high``; raises UsageError E124."""
        text = self.option(name)
        if text is None:
            return default
        value = float(text) if NUMBER.fullmatch(text) else None
        if value is None or not low <= value <= high:
            raise self._bad(name, text, f"a number from {low:g} to {high:g}")
        return value

    def option_choice(self, name: str, choices: Sequence[str], default: str) -> str:
        """Return option ``name``, one of ``choices``; raises UsageError E124."""
        text = self.option(name)
        if text is None:
            return default
        if text not in choices:
            raise self._bad(name, text, "one of " + ", ".join(choices) + guess(text, choices))
        return text

    def reject_unknown(self, allowed: Collection[str]) -> None:
        """Raise UsageError E122 for every option that is not in ``allowed``."""
        names = sorted(allowed)
        expected = "no options at all" if not names else "only " + ", ".join(names)
        problems = [
            Problem(
                "E122",
                f"{self.scheme}: has no option {name!r}",
                expected + guess(name, names),
                field=name,
            )
            for name, _ in self.options
            if name not in allowed
        ]
        if problems:
            raise UsageError(*problems)

    def reject_path(self) -> None:
        """Raise UsageError E120 when the URL names a place although this driver has none."""
        if self.path:
            raise UsageError(
                Problem(
                    "E120", f"{self.text!r} names a place, {self.path!r}", f"nothing behind {self.scheme}:"
                )
            )

    def _bad(self, name: str, text: str, expected: str) -> UsageError:
        return UsageError(Problem("E124", f"{name} is {text!r}", expected, field=name))


def guess(word: str, known: Collection[str]) -> str:
    """Return `` (did you mean x?)`` when ``word`` is close to a known one, else nothing."""
    near = get_close_matches(word, sorted(known), n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def names_a_file(text: str) -> bool:
    """Say whether what names a table is the path of a file: it ends in .toml, and has no options of a URL.

    ``C:/tables/mine.toml`` is a path, ``tcp://127.0.0.1:5000?facts=mine.toml`` is none.
    """
    return text.endswith(".toml") and not (":" in text.partition("?")[0] and "?" in text)


def parse_url(text: str) -> TableUrl:
    """Split a table URL; raises UsageError E120 (not one), E123 (option given twice) or E124 (no value)."""
    if not isinstance(text, str):
        raise UsageError(
            Problem("E120", f"{shown(text)} is not a table URL, but {type(text).__name__}", EXAMPLE)
        )
    if len(text) > LONGEST:
        raise UsageError(Problem("E120", f"a table URL of {len(text)} characters", f"at most {LONGEST}"))
    scheme, colon, rest = text.partition(":")
    if not colon or not SCHEME.fullmatch(scheme):
        raise UsageError(Problem("E120", f"{text!r} is not a table URL", EXAMPLE))
    if not text.isprintable() or " " in text:
        raise UsageError(Problem("E120", f"{text!r} has a blank or a control character in it", EXAMPLE))
    place, question, query = rest.partition("?")
    if question and not query:
        raise UsageError(
            Problem("E120", f"{text!r} ends in a question mark", "options behind it, or no mark")
        )
    return TableUrl(text, scheme, _decoded(place.removeprefix("//")), _options(query))


def _decoded(text: str) -> str:
    """Return ``text`` without its percent signs; what no file system or port can be asked for is refused."""
    try:
        plain = unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise UsageError(Problem("E120", f"{text!r} is not text once it is decoded", "UTF-8")) from None
    if not plain.isprintable():
        found = f"{text!r} hides a control character"
        raise UsageError(Problem("E120", found, "characters that can be printed"))
    return plain


def _options(query: str) -> tuple[tuple[str, str], ...]:
    options: dict[str, str] = {}
    for part in query.split("&") if query else ():
        name, _, value = part.partition("=")
        if not name or not value:
            raise UsageError(Problem("E124", f"option {part!r} has no name or no value", "name=value"))
        if name in options:
            raise UsageError(Problem("E123", f"option {name!r} is given twice", "it once", field=name))
        options[name] = _decoded(value)
    return tuple(options.items())
