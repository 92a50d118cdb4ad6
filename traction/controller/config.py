"""What one controller is built with: its identity, its own caps by adaptor region, and its tuning."""

from traction.wire import codes

# Static traction of exactly 20 minutes is published, and the ends of its ramps count as part of the hold.
HOLD_CAP_MS = 21 * 60000


class ControllerConfig:
    """Plain integers, set once before the controller is made; units stand in the names."""

    __slots__ = (
        "accel_um_per_s2",
        "boot_id",
        "cell_max_mn",
        "cell_min_mn",
        "disagree_mn",
        "drift_um",
        "drive",
        "ease_button",
        "fast_unload_um_per_s",
        "following_um",
        "hold_to_run",
        "hold_travel_um",
        "integral_ms",
        "learn_mn",
        "max_fast_release_rate_mn_per_s",
        "max_force_mn",
        "max_hold_ms",
        "max_rate_down_mn_per_s",
        "max_rate_up_mn_per_s",
        "max_release_ms",
        "max_release_rate_mn_per_s",
        "max_session_ms",
        "max_slack_force_mn",
        "max_travel_um",
        "min_hold_band_mn",
        "near_um",
        "negative_mn",
        "past_slack_um",
        "press_within_ms",
        "pull_um_per_s",
        "quiet_um",
        "rate_tolerance_mn",
        "region",
        "slack_travel_um",
        "stiffness_max_mn_per_mm",
        "stiffness_min_mn_per_mm",
        "stiffness_release_mn_per_mm",
        "stuck_um",
        "tau_ms",
        "tick_ms",
        "unload_um_per_s",
    )

    def __init__(self, region: int, boot_id: int, drive: int) -> None:
        """Set the caps of ``region`` (codes.REGION_*); ``boot_id`` must differ at every power-up."""
        self.region = region
        self.boot_id = boot_id
        self.drive = drive
        self.tick_ms = 10
        self.press_within_ms = 0  # so lately each stop must have been tried before a start; 0: not asked for
        self.hold_to_run = 0  # 1: the table has an enabling switch, and runs only while it is held
        self.ease_button = 0  # 1: the table has a button by which the patient asks for less
        if region == codes.REGION_LUMBAR:
            self._set_lumbar()
        elif region == codes.REGION_CERVICAL:
            self._set_cervical()
        else:
            raise ValueError("no such adaptor region")
        self.max_release_ms = 5000
        self.max_slack_force_mn = 10000
        self.negative_mn = -5000
        self.stuck_um = 1000
        # A body that was stretched shortens again over a quarter of an hour. Where the drive keeps its place,
        # that pulls: so a release goes on past slack, by more than any published pull leaves to come back.
        self.past_slack_um = 6000
        # How far the carriage may be from where the drive was told to be: near_um after slow commands, more
        # after fast ones, whose lag differs from drive to drive; and what may add up over the best part of a
        # minute.
        self.following_um = 1000
        self.drift_um = 1000
        # The stiffness the loop believes is kept in this range: a soft strap to a clamped block.
        self.stiffness_min_mn_per_mm = 4000
        self.stiffness_max_mn_per_mm = 60000
        # The softest body a release line is drawn for; a softer one falls through to the power-less release.
        self.stiffness_release_mn_per_mm = 10000
        self.tau_ms = 200
        self.integral_ms = 2000
        self.accel_um_per_s2 = 200000

    def _set_lumbar(self) -> None:
        self.max_force_mn = 900000
        self.max_rate_up_mn_per_s = 50000
        self.max_rate_down_mn_per_s = 100000
        self.max_release_rate_mn_per_s = 200000
        self.max_fast_release_rate_mn_per_s = 300000
        self.max_hold_ms = HOLD_CAP_MS
        self.min_hold_band_mn = 20000
        self.max_session_ms = 60 * 60000
        self.max_travel_um = 120000
        self.slack_travel_um = 80000  # two thirds: a strap is not left looser than that
        self.hold_travel_um = 30000  # creep and the band of a hold take half of that from a soft body
        self.pull_um_per_s = 5000
        self.quiet_um = 5000  # 4 s of taking up slack: even a cell at rest changes by its noise in that time
        self.near_um = 350  # a lag of 0.1 s at the pull speed
        self.unload_um_per_s = 20000
        self.fast_unload_um_per_s = 50000  # the fast rate on a body of 6 N/mm
        self.cell_min_mn = -100000
        self.cell_max_mn = 1500000
        self.disagree_mn = 27000  # 3 % of the cap, which is above 15 N
        self.rate_tolerance_mn = 3000
        self.learn_mn = 3000  # the stiffness is learned from steps of force well above the noise

    def _set_cervical(self) -> None:
        self.max_force_mn = 200000
        self.max_rate_up_mn_per_s = 15000
        self.max_rate_down_mn_per_s = 40000
        self.max_release_rate_mn_per_s = 50000
        self.max_fast_release_rate_mn_per_s = 100000
        self.max_hold_ms = HOLD_CAP_MS
        self.min_hold_band_mn = 8000
        self.max_session_ms = 35 * 60000
        self.max_travel_um = 60000
        self.slack_travel_um = 40000
        self.hold_travel_um = 20000
        self.pull_um_per_s = 2000
        self.quiet_um = 3000
        self.near_um = 200
        self.unload_um_per_s = 8000
        self.fast_unload_um_per_s = 16000  # a little above the fast rate on a body of 8 N/mm
        self.cell_min_mn = -50000
        self.cell_max_mn = 400000
        self.disagree_mn = 15000
        self.rate_tolerance_mn = 2000
        self.learn_mn = 1500
