"""What one host session has told the controller: token, limits, start number, last set-point."""

from traction.controller import limits as order
from traction.wire import codes

NONCE_BITS = 16
NONCE_COUNT = 65535
# Times on the wire have 32 bits. A session of an hour, armed before this, ends before they wrap.
LATEST_ARM_MS = 0xFFFFFFFF - 2 * 3600000


class Session:
    """Begun by hello; within it limits only tighten, and each start number works once."""

    __slots__ = (
        "armed_ms",
        "boot_id",
        "caps",
        "ceiling",
        "last_echo",
        "limits",
        "max_force_mn",
        "max_rate_mn_per_s",
        "nonce",
        "nonces_made",
        "tick_ms",
        "token",
    )

    def __init__(self, caps: tuple[int, ...], boot_id: int, tick_ms: int) -> None:
        self.caps = caps
        self.boot_id = boot_id
        self.tick_ms = tick_ms
        self.token = 0
        self.forget()
        self.ceiling: tuple[int, ...] | None = None  # the tightest set of this session
        self.nonce = 0
        self.nonces_made = 0
        self.armed_ms = 0
        self.last_echo = 0

    def begin(self, token: int) -> None:
        """Start afresh under ``token``: no limits, nothing to tighten from."""
        self.token = token
        self.forget()
        self.ceiling = None

    def forget(self) -> None:
        """Have no limits, as after power-up: no set-point but 0 N is within them."""
        self._keep(order.NONE_LOADED)

    def _keep(self, values: tuple[int, ...]) -> None:
        self.limits = values
        self.max_force_mn = values[order.MAX_FORCE]
        up = values[order.MAX_RATE_UP]
        down = values[order.MAX_RATE_DOWN]
        self.max_rate_mn_per_s = up if up > down else down

    def load(self, values: tuple[int, ...]) -> int:
        """Store ``values`` if they are within the caps and no looser than before; return a result code."""
        result = order.check(values, self.caps, self.ceiling)
        if result == codes.RESULT_OK:
            self._keep(values)
            self.ceiling = values
        return result

    def arm(self, now_ms: int) -> int:
        """Make a start number that no other power-up and no other arming shares; return a result code."""
        if now_ms > LATEST_ARM_MS:
            return codes.RESULT_ON_TOO_LONG
        if self.nonces_made >= NONCE_COUNT:
            return codes.RESULT_NONCES_USED_UP
        self.nonces_made += 1
        self.nonce = self.boot_id << NONCE_BITS | self.nonces_made
        self.armed_ms = now_ms
        self.last_echo = 0
        return codes.RESULT_OK

    def in_force(self) -> tuple[int, ...]:
        """Return the loaded limits, or the controller's own caps while none are loaded."""
        return self.limits if self.limits[order.MAX_FORCE] else self.caps

    def check_setpoint(
        self, target_mn: int, rate_mn_per_s: int, mode: int, lease_ms: int, echo_seq: int, seq: int
    ) -> int:
        """Judge one set-point against the loaded limits and the newest telemetry; return a result code."""
        if not (
            type(target_mn) is type(rate_mn_per_s) is type(mode) is type(lease_ms) is type(echo_seq) is int
        ):
            return codes.RESULT_BAD_VALUE
        if not 0 <= (seq - echo_seq) * self.tick_ms <= codes.ECHO_MAX_AGE_MS:
            return codes.RESULT_STALE_ECHO
        if echo_seq < self.last_echo:
            return codes.RESULT_OUT_OF_ORDER
        if not (0 <= target_mn <= self.max_force_mn and 0 <= rate_mn_per_s <= self.max_rate_mn_per_s):
            return codes.RESULT_OUTSIDE_LIMITS
        if not 0 < lease_ms <= codes.LEASE_MAX_MS:
            return codes.RESULT_BAD_LEASE
        if mode != codes.MODE_FORCE and mode != codes.MODE_POSITION:
            return codes.RESULT_BAD_MODE
        self.last_echo = echo_seq
        return codes.RESULT_OK
