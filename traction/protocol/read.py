"""From a file's bytes to its text: size, kind and encoding are judged before anything is parsed."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Final

from traction.errors import Problem, ProtocolError, UsageError

MAX_BYTES: Final = 256 * 1024

_MARKS: Final = (
    (b"\xef\xbb\xbf", "a byte order mark at the start"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
)


def read_bytes(path: Path) -> bytes:
    """Return the content of a regular file, at most one byte more than MAX_BYTES.

    Raises UsageError E131 where there is no file that can be read.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise UsageError(Problem("E131", "a folder", "a protocol file", file=str(path)))
        if not stat.S_ISREG(mode):
            raise UsageError(Problem("E131", "no regular file", "a protocol file", file=str(path)))
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        found = (error.strerror or type(error).__name__).lower()
        raise UsageError(Problem("E131", found, "a file that can be read", file=ascii_path(path))) from error
    except ValueError as error:  # a NUL in the name
        raise UsageError(Problem("E131", "a name no file can have", "", file=ascii_path(path))) from error


def ascii_path(path: Path) -> str:
    """Return a path for an error message; what cannot be shown is escaped."""
    return str(path).encode("ascii", "backslashreplace").decode().replace("\0", "\\0")


def text_of(content: bytes, file: str) -> str:
    """Return the UTF-8 text of a file, with plain line ends.

    Raises ProtocolError E201 (larger than MAX_BYTES), E202 (not UTF-8, a byte order mark, a NUL).
    """
    if len(content) > MAX_BYTES:
        raise ProtocolError(
            Problem("E201", f"more than {MAX_BYTES // 1024} KiB", "a smaller file", file=file)
        )
    expected = "plain UTF-8 text"
    for mark, name in _MARKS:
        if content.startswith(mark):
            raise ProtocolError(Problem("E202", name, f"{expected} without it", file=file, line=1, column=1))
    nul = content.find(b"\0")
    if nul >= 0:
        line = content.count(b"\n", 0, nul) + 1
        raise ProtocolError(Problem("E202", "a NUL byte", expected, file=file, line=line))
    try:
        return content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        found = f"the byte 0x{content[error.start]:02X}, which is not UTF-8 (Latin-1 perhaps)"
        raise ProtocolError(Problem("E202", found, expected, file=file, line=line)) from error
