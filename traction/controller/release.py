"""The release line: where the force must be by when, once a release has begun."""

from traction.controller.config import ControllerConfig

LAG_MS = 500
RISING_MS = 100
RISING_MN = 5000


class ReleaseLine:
    """Watches a release. Behind its line, still rising, or too long: power off and the power-less release."""

    __slots__ = (
        "force_mn",
        "line_mn_per_s",
        "max_release_ms",
        "softest_mn_per_s",
        "start_ms",
        "whole_start_ms",
    )

    def __init__(self, config: ControllerConfig) -> None:
        self.softest_mn_per_s = config.stiffness_release_mn_per_mm * config.unload_um_per_s // 1000
        self.max_release_ms = config.max_release_ms
        self.force_mn = 0
        self.line_mn_per_s = 0
        self.start_ms = 0
        self.whole_start_ms = 0

    def start(self, force_mn: int, rate_mn_per_s: int, max_release_ms: int, now_ms: int) -> None:
        """Begin the first release of a run; the time to slack counts from here, whatever follows."""
        self.whole_start_ms = now_ms
        self.max_release_ms = max_release_ms
        self.restart(force_mn, rate_mn_per_s, now_ms)

    def restart(self, force_mn: int, rate_mn_per_s: int, now_ms: int) -> None:
        """Draw a new line from the present force: a more severe release took over."""
        self.force_mn = force_mn
        self.start_ms = now_ms
        rate = rate_mn_per_s if rate_mn_per_s < self.softest_mn_per_s else self.softest_mn_per_s
        # Half the rate: the line is what a healthy release cannot miss, not what it aims at.
        self.line_mn_per_s = rate // 2

    def late(self, force_mn: int, now_ms: int) -> bool:
        """Say whether ``force_mn`` is above the line at ``now_ms``."""
        elapsed = now_ms - self.start_ms
        if now_ms - self.whole_start_ms > self.max_release_ms:
            return True
        if elapsed >= RISING_MS and force_mn > self.force_mn + RISING_MN:
            return True
        return elapsed > LAG_MS and force_mn > self.force_mn - self.line_mn_per_s * (elapsed - LAG_MS) // 1000
