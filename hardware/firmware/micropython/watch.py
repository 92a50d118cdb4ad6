"""When the hardware watchdog is fed: once a beat, after every task has checked in, in order and in time."""

# The tasks of a beat, in their order
READ = 0
HEARD = 1
JUDGED = 2
DRIVEN = 3
SAID = 4
TASKS = 5

LATEST_US = 30000  # the controller counts its time in beats, so beats may not fall behind for longer


class Watch:
    """Feeds while all is in order; after the first thing that is not, never again until the chip restarts."""

    __slots__ = ("_feed", "_next", "sound")

    def __init__(self, feed) -> None:
        self._feed = feed
        self._next = 0
        self.sound = True

    def begin(self, late_us: int) -> None:
        """Begin a beat that comes ``late_us`` after its time; negative is early."""
        if not 0 <= late_us <= LATEST_US:
            self.sound = False

    def check_in(self, task: int) -> None:
        """Say that ``task`` has done its work in this beat."""
        if task != self._next:
            self.sound = False
        self._next += 1

    def end(self) -> bool:
        """End the beat: feed if all is in order, and say whether it was."""
        if self._next != TASKS:
            self.sound = False
        self._next = 0
        if self.sound:
            self._feed()
        return self.sound
