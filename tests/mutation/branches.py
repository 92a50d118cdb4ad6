"""Branch coverage of the code under mutation, by the tests that find its mutants: all, or exit 5."""

from __future__ import annotations

import subprocess
import sys
import tempfile

from tests.mutation.make import files, tests_of


def measure(only: str) -> int:
    """Run the tests once under the coverage tracer and print what no test goes through."""
    chosen = files(only)
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        tool = [sys.executable, "-m", "coverage"]
        data = f"--data-file={folder}/coverage"
        under = [*tool, "run", "--branch", data, f"--include={','.join(chosen)}"]
        ran = subprocess.run([*under, "-m", "pytest", "-q", *tests_of(chosen)], check=False)
        if ran.returncode != 0:
            return 1
        report = subprocess.run([*tool, "report", data, "--show-missing", "--fail-under=100"], check=False)
    return 0 if report.returncode == 0 else 5
