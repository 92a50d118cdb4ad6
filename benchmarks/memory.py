"""Peak memory of a 45-minute session and of reading its record, beside importing NumPy and numba only."""

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
    {then}
"""
READING = """
    from traction import read_record
    from traction.runner.series import SiSeries
    series = SiSeries(read_record(Path(name) / "run.mcap").samples)  # what RunResult.samples() gives
    for values in series.values():
        values.max()
"""


def peak_mib(work: str) -> float:
    """Return the peak resident set of a fresh process that does ``work``, in MiB (Linux counts KiB)."""
    code = CHILD.format(work=work)
    return int(subprocess.check_output([sys.executable, "-c", code], text=True)) / 1024


def main() -> None:
    peak_mib(SESSION.format(then=""))  # compiles, where nobody has yet
    session, imports = peak_mib(SESSION.format(then="")), peak_mib("import numpy, numba")
    reading = peak_mib(SESSION.format(then=READING))
    print(f"45-minute session with its record: {session:.0f} MiB (claimed: under 200 MB)")
    print(
        f"the same, then every column in SI: {reading:.0f} MiB = {reading * 1.048576:.0f} MB (the same claim)"
    )
    print(f"peer, importing numpy and numba only: {imports:.0f} MiB; ratio {session / imports:.2f}")
