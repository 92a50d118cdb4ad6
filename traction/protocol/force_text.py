"""Read a force expression into its tree; say exactly where and why a text is not one.

    force = term { ("+" | "-") term }
    term  = what { "*" whole }
    what  = quantity | ("min" | "max") "(" force "," force { "," force } ")"
    low   = force | "high" "-" force | number "% of high" | "residual"

A quantity is a number with N, kN, lbf, kgf or %BW. Only the low level of a phase may be a ``low``. What a
force is taken times is a whole number, the session, the cycle, or an expression of those in brackets: see
``number_text.py``.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final, Literal

from traction import units
from traction.errors import Problem, UsageError
from traction.protocol.force import Force
from traction.protocol.number_text import MAX_DEPTH, NumberReader, Token

MAX_LENGTH: Final = 120

EXPECTED: Final = 'a force such as "400 N", "90 lbf", "50 %BW", "50 %BW + 10 lbf" or "min(50 %BW, 90 lbf)"'
EXPECTED_LOW: Final = (
    'a low level such as "90 N", "50 % of high", "high - 10 lbf", "residual" or any other force'
)

_TOKEN: Final = re.compile(
    rf" *(?:(?P<number>{units.NUMBER})"
    r"|(?P<word>% ?BW(?![A-Za-z])|%|[A-Za-z]+(?:/[A-Za-z]+)*)"
    r"|(?P<mark>//|[-+*(),]))"
)
_SHARES: Final = 'write "%BW" for a share of the body weight, in a low level "% of high"'
_PERCENT: Final = Decimal("0.01")
_FORCE_UNITS: Final = f"{units.allowed('force')}, %BW"


def parse_force(text: str, *, low: bool = False) -> Force:
    """Return the expression in ``text``; ``low`` also admits what only a low level may be.

    Raises UsageError with the column (from 1) in the text: E110 no unit, E111 unknown unit, E112 a stray
    character, E113 out of range, E114 negative, E115 not a force expression.
    """
    if len(text) > MAX_LENGTH:
        raise UsageError(Problem("E115", f"{len(text)} characters", f"at most {MAX_LENGTH}", column=1))
    return _Parser(text, low).whole()


def _joined(terms: list[Force]) -> Force:
    if len(terms) == 1:
        return terms[0]
    return Force("sum", " + ".join(term.text for term in terms), parts=tuple(terms))


class _Parser:
    """Walk the tokens of one text once, left to right."""

    def __init__(self, text: str, low: bool) -> None:
        self.text = text
        self.low = low
        self.expected = EXPECTED_LOW if low else EXPECTED
        self.tokens = self._tokens()
        self.next = 0

    def whole(self) -> Force:
        """Return the expression the whole text is."""
        first = self.tokens[0]
        if self.low and first.text in ("residual", "high"):
            self.next += 1
            force = Force("residual", "residual") if first.text == "residual" else self._below_high()
        else:
            force = self._sum(0)
        rest = self.tokens[self.next]
        if rest.kind != "end":
            raise self._error("E115", f"{rest.text!r} after {force.text!r}", rest)
        return force

    def _below_high(self) -> Force:
        self._take("-")
        what = self._sum(0, minus=False)
        return Force("below high", f"high - {what.text}", parts=(what,))

    def _sum(self, depth: int, *, minus: bool = True) -> Force:
        terms = [self._times(depth)]
        while (sign := self.tokens[self.next]).text in ("+", "-"):
            if sign.text == "-" and not minus:
                raise self._error("E115", "a second minus sign after 'high'", sign)
            self.next += 1
            term = self._times(depth)
            if sign.text == "+":
                terms.append(term)
            else:
                left = _joined(terms)
                terms = [Force("difference", f"{left.text} - {term.text}", parts=(left, term))]
        return _joined(terms)

    def _times(self, depth: int) -> Force:
        """Read a term; what it is taken times are whole numbers, each a factor of its own."""
        force = self._term(depth)
        while self.tokens[self.next].text == "*":
            self.next += 1
            reader = NumberReader(self.tokens, self.next, self._error)
            count = reader.factor(depth)
            self.next = reader.next
            force = Force("times", f"{force.text} * {count.text}", parts=(force,), count=count)
        return force

    def _term(self, depth: int) -> Force:
        token = self.tokens[self.next]
        self.next += 1
        if token.text in ("min", "max"):
            return self._pick("min" if token.text == "min" else "max", depth, token)
        if token.kind == "number":
            return self._quantity(token)
        raise self._no_term(token)

    def _no_term(self, token: Token) -> UsageError:
        """Return why a term cannot begin with ``token``."""
        if token.text == "-":
            return self._error("E114", f"a minus sign in {self.text!r}", token)
        if token.text.lower() in ("nan", "inf", "infinity"):
            return self._error("E113", f"{token.text!r} is not a finite number", token)
        if token.text in ("high", "residual"):
            found = f"{token.text!r}, which only a low level may name, alone or first"
            return self._error("E115", found, token)
        if token.text in ("session", "cycle"):
            found = f"{token.text!r} before a force; write the force first, such as 5 lbf * (session - 1)"
            return self._error("E115", found, token)
        found = f"{token.text!r}" if token.text else f"an end too early in {self.text!r}"
        return self._error("E115", found, token)

    def _pick(self, which: Literal["min", "max"], depth: int, token: Token) -> Force:
        if depth >= MAX_DEPTH:
            raise self._error("E115", f"{which} inside {MAX_DEPTH} others", token)
        self._take("(")
        parts = [self._sum(depth + 1)]
        while self.tokens[self.next].text == ",":
            self.next += 1
            parts.append(self._sum(depth + 1))
        self._take(")")
        if len(parts) == 1:
            raise self._error("E115", f"{which} of one force", token)
        return Force(which, f"{which}({', '.join(part.text for part in parts)})", parts=tuple(parts))

    def _quantity(self, number: Token) -> Force:
        unit = self.tokens[self.next]
        if unit.kind != "word":
            hint = " (write a point before decimals, not a comma)" if unit.text == "," else ""
            raise self._error("E110", f"{number.text!r} without a unit{hint}", number)
        self.next += 1
        if unit.text == "%" and self.low and self._words("of", "high"):
            return self._share("of high", number, "% of high")
        if unit.text in ("%BW", "% BW"):
            return self._share("body weight", number, "%BW")
        if unit.text not in units.UNITS["force"]:
            hint = _SHARES if unit.text == "%" else ""
            hint = hint or units.unit_hint(unit.text, "force")
            found = f"the unit {unit.text!r} in {self.text!r}"
            raise self._error("E111", f"{found} ({hint})" if hint else found, unit)
        spelled = f"{number.text} {unit.text}"
        value = units.parse_decimal(spelled, "force")
        self._check(value, number)
        return Force("newtons", spelled, value)

    def _share(self, of: Literal["of high", "body weight"], number: Token, unit: str) -> Force:
        value = units.DECIMAL.multiply(Decimal(number.text), _PERCENT)
        self._check(value, number)
        return Force(of, f"{number.text} {unit}", value)

    def _check(self, value: Decimal, number: Token) -> None:
        try:
            units.to_float(value)
        except UsageError as error:
            raise self._error("E113", f"{number.text!r} is out of range", number) from error

    def _words(self, *words: str) -> bool:
        ahead = tuple(token.text for token in self.tokens[self.next : self.next + len(words)])
        if ahead != words:
            return False
        self.next += len(words)
        return True

    def _take(self, mark: str) -> None:
        token = self.tokens[self.next]
        if token.text != mark:
            raise self._error(
                "E115", f"{token.text!r} where {mark!r} belongs" if token.text else f"no {mark!r}", token
            )
        self.next += 1

    def _tokens(self) -> list[Token]:
        tokens: list[Token] = []
        end = len(self.text.rstrip(" "))
        at = 0
        while at < end:
            match = _TOKEN.match(self.text, at)
            if match is None:
                while self.text[at] == " ":
                    at += 1
                raise self._stray(Token("mark", self.text[at], at))
            kind: Literal["number", "word", "mark"] = (
                "number" if match["number"] else "word" if match["word"] else "mark"
            )
            tokens.append(Token(kind, match[kind], match.start(kind)))
            at = match.end()
        tokens.append(Token("end", "", end))
        return tokens

    def _stray(self, token: Token) -> UsageError:
        shown = repr(token.text) if " " <= token.text <= "~" else f"the character U+{ord(token.text):04X}"
        return self._error("E112", f"{shown} in {self.text!a}", token)

    def _error(self, code: str, found: str, token: Token) -> UsageError:
        expected = f"a unit: {_FORCE_UNITS}" if code == "E111" else self.expected
        return UsageError(Problem(code, found, expected, column=token.offset + 1))
