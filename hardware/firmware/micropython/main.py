"""What the board runs: ten milliseconds after ten milliseconds, the same core as the simulated table.

Anything that goes wrong here takes the power from the drive and starves the watchdog, which restarts the
chip. What the controller does after that it decides by itself: it begins latched, under load it only unloads.
"""

import time

import settings
import watch
from board_rp2040 import Board
from traction.controller.config import ControllerConfig
from traction.controller.core import Controller
from traction.controller.link import Link
from traction.wire import messages

FIRMWARE = 1000000  # major * 1000000 + minor * 1000 + patch
PRESS_WITHIN_MS = 12 * 3600000  # a day at the bench begins with trying both stops
AFTER_FAILURE_S = 2  # before a start, so that a board that keeps failing does so slowly


def start(board: Board) -> Link:
    """Return the controller's end of the line, for the adaptor that is fitted."""
    config = ControllerConfig(board.fitted, board.boot_id(), settings.DRIVE)
    config.press_within_ms = PRESS_WITHIN_MS
    config.hold_to_run = settings.HOLD_TO_RUN
    config.ease_button = 0 if board.ease is None else 1
    return Link(Controller(config), messages.MODEL_BOARD, board.serial(), FIRMWARE, 0)


def beat(board: Board, link: Link, watched: watch.Watch) -> bool:
    """Live one beat; say whether all was in order."""
    watched.begin(board.wait())
    controller = link.controller
    force_a = board.cell_a.read()
    force_b = board.cell_b.read()
    travel = board.travel_um()
    inputs = board.inputs()
    watched.check_in(watch.READ)
    link.receive(board.heard())
    watched.check_in(watch.HEARD)
    controller.tick(force_a, force_b, travel, inputs)
    watched.check_in(watch.JUDGED)
    board.drive(controller.velocity_um_per_s, controller.enabled, controller.dump)
    board.show(controller.fault, controller.others_may_move)
    watched.check_in(watch.DRIVEN)
    link.tick()
    board.say(link)
    watched.check_in(watch.SAID)
    board.beat()
    return watched.end()


def run() -> None:
    """Live until something is not in order."""
    board = Board()
    try:
        time.sleep(AFTER_FAILURE_S)
        if not board.watchdog_has_bitten():  # once at each power-up, while the drive is off
            board.starve_watchdog()
            raise OSError("the watchdog does not restart the chip")
        while (
            board.fitted is None
        ):  # no adaptor, or both: there are no caps to obey, so there is no controller
            time.sleep_ms(100)
            board.fitted = board.adaptor()
        link = start(board)
        watched = watch.Watch(board.start_watchdog())
        while beat(board, link, watched):
            pass
    finally:
        board.off()


if __name__ == "__main__":
    run()
