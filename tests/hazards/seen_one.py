"""What was seen of one hazard, and the ways to bring it about that several share."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from traction.cli import errors

SLACK_N = 10.0
"""What is called slack: where nothing moves, no more than this may ever be there."""

LIMITS = (
    *(400_000, 50_000, 100_000, 600_000, 20_000, 1_800_000, 100_000),
    *(200_000, 300_000, 5000, 10_000),
)
"""What is loaded into a controller, in the order of its message."""


@dataclass(frozen=True)
class Shown:
    """What was done wrong, what answered, when, and the highest true force with what is allowed of it.

    ``code`` is one of the hazard's own, or empty where it has none; ``force_n`` None: nothing ever moved;
    ``after_ms`` None: there is no time to it, and ``when`` says it in words if it is not the usual.
    """

    fault: str
    reaction: str
    code: str = ""
    after_ms: float | None = None
    force_n: float | None = None
    most_n: float = SLACK_N
    held: bool = True
    when: str = ""


def told(words: Sequence[str], fault: str = "") -> Shown:
    """Run a command of the shell that has to refuse; the fault is the command itself unless it is said."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = errors.run(list(words))
    text = " ".join(f"{out.getvalue()} {err.getvalue()}".split())
    found = re.search(r"error (E\d+): (.*?)(?: where:| advice:|$)", text)
    return Shown(
        fault or f"traction {' '.join(words)}",
        f"{found[2] if found else text[:200]}; exit code {code}",
        found[1] if found else "",
        held=code != 0 and found is not None,
    )
