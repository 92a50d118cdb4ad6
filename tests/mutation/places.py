"""One source file under mutation: its text, its tree, and where in the text each part of the tree stands."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Mutant(NamedTuple):
    """One small change of one file: these bytes of the source, replaced by those."""

    file: str  # below the root of the project
    function: str  # qualified name of the outermost function, or "" for what runs at import
    kind: str
    start: int
    end: int
    replacement: str
    lines: tuple[int, int]  # first and last line of the statement it is in, without what is indented below
    line: str  # the first line it changes, as it stands and as it becomes
    becomes: str
    nth: int  # of several changes that read alike in one function

    @property
    def key(self) -> tuple[str, str, str, str, int]:
        """Name the mutant whatever the line numbers are."""
        return self.file, self.function, self.line, self.becomes, self.nth

    def source(self, root: Path) -> bytes:
        """Return the whole text of the file with the change made."""
        text = (root / self.file).read_bytes()
        return text[: self.start] + self.replacement.encode() + text[self.end :]


class Token(NamedTuple):
    text: str
    start: int
    end: int


class Source:
    """One file: positions count bytes from its beginning."""

    def __init__(self, root: Path, file: str) -> None:
        self.file = file
        self.text = (root / file).read_bytes()
        self.tree = ast.parse(self.text)
        self._lines = [0]
        for line in self.text.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))
        self._tokens = list(self._tokenized())

    def start(self, node: ast.expr) -> int:
        return self._lines[node.lineno - 1] + node.col_offset

    def end(self, node: ast.expr) -> int:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._lines[node.end_lineno - 1] + node.end_col_offset

    def between(self, start: int, end: int) -> list[Token]:
        """Return the tokens of an operator: what stands between two operands, without parentheses."""
        return [token for token in self._tokens if token.start >= start and token.end <= end]

    def mutant(
        self, function: str, lines: tuple[int, int], kind: str, start: int, end: int, replacement: str
    ) -> Mutant:
        """Return one change with the line it is in, as it stands and as it becomes."""
        lineno = self.text.count(b"\n", 0, start) + 1
        text = self.text[:start] + replacement.encode() + self.text[end:]
        line, becomes = (self._line(lineno, whole) for whole in (self.text, text))
        return Mutant(self.file, function, kind, start, end, replacement, lines, line, becomes, 0)

    def _line(self, lineno: int, text: bytes) -> str:
        return text.split(b"\n", lineno)[lineno - 1].decode().strip()

    def _tokenized(self) -> Iterator[Token]:
        for token in tokenize.tokenize(io.BytesIO(self.text).readline):
            if token.type in (tokenize.OP, tokenize.NAME) and token.string not in "()":
                line = self.text[self._lines[token.start[0] - 1] :].split(b"\n", 1)[0].decode()
                at = [
                    self._lines[row - 1] + len(line[:column].encode())
                    for row, column in (token.start, token.end)
                ]
                yield Token(token.string, *at)
