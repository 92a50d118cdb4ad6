"""The shell: one file per command; nothing heavy is imported before a command needs it."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line of this process and exit with its code."""
    from traction.cli.errors import run

    sys.exit(run(sys.argv[1:]))
