"""Peak memory of a 45-minute session with its record, beside a process that only imports NumPy and numba."""

import subprocess
import sys

CHILD = """
import resource, sys, tempfile
from pathlib import Path
{work}
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
SESSION = """
from benchmarks.session import full_path_s
with tempfile.TemporaryDirectory() as name:
    full_path_s(Path(name))
"""


def peak_mib(work: str) -> float:
    """Return the peak resident set of a fresh process that does ``work``, in MiB (Linux counts KiB)."""
    code = CHILD.format(work=work)
    return int(subprocess.check_output([sys.executable, "-c", code], text=True)) / 1024


def main() -> None:
    session, imports = peak_mib(SESSION), peak_mib("import numpy, numba")
    print(f"45-minute session with its record: {session:.0f} MiB (claimed: under 200 MB)")
    print(f"peer, importing numpy and numba only: {imports:.0f} MiB; ratio {session / imports:.2f}")
