"""Hold a course while its session runs, so that nobody else ends that session in the store meanwhile."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from traction.errors import Problem, RefusedError

if sys.platform != "win32":  # there the store's own rules hold, and no more
    import fcntl


@contextmanager
def held_alone(course_file: Path) -> Iterator[None]:
    """Hold the file of a course; the system lets go of it when this process ends, however it ends.

    Raises RefusedError E370 where another process holds it: a session runs there.
    """
    if sys.platform == "win32":
        yield
        return
    with course_file.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            found = "a session of the course is running now, in another process"
            raise RefusedError(Problem("E370", found, "its end first", file=str(course_file))) from error
        except OSError:  # a disk that knows no locks: the store's own rules hold there, too
            pass
        yield
