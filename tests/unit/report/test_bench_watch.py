"""One look at a table as a line: what a narrow terminal must not cut off."""

from traction.bench.watch import Seen
from traction.report.bench_watch import watch_line
from traction.report.style import Style

FAULT = "the lease of a set-point ran out (201)"


def test_a_fault_hides_no_force_on_a_narrow_terminal() -> None:
    seen = Seen(12.0, "LOCKED", FAULT, 101.5, None, 3.0, "closed", "open", 11.0, 0.4)
    narrow = watch_line(seen, Style(width=60))
    assert len(narrow) == 59
    assert "A  101.5 N  B no reading  fault: the" in narrow
    whole = watch_line(seen, Style(width=60, whole=True))
    assert whole.index(FAULT) < whole.index("e-stop closed")
    assert whole.endswith("patient open  age 11 ms  round trip 0.4 ms")
    healthy = Seen(12.0, "RUN", "none", 1.0, 1.0, 3.0, "closed", "closed", 11.0, None)
    assert "fault" not in watch_line(healthy, Style(whole=True))
