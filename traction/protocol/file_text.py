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
    file, expected = ascii_path(path), "a protocol file"
    try:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode):
            with path.open("rb") as opened:
                return opened.read(MAX_BYTES + 1)
    except OSError as error:
        found = (error.strerror or type(error).__name__).lower()
        raise UsageError(Problem("E131", found, f"a file that can be read{_near(path)}", file)) from error
    except ValueError as error:  # a NUL in the name
        raise UsageError(Problem("E131", "a name no file can have", expected, file)) from error
    found = "it is a folder" if stat.S_ISDIR(mode) else "it is not a plain file"
    raise UsageError(Problem("E131", found, expected, file))


def _near(path: Path) -> str:
    """Return a hint where only the suffix is missing."""
    longer = path.with_name(f"{path.name}.toml") if path.name else path
    return f" (did you mean {ascii_path(longer)}?)" if is_file(longer) else ""


def is_file(path: Path) -> bool:
    """Say whether there is a plain file; a name no file can have is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


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
