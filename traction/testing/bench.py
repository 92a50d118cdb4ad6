"""Everything of a simulated bench but its controller: body, drive, load cells, stop inputs, line; and faults.

For a controller of your own, or a model of it: give ``Bench.tick`` what it tells its drive, and hand it what
comes back. Whatever of the closed list (``traction faults list``) was scheduled goes wrong in between, while
``true_force_n`` stays what it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from traction.controller.config import ControllerConfig
from traction.drivers.base import TableSetup
from traction.drivers.url import parse_url
from traction.sim.drive import DRIVES
from traction.sim.faults import LINK, TABLE, read_faults
from traction.sim.faults_line import FaultyWay
from traction.sim.faults_rig import FaultyBench
from traction.sim.options import read_options
from traction.sim.patient import make_patient
from traction.sim.plant import Plant
from traction.sim.sensors import Noise
from traction.sim.table import INPUTS
from traction.wire import codes

if TYPE_CHECKING:
    from traction.controller.core import Controller
    from traction.sim.options import SimOptions
    from traction.sim.patient import Patient

BODY: Final = "sim:?slack_mm=0"


class Reading(NamedTuple):
    """What a controller gets in one tick of 10 ms; None where there is nothing to read.

    ``alive`` False: it hangs or is without power, and does nothing in this tick. ``restarted``: it begins
    anew, with another boot number and no memory; what to read comes with the next tick.
    """

    force_a_mn: int | None
    force_b_mn: int | None
    travel_um: int | None
    inputs: int
    alive: bool
    restarted: bool


class _Outputs:
    """What a controller tells its drive, in the shape in which the faults look at it."""

    def __init__(self, config: ControllerConfig) -> None:
        self.config = config
        self.motion = self
        self.velocity_um_per_s = self.enabled = self.dump = 0
        self.read: tuple[int | None, int | None, int | None, int] | None = None

    def tick(self, a_mn: int | None, b_mn: int | None, travel_um: int | None, inputs: int) -> None:
        """Keep what was read."""
        self.read = (a_mn, b_mn, travel_um, inputs)

    def taken(self) -> tuple[int | None, int | None, int | None, int] | None:
        """Return what was read in this tick, None where nothing was, and forget it."""
        read, self.read = self.read, None
        return read


def patient_of(options: SimOptions) -> Patient:
    """Return who a ``sim:`` URL asks for."""
    return make_patient(
        options.region,
        couch=options.couch,
        disc=options.disc,
        mass_kg=options.mass_kg,
        values={} if options.slack_mm is None else {"slack_mm": options.slack_mm},
    )


class Bench:
    """One bench from power-up on; ``faults`` as in ``cell-a-stuck@12s``, ``body`` the URL of a ``sim:``.

    Equal bodies, faults and calls give equal readings. Raises UsageError for what is no fault, E127 for one
    of the host.
    """

    def __init__(self, faults: Iterable[str] = (), body: str = BODY) -> None:
        options = read_options(parse_url(body), TableSetup())
        self.patient = patient_of(options)
        noise = Noise(options.seed)
        self._plant = Plant(self.patient, options.drive, noise)
        self._truths = self._plant.channels()
        injections = (*options.faults, *read_faults(faults, (TABLE, LINK)))
        self._faults = FaultyBench(self._plant, injections)
        self._to_table = FaultyWay(self._faults, ("link-cut", "link-cut-to-table"))
        self._to_host = FaultyWay(self._faults, ("link-cut", "link-cut-to-host"))
        self._inputs = codes.INPUTS_HEALTHY
        region = codes.REGION_NAMES.index(options.region)
        config = ControllerConfig(region, noise.boot_id or 1, DRIVES.index(options.drive))
        self._outputs = _Outputs(config)

    def tick(self, velocity_um_per_s: int, powered: int, release_open: int) -> Reading:
        """Live 10 ms with these outputs of the controller, and return what it then reads.

        ``velocity_um_per_s`` is positive for more pull; ``release_open`` 1 opens the release that needs no
        power.
        """
        outputs = self._outputs
        outputs.velocity_um_per_s, outputs.enabled, outputs.dump = velocity_um_per_s, powered, release_open
        left, self._truths = self._faults.live(cast("Controller", outputs), self._inputs)
        if left.config is not outputs.config:
            self._outputs = _Outputs(left.config)
            return Reading(None, None, None, self._inputs, True, True)
        read = outputs.taken()
        if read is None:
            return Reading(None, None, None, self._inputs, False, False)
        return Reading(*read, True, False)

    def to_table(self, data: bytes) -> bytes:
        """Put ``data`` on the line to the controller; return what has come out at its end by now."""
        self._to_table.send(data)
        return self._to_table.arrived()

    def to_host(self, data: bytes) -> bytes:
        """Put ``data`` on the line to the host; return what has come out at its end by now."""
        self._to_host.send(data)
        return self._to_host.arrived()

    def press(self, name: str) -> None:
        """Open a stop input, "emergency-stop" or "patient-stop", as a person pressing the button would."""
        self._inputs &= ~INPUTS[name]

    def let_go(self, name: str) -> None:
        """Close the stop input again."""
        self._inputs |= INPUTS[name]

    def true_force_n(self) -> float:
        """Return the tension in the harness now, N, as no sensor sees it."""
        return self._truths[0] / 1000.0
