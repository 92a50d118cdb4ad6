"""The simulated table through the verbs of the driver interface, closed loop and on virtual time."""

import pytest

from traction.clock import VirtualClock
from traction.drivers.base import ControllerLimits, SetPoint, StopKind, TableSetup
from traction.drivers.guarded import GuardedDriver
from traction.drivers.registry import open_driver
from traction.drivers.url import parse_url
from traction.errors import TableError, UsageError
from traction.sim.drive import DRIVES, SELF_LOCKING
from traction.sim.patient import COUCHES
from traction.sim.table import CHANNELS, MODEL, open_sim
from traction.wire import codes

LIMITS = {
    "lumbar": ControllerLimits(
        500_000, 50_000, 100_000, 1_200_000, 20_000, 3_600_000, 120_000, 200_000, 300_000, 5_000, 10_000
    ),
    "cervical": ControllerLimits(
        150_000, 15_000, 40_000, 1_200_000, 8_000, 2_100_000, 60_000, 50_000, 100_000, 5_000, 10_000
    ),
}
TAKE_UP_N = {"lumbar": 30.0, "cervical": 15.0}


class Host:
    """A host at 50 Hz: opens the table, starts it, and renews its set-points."""

    def __init__(self, url="sim:", *, setup=None, start=True):
        self.clock = VirtualClock()
        self.table = open_sim(parse_url(url), self.clock, setup or TableSetup())
        self.samples = []
        if start:
            self.region = self.table.open().region
            self.table.load_limits(LIMITS[self.region])
            self.table.go(self.table.arm())

    def tick(self, target_n=None, rate_n_per_s=20.0, mode=codes.MODE_FORCE):
        sample = self.table.poll()
        self.samples.append(sample)
        if target_n is not None:
            self.table.setpoint(
                SetPoint(round(target_n * 1000), round(rate_n_per_s * 1000), mode, 250, sample.seq)
            )
        self.clock.wait_until_us(self.clock.now_us() + 20_000)
        return sample

    def take_up(self):
        base = TAKE_UP_N[self.region]
        for _ in range(50 * 60):
            if self.tick(base, 10.0).force_mn > (base - 3.0) * 1000:
                return base
        raise AssertionError("no tension in 60 s")

    def pull(self, target_n, *, rate_n_per_s=20.0, hold_s=10.0):
        now_n = self.take_up()
        while now_n < target_n:
            now_n = min(target_n, now_n + rate_n_per_s * 0.02)
            self.tick(now_n, rate_n_per_s * 1.05)
        for _ in range(round(hold_s * 50)):
            self.tick(target_n, rate_n_per_s)
        return self

    def silence(self, seconds):
        self.clock.wait_until_us(self.clock.now_us() + round(seconds * 1e6))
        return self.tick()


@pytest.mark.parametrize(("region", "force_n", "rate"), [("lumbar", 400.0, 20.0), ("cervical", 120.0, 10.0)])
@pytest.mark.parametrize("couch", COUCHES)
@pytest.mark.parametrize("drive", DRIVES)
def test_a_ramp_is_tracked_and_held_without_a_trip(region, force_n, rate, couch, drive):
    host = Host(f"sim:?seed=3&region={region}&couch={couch}&drive={drive}")
    host.pull(force_n, rate_n_per_s=rate)
    assert host.samples[-1].state == codes.STATE_RUN
    assert host.samples[-1].fault == codes.FAULT_NONE
    held = [sample.channels[0] / 1000 - force_n for sample in host.samples[-250:]]
    assert max(abs(error) for error in held) < 2.0
    assert max(sample.channels[0] for sample in host.samples) / 1000 < force_n * 1.02


@pytest.mark.parametrize("region", ["lumbar", "cervical"])
@pytest.mark.parametrize("drive", DRIVES)
def test_a_silent_host_loses_its_lease_and_the_table_goes_slack_by_itself(region, drive):
    host = Host(f"sim:?region={region}&drive={drive}")
    host.pull(400.0 if region == "lumbar" else 120.0, hold_s=1.0)
    before = host.samples[-1].force_mn
    after = host.silence(5.0)
    assert before > 90_000
    assert after.channels[0] < 10_000
    assert (after.state, after.fault) == (codes.STATE_FAULT_LATCHED, codes.FAULT_LEASE_EXPIRED)
    with pytest.raises(TableError) as caught:
        host.tick(100.0)
    assert caught.value.code == "E520"


@pytest.mark.parametrize("drive", DRIVES)
@pytest.mark.parametrize("kind", list(StopKind))
def test_every_kind_of_stop_leads_to_slack_within_5_s(drive, kind):
    host = Host(f"sim:?drive={drive}").pull(400.0, hold_s=1.0)
    host.table.stop(kind)
    after = host.silence(5.0)
    assert after.channels[0] < 10_000
    assert after.state == (codes.STATE_DUMPED if kind is StopKind.OFF else codes.STATE_DONE)


def test_closing_under_load_lets_the_force_go():
    host = Host().pull(300.0, hold_s=1.0)
    host.table.close()
    host.table.close()
    host.clock.wait_until_us(host.clock.now_us() + 5_000_000)
    assert host.table.true_force_n() < 10.0
    with pytest.raises(TableError) as caught:
        host.table.poll()
    assert caught.value.code == "E521"


def test_travel_counts_from_where_the_carriage_stood_at_open():
    host = Host("sim:?seed=4&slack_mm=0").pull(100.0)
    host.table.close()
    host.clock.wait_until_us(host.clock.now_us() + 10_000_000)
    host.table.open()
    assert host.table.poll().travel_um == 0


def test_stop_never_raises_and_needs_no_state():
    host = Host(start=False)
    for _ in range(3):
        for kind in (*StopKind, 0, 99, True, None, "now", float("nan")):
            host.table.stop(kind)
    host.table.close()
    host.table.stop(StopKind.OFF)


def test_position_mode_sags_by_creep_and_keeps_the_carriage():
    host = Host().pull(400.0, hold_s=1.0)
    for _ in range(100):
        host.tick(400.0, mode=codes.MODE_POSITION)
    start = host.tick(400.0, mode=codes.MODE_POSITION)
    for _ in range(50 * 120):
        end = host.tick(400.0, mode=codes.MODE_POSITION)
    assert start.travel_um == pytest.approx(end.travel_um, abs=20)
    assert 2_000 < start.channels[0] - end.channels[0] < 40_000


@pytest.mark.parametrize("name", ["patient-stop", "emergency-stop"])
def test_a_stop_button_releases_latches_and_lets_nothing_go_on(name):
    host = Host(f"sim:?drive={SELF_LOCKING}").pull(300.0, hold_s=1.0)
    host.table.press(name)
    host.tick()
    pressed = host.tick()
    host.table.let_go(name)
    after = host.silence(5.0)
    assert pressed.inputs != codes.INPUTS_HEALTHY
    assert after.inputs == codes.INPUTS_HEALTHY
    assert after.state == codes.STATE_FAULT_LATCHED
    assert after.fault in (codes.FAULT_PATIENT_STOP, codes.FAULT_ESTOP)
    assert after.channels[0] < 10_000


def script(seed, *, target_n=200.0):
    host = Host(f"sim:?seed={seed}").pull(target_n, hold_s=2.0)
    host.table.stop(StopKind.RELEASE)
    for _ in range(200):
        host.tick()
    return host.samples


def test_equal_seed_means_equal_telemetry_and_another_seed_does_not():
    first, again, other = script(11), script(11), script(12)
    assert first == again
    assert [sample.force_mn for sample in first] != [sample.force_mn for sample in other]
    assert first[0].boot_id != other[0].boot_id


def test_how_often_the_host_looks_changes_nothing():
    ends = []
    for period_us in (3_000, 10_000, 70_000, 1_000_000):
        host = Host(start=False, url="sim:?seed=5")
        host.table.open()
        while host.clock.now_us() < 2_000_000:
            host.clock.wait_until_us(min(host.clock.now_us() + period_us, 2_000_000))
            sample = host.table.poll()
        ends.append(sample)
    assert len(set(ends)) == 1
    assert ends[0].controller_ms == 2_100  # and 100 ms of self-test before anybody could talk to it


def test_sensors_have_noise_offset_and_resolution_within_what_is_stated():
    host = Host("sim:?seed=9", start=False)
    host.table.open()
    for _ in range(1000):
        host.tick()
    for cell in ("force_mn", "force_b_mn"):
        readings = [getattr(sample, cell) for sample in host.samples]
        mean = sum(readings) / len(readings)
        spread = (sum((reading - mean) ** 2 for reading in readings) / len(readings)) ** 0.5
        assert 350 < spread < 450
        assert abs(mean) < 600
        assert all(reading % 100 == 0 for reading in readings)
    assert {sample.force_mn - sample.force_b_mn for sample in host.samples} != {0}
    assert all(type(value) is int for sample in host.samples for value in (*sample[:-1], *sample.channels))


def test_the_true_force_and_the_channels_are_what_identity_says():
    host = Host("sim:?drive=self-locking&seed=4", start=False)
    identity = host.table.open()
    assert (identity.model, identity.simulated, identity.drive) == (MODEL, True, SELF_LOCKING)
    assert (identity.region, identity.tick_ms, identity.serial_number) == ("lumbar", 10, "SIM-4")
    assert identity.channels == CHANNELS
    sample = host.tick()
    assert len(sample.channels) == len(CHANNELS)
    assert sample.channels[0] == round(host.table.true_force_n() * 1000) == 0
    assert sample.channels[1] == pytest.approx(10_000, abs=10)  # herniated, at rest
    assert sample.channels[2] == 113_000


def test_the_read_back_is_what_was_loaded():
    host = Host(start=False)
    host.table.open()
    assert host.table.load_limits(LIMITS["lumbar"]) == LIMITS["lumbar"]


@pytest.mark.parametrize(
    "verb",
    [
        lambda table: table.poll(),
        lambda table: table.load_limits(LIMITS["lumbar"]),
        lambda table: table.arm(),
        lambda table: table.go(1),
        lambda table: table.setpoint(SetPoint(0, 0, 0, 250, 1)),
        lambda table: table.reset(101),
    ],
)
def test_nothing_answers_before_open(verb):
    with pytest.raises(TableError) as caught:
        verb(Host(start=False).table)
    assert caught.value.code == "E521"


def test_limits_above_the_controllers_own_caps_are_refused():
    host = Host("sim:?region=cervical", start=False)
    host.table.open()
    with pytest.raises(TableError) as caught:
        host.table.load_limits(LIMITS["lumbar"])
    assert caught.value.code == "E520"


def test_the_url_wins_over_the_setup_and_the_setup_over_the_nominal():
    setup = TableSetup(region="cervical", mass_kg=90.0, seed=21)
    from_setup = Host("sim:", setup=setup, start=False).table
    assert (from_setup.patient.region, from_setup.patient.mass_kg) == ("cervical", 90.0)
    assert from_setup.open().serial_number == "SIM-21"
    url = "sim:?region=lumbar&mass_kg=60&seed=5&couch=fixed&disc=healthy&slack_mm=0&drive=self-locking"
    patient = Host(url, setup=setup, start=False).table.patient
    assert (patient.region, patient.mass_kg, patient.couch, patient.disc) == (
        "lumbar",
        60.0,
        "fixed",
        "healthy",
    )
    assert patient.value("slack_mm") == 0.0
    assert Host("sim:", start=False).table.patient.mass_kg == 75.0


@pytest.mark.parametrize(
    "url",
    [
        "sim:here",
        "sim:?colour=red",
        "sim:?seed=-1",
        "sim:?seed=1.5",
        "sim:?drive=worm",
        "sim:?couch=water",
        "sim:?disc=new",
        "sim:?region=thoracic",
        "sim:?mass_kg=29",
        "sim:?mass_kg=nan",
        "sim:?slack_mm=61",
        "sim:?slack_mm=-1",
    ],
)
def test_an_option_or_value_that_is_not_known_is_refused(url):
    with pytest.raises(UsageError):
        open_sim(parse_url(url), VirtualClock(), TableSetup())


def test_a_setup_without_sense_is_refused_too():
    for setup in (TableSetup(mass_kg=float("nan")), TableSetup(mass_kg=500.0), TableSetup(region="knee")):
        with pytest.raises(UsageError):
            open_sim(parse_url("sim:"), VirtualClock(), setup)


def test_more_slack_takes_longer_to_take_up():
    def travel(slack_mm):
        host = Host(f"sim:?slack_mm={slack_mm}&seed=2")
        host.take_up()
        return host.samples[-1].travel_um

    assert travel(20) - travel(5) == pytest.approx(15_000, abs=500)


def test_the_registry_gives_the_simulated_table_behind_the_guard():
    clock = VirtualClock()
    with open_driver("sim:?seed=8", clock=clock, setup=TableSetup()) as driver:
        assert isinstance(driver, GuardedDriver)
        assert driver.open().serial_number == "SIM-8"
        driver.load_limits(LIMITS["lumbar"])
        driver.go(driver.arm())
        for step in range(50):
            sample = driver.poll()
            driver.setpoint(SetPoint(200 * step, 10_000, codes.MODE_FORCE, 250, sample.seq))
            clock.wait_until_us(clock.now_us() + 20_000)
        assert sample.state == codes.STATE_RUN
