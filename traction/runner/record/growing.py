"""Read a record while a session writes it: each look takes what has come since the last one, and no more."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from traction.errors import Problem, RecordError
from traction.runner.record import container, layout
from traction.runner.record.assembly import Assembly, Strange
from traction.runner.record.recorder import Place, place_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Growing:
    """The record at ``path`` as far as it has grown; reading it changes nothing.

    ``parts`` holds what was read, up to byte ``at``; ``over`` says that the end mark of the file was met.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.parts = Assembly()
        self.over = False
        self._place: Place | None = None
        self.at = 0  # where the first entry begins that was not whole
        self._count = 0

    @property
    def header(self) -> Mapping[str, Any] | None:
        """Return the header, or None before it has come."""
        return self.parts.header

    def look(self) -> bool:
        """Take what has come; return whether anything has.

        Raises RecordError: E611 where the file cannot be opened, E606 where it was taken away or replaced,
        E610 for what is no record, E614 where bytes of it are not what was written.
        """
        data = self._read()
        if self.at == 0:
            if not self._is_record(data):
                return False
            at = len(container.MAGIC)
        else:
            at = 0
        file = str(self.path)
        try:
            messages, end, self.over = container.walk_on(data, at, self._count)
            for message in messages:
                self.parts.take(message)
        except container.Damage as error:
            found = f"{error}, after {self._count} good messages"
            raise RecordError(Problem("E614", found, "bytes as they were written", file=file)) from error
        except Strange as error:
            raise RecordError(Problem("E610", str(error), "a record written by a session", file)) from error
        self._count += len(messages)
        self.at += end
        return bool(messages) or self.over

    def _is_record(self, data: bytes) -> bool:
        """Say whether the file begins like a record of ours; False while too little of it is there."""
        magic = container.MAGIC
        known = container.profile_name(data)
        # the first entry is written in one piece with what follows it: half of it is a matter of moments
        short = data[: len(magic)] == magic[: len(data)] and len(data) < len(magic) + 64
        if known == layout.PROFILE_NAME:
            return True
        if known is None and short:
            return False
        raise RecordError(
            Problem("E610", "another kind of file", "a record written by a session", str(self.path))
        )

    def _read(self) -> bytes:
        """Return the bytes from ``at`` on."""
        file = str(self.path)
        try:
            if not stat.S_ISREG(self.path.stat().st_mode):  # before opening: a device may do something then
                raise RecordError(Problem("E611", "it is not a plain file", "a record file", file))
            descriptor = os.open(self.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
            with os.fdopen(descriptor, "rb") as opened:
                status = os.fstat(descriptor)
                self._same(status)
                opened.seek(self.at)
                return opened.read(container.LARGEST_FILE_BYTES)
        except (OSError, ValueError) as error:
            if isinstance(error, RecordError):
                raise
            if self._place is not None:
                found = "the file was taken away while it was followed"
                raise RecordError(Problem("E606", found, "the file that was there", file)) from error
            said = f"the system said: {getattr(error, 'strerror', error)}"
            raise RecordError(Problem("E611", said, "a record file", file)) from error

    def _same(self, status: os.stat_result) -> None:
        place = place_of(status)
        if self._place is None:
            self._place = place
        if place != self._place or status.st_size < self.at:
            found = "another file stands in the place of the record"
            raise RecordError(Problem("E606", found, "the file that was there", str(self.path)))
