"""Read a whole number in a force expression: what a force may be taken times.

    factor = whole | "session" | "cycle" | "(" sum ")" | ("min" | "max") "(" sum "," sum { "," sum } ")"
    sum    = term { ("+" | "-") term }
    term   = factor { "*" factor | "//" whole }

Every expression has a value in every session and cycle: what is divided by is a whole number from 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from traction.errors import UsageError
from traction.protocol.number import MAX_WHOLE, Number

MAX_DEPTH: Final = 4
_NAMES: Final[dict[str, Literal["session", "cycle"]]] = {"session": "session", "cycle": "cycle"}


@dataclass(frozen=True, slots=True)
class Token:
    """One word of an expression and where it stands, from 0."""

    kind: Literal["number", "word", "mark", "end"]
    text: str
    offset: int


class NumberReader:
    """Walk the tokens of a force from ``first`` on; ``wrong`` makes the error for a token."""

    def __init__(
        self, tokens: Sequence[Token], first: int, wrong: Callable[[str, str, Token], UsageError]
    ) -> None:
        self.tokens = tokens
        self.next = first
        self.wrong = wrong

    def factor(self, depth: int) -> Number:
        """Return the factor that comes next. Raises UsageError E115, E113."""
        token = self.tokens[self.next]
        self.next += 1
        if token.kind == "number":
            return self._whole(token)
        if token.text in _NAMES:
            return Number(_NAMES[token.text], token.text)
        if token.text not in ("(", "min", "max"):
            shown = repr(token.text) if token.text else "nothing"
            raise self.wrong("E115", f"{shown} where a whole number, session or cycle belongs", token)
        if depth >= MAX_DEPTH:
            raise self.wrong("E115", f"brackets inside {MAX_DEPTH} others", token)
        if token.text == "(":
            inner = self._sum(depth + 1)
            self._take(")")
            return replace(inner, text=f"({inner.text})")
        return self._pick("min" if token.text == "min" else "max", depth, token)

    def _pick(self, which: Literal["min", "max"], depth: int, token: Token) -> Number:
        self._take("(")
        parts = [self._sum(depth + 1)]
        while self.tokens[self.next].text == ",":
            self.next += 1
            parts.append(self._sum(depth + 1))
        self._take(")")
        if len(parts) == 1:
            raise self.wrong("E115", f"{which} of one number", token)
        return Number(which, f"{which}({', '.join(part.text for part in parts)})", parts=tuple(parts))

    def _sum(self, depth: int) -> Number:
        total = self._term(depth)
        while (sign := self.tokens[self.next].text) in ("+", "-"):
            self.next += 1
            term = self._term(depth)
            which: Literal["sum", "difference"] = "sum" if sign == "+" else "difference"
            total = Number(which, f"{total.text} {sign} {term.text}", parts=(total, term))
        return total

    def _term(self, depth: int) -> Number:
        value = self.factor(depth)
        while (sign := self.tokens[self.next].text) in ("*", "//"):
            self.next += 1
            if sign == "*":
                other = self.factor(depth)
                value = Number("product", f"{value.text} * {other.text}", parts=(value, other))
                continue
            divisor = self._divisor()
            value = Number("quotient", f"{value.text} // {divisor}", divisor, (value,))
        return value

    def _divisor(self) -> int:
        token = self.tokens[self.next]
        self.next += 1
        number = self._whole(token) if token.kind == "number" else None
        if number is None or number.value == 0:
            raise self.wrong("E115", f"a division by {token.text or 'nothing'}", token)
        return number.value

    def _whole(self, token: Token) -> Number:
        if not token.text.isdecimal():
            raise self.wrong("E115", f"{token.text!r}, which is no whole number", token)
        if len(token.text) > len(str(MAX_WHOLE)) or int(token.text) > MAX_WHOLE:
            raise self.wrong("E113", f"{token.text!r} is out of range (at most {MAX_WHOLE})", token)
        return Number("whole", str(int(token.text)), int(token.text))

    def _take(self, mark: str) -> None:
        token = self.tokens[self.next]
        if token.text != mark:
            found = f"{token.text!r} where {mark!r} belongs" if token.text else f"no {mark!r}"
            raise self.wrong("E115", found, token)
        self.next += 1
