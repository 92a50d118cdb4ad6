"""Weaker controllers, made from outside: each must be found out, or the search would prove nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from traction.campaign.explore_parts import Patch


@dataclass(frozen=True, slots=True)
class Variant:
    """A changed copy of the controller's code; ``boots_repeat``: every power-up has the same boot id."""

    name: str
    does: str
    patches: tuple[Patch, ...] = ()
    boots_repeat: bool = False


AS_IT_IS: Final = Variant("as-it-is", "the controller as it is shipped")

_ANY_TOKEN: Final = ("link", "elif token != self.token or not token:", "elif False:")
_ANY_NUMBER: Final = ("link", "elif number <= self.last:  # a copy", "elif False:  # a copy")
_ANY_START: Final = ("core", "type(nonce) is not int or nonce != self.session.nonce", "False")
_HALF_BOOT: Final = ("session", "self.boot_id << NONCE_BITS", "(self.boot_id & 0xFFFF) << NONCE_BITS")
_RECENT: Final = "if controller.is_recent(values[0], values[2]):"
_DISARM: Final = "            self._disarm()\n"
_STOPPED: Final = "        elif self.state == codes.STATE_ARMED:\n" + _DISARM
_OPENED: Final = "            if self.inputs != codes.INPUTS_HEALTHY:\n    " + _DISARM
_BEGIN: Final = "        self.session.begin(token)\n"
_COMMITTED: Final = "if self.committed and self._names_the_limits(limits_hash):"
_FRESH_ECHO: Final = "if not 0 <= (seq - echo_seq) * self.tick_ms <= codes.ECHO_MAX_AGE_MS:"
_EXPIRY: Final = "self.now_ms - self.session.armed_ms >= codes.ARM_VALID_MS"
_LEASE: Final = "if fault or not running or now_ms > self.lease_end_ms:"
_CARRY_ON: Final = "if self.motion.enabled and self.state != codes.STATE_RUN:"
_TIGHTER: Final = "order.check(values, self.caps, self.ceiling)"
_GONE: Final = "self.healthy_ms < GONE_MS"

_LIST: Final = (
    Variant(
        "no-token",
        "neither token, nor frame number, nor start number is looked at",
        (_ANY_TOKEN, _ANY_NUMBER, _ANY_START),
    ),
    Variant(
        "token-only",
        "the token is looked at, frame number and start number are not",
        (_ANY_NUMBER, _ANY_START),
    ),
    Variant(
        "no-start-number", "token and frame number are looked at, the start number is not", (_ANY_START,)
    ),
    Variant("boots-repeat", "every power-up has the same boot id, so start numbers repeat", (), True),
    Variant("half-boot", "start numbers hold only the lower half of the boot id", (_HALF_BOOT,)),
    Variant("any-reset", "a reset may be of any age and power-up", (("link", _RECENT, "if True:"),)),
    Variant("stop-leaves-armed", "a stop does not take the arming back", (("core", _STOPPED, ""),)),
    Variant(
        "input-leaves-armed",
        "an opened stop input does not take the arming back",
        (("core", _OPENED + "                self._stop_inputs()\n            elif", "            if"),),
    ),
    Variant("armed-for-ever", "an arming does not end after 30 s", (("core", _EXPIRY, "False"),)),
    Variant(
        "hello-clears",
        "a hello clears the latched fault",
        (("core", _BEGIN, _BEGIN + "        self.latch.clear()\n"),),
    ),
    Variant("reset-too-soon", "a reset does not wait for its cause to go", (("latch", _GONE, "False"),)),
    Variant(
        "limits-loosen",
        "limits may be looser than those loaded before",
        (("session", _TIGHTER, "order.check(values, self.caps, None)"),),
    ),
    Variant(
        "limits-unchecked",
        "limits need not be read back and committed before arming",
        (("link", _COMMITTED, "if self._names_the_limits(limits_hash):"),),
    ),
    Variant("no-lease", "a run goes on without set-points", (("core", _LEASE, "if fault or not running:"),)),
    Variant("no-echo", "a set-point may be as old as it likes", (("session", _FRESH_ECHO, "if False:"),)),
    Variant(
        "nothing-opens",
        "taking the power away does not open the release that needs none",
        (("core", "self.motion.open_dump()", "self.motion.off()"),),
    ),
    Variant("endless-release", "a release is not carried on", (("core", _CARRY_ON, "if False:"),)),
    Variant("no-way-back", "a reset never finds its cause gone", (("latch", _GONE, "True"),)),
)

VARIANTS: Final = {one.name: one for one in _LIST}
"""Every weaker variant by its name."""
