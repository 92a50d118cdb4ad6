"""A controller on a tiny bench: an integer spring, a lagging drive, and sensors a test can bend."""

from collections.abc import Callable

import pytest

from traction.controller.config import ControllerConfig
from traction.controller.core import Controller
from traction.wire import codes

LUMBAR = (900_000, 50_000, 100_000, 1_260_000, 20_000, 3_600_000, 120_000, 200_000, 300_000, 5000, 10_000)
CERVICAL = (200_000, 15_000, 40_000, 1_260_000, 8_000, 2_100_000, 60_000, 50_000, 100_000, 5000, 10_000)


class Bench:
    """One controller and the spring it pulls on; everything is whole numbers, one tick is 10 ms."""

    def __init__(self, region: int = codes.REGION_LUMBAR, k_n_per_mm: int = 20, slack_um: int = 0) -> None:
        self.config = ControllerConfig(region, 7, codes.DRIVE_BACK_DRIVABLE)
        self.c = Controller(self.config)
        self.limits = LUMBAR if region == codes.REGION_LUMBAR else CERVICAL
        self.k = k_n_per_mm  # N/mm is mN/um
        self.slack_um = slack_um
        self.position_nm = 0
        self.velocity = 0
        self.inputs: int | None = codes.INPUTS_HEALTHY
        self.jam = False
        self.a: Callable[[int], int | None] = lambda force: force
        self.b: Callable[[int], int | None] = lambda force: force
        self.travel: Callable[[int], int | None] = lambda travel: travel
        self.goal: tuple[int, int, int] | None = None  # kept up with a fresh lease every second tick

    @property
    def force(self) -> int:
        return max(0, (self.position_nm // 1000 - self.slack_um) * self.k)

    def load(self, force_mn: int) -> None:
        """Put the carriage where the spring pulls with this force, as somebody's hands might."""
        self.position_nm = (self.slack_um + force_mn // self.k) * 1000

    def tick(self, count: int = 1) -> None:
        for _ in range(count):
            if self.goal is not None and self.c.state == codes.STATE_RUN and self.c.seq % 2 == 0:
                assert self.setpoint(*self.goal) == codes.RESULT_OK
            if self.c.enabled:
                self.velocity += (self.c.velocity_um_per_s - self.velocity) // 3
            else:
                self.velocity = 0
            if not self.jam:
                self.position_nm += self.velocity * 10
            if self.c.dump:
                self.position_nm = min(self.position_nm, self.slack_um * 1000)
            force = self.force
            self.c.tick(self.a(force), self.b(force), self.travel(self.position_nm // 1000), self.inputs)

    def setpoint(
        self,
        target: int,
        rate: int = 15_000,
        mode: int = codes.MODE_FORCE,
        lease: int = 250,
        age_ticks: int = 0,
    ) -> int:
        return self.c.setpoint(target, rate, mode, lease, self.c.seq - age_ticks)

    def arm(self) -> None:
        self.tick()
        assert self.c.hello(99) == codes.RESULT_OK
        assert self.c.load_limits(self.limits) == codes.RESULT_OK
        assert self.c.arm() == codes.RESULT_OK

    def run(self) -> None:
        self.arm()
        assert self.c.go(self.c.nonce) == codes.RESULT_OK

    def pull(self, target: int, rate: int = 15_000, seconds: float | None = None) -> None:
        """Be in RUN at ``target``."""
        self.run()
        self.goal = (target, rate, codes.MODE_FORCE)
        self.tick(int(100 * (seconds or 4 + target / rate)))
        assert self.c.state == codes.STATE_RUN
        assert abs(self.force - target) < 1000

    def settle(self, seconds: float = 7) -> None:
        self.tick(int(100 * seconds))


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def make_bench() -> type[Bench]:
    return Bench
