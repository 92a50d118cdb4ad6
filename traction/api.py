"""The Python interface: load, compile, verify, run, read a record. Plain frozen objects, NumPy samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from traction.arguments import amount, choice, location, whole, wrong
from traction.bench import kept
from traction.clock import Clock, VirtualClock, WallClock
from traction.drivers.base import TableSetup
from traction.drivers.registry import open_driver
from traction.drivers.url import parse_url
from traction.errors import Problem, RefusedError
from traction.proof import Proof, verify
from traction.protocol.compile import compile_protocol
from traction.protocol.load import load_protocol
from traction.protocol.protocol import Protocol
from traction.replan import making_replanner, require_answers
from traction.runner import reader
from traction.runner.reader import Record
from traction.runner.record.beside import record_beside
from traction.runner.record.direct import record_to_file, record_to_memory
from traction.runner.requests import Requests
from traction.runner.session import SessionResult, run_session
from traction.runner.signals import interrupts_stop
from traction.sim.options import read_options
from traction.tables import Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from traction.drivers.guarded import GuardedDriver
    from traction.profile.profile import Profile
    from traction.runner.engine import Viewer
    from traction.runner.plan import About
    from traction.runner.record.recorder import Recorder

ClockName = Literal["virtual", "wall"]

__all__ = ["Proof", "Record", "RunResult", "compile", "load", "read_record", "run", "verify"]


@dataclass(frozen=True, slots=True, eq=False)
class RunResult:
    """How a run ended: the proof it ran on and the session's result."""

    proof: Proof
    session: SessionResult

    @property
    def outcome(self) -> str:
        """Return COMPLETED, STOPPED, TRIPPED, FAULTED or REFUSED."""
        return str(self.session.outcome)

    @property
    def code(self) -> str:
        """Return the code of the deciding reason, empty when completed."""
        return self.session.code

    @property
    def exit_code(self) -> int:
        """Return the exit code the shell gives for this outcome."""
        return self.session.exit_code

    def record(self) -> Record:
        """Read the record back, from the file or from memory. Raises RecordError."""
        return self.session.record()

    def samples(self) -> Mapping[str, NDArray[np.float64]]:
        """Return the samples in SI units, one row per tick of 20 ms, oldest first; units are in the names.

        ``time_s``, ``profile_s``, ``target_n``, ``force_n`` (tension positive), ``travel_mm``, and what the
        table adds, such as ``disc_pressure_kpa`` (gauge). Each array is read-only, and made when it is looked
        at: take the mapping once, and from it what you need. The last tick may lie 20 ms after the profile:
        ``proof.profile.force_at(np.minimum(samples["profile_s"], proof.profile.duration_s))``.
        """
        from traction.runner.series import SiSeries

        return SiSeries(self.record().samples)


def load(name_or_path: str | Path) -> Protocol:
    """Return the protocol of a library name or a file. Raises UsageError, ProtocolError (every error)."""
    return load_protocol(location(name_or_path, "name_or_path"))


def compile(  # noqa: A001  the verb of the language; the built-in is not needed here
    protocol: Protocol | str | Path, *, mass_kg: float | None = None, seed: int = 0, session: int = 1
) -> Profile:
    """Return the closed-form profile of a protocol for a patient; ``seed`` draws any variation.

    ``session`` is its number in a course, from 1.

    Raises what ``load`` raises, and RefusedError E330 where the protocol needs a mass and gets none.
    """
    known = protocol if isinstance(protocol, Protocol) else load_protocol(location(protocol, "protocol"))
    return compile_protocol(
        known,
        mass_kg=amount(mass_kg, "mass_kg", "80.0"),
        seed=whole(seed, "seed"),
        session=whole(session, "session"),
    )


def run(
    proof: Proof,
    *,
    record: str | Path | None = None,
    clock: ClockName | None = None,
    requests: Requests | None = None,
    viewer: Viewer | None = None,
    about: About | None = None,
    attended: bool | None = None,
) -> RunResult:
    """Run what ``verify`` proved, and return how it ended with the force down.

    ``record`` is the file to write (never overwritten); None keeps the record in memory. ``clock`` is virtual
    for a simulated table and wall for a real one unless said. ``requests`` serve one run only.
    ``attended`` says whether somebody is there who can answer a question; where nobody is, as in virtual
    time, each has to have an answer stated in ``requests`` or their schedule. Where it is true, a real table
    also asks every five minutes whether somebody is still there (``requests.here()``), and else releases.
    ``about`` says in the record for whom the session is, by an id.

    Raises RefusedError (the proof has not passed; E353 to E355, who answers what; E348, it was changed; E349,
    a real table on a virtual clock), UsageError (E117, a wrong argument), RecordError where the file cannot
    be made, and TableError E507.
    """
    if not isinstance(proof, Proof):
        raise wrong("proof", proof, "what traction.verify returns")
    if requests is not None and not isinstance(requests, Requests):
        raise wrong("requests", requests, "a traction.runner.requests.Requests, or None")
    where = None if record is None else location(record, "record")
    plan = replace(proof.session_plan(), about=about)
    time = make_clock(proof.table, clock)
    somebody = time.realtime and requests is not None if attended is None else attended
    requests = Requests() if requests is None else requests
    require_answers(proof, requests, attended=somebody)
    requests.begin()
    with interrupts_stop(requests):  # until the table is closed: a stop after the end changes nothing
        with making_replanner(proof, time) as replanner, connect(proof, time) as driver:
            session = run_session(
                plan,
                driver,
                time,
                make_recorder(where, time),
                requests=requests,
                viewer=viewer,
                objections=partial(kept.objections, every_s=plan.table.check_every_s),
                replanner=replanner,
                attended=attended is True and not proof.table.simulated,
            )
        # first, because where only some are told the record has the others, but no word of these
        return RunResult(proof, replace(session, not_done=(*_waiting(proof, session), *session.not_done)))


def _waiting(proof: Proof, session: SessionResult) -> list[str]:
    """Return the faults that the URL asked for at a time that the session did not reach."""
    if not proof.table.simulated or not session.stats.rows:
        return []
    asked = read_options(parse_url(proof.table.url), setup_of(proof)).faults
    ended_s = session.stats.duration_s
    return [
        f"{one.told()} never began: the session had ended after {ended_s:.1f} s"
        for one in asked
        if one.at_ms > 1000 * ended_s
    ]


def read_record(path: str | Path) -> Record:
    """Read the record at ``path``: all of it, or its valid prefix with ``problems`` that say what is wrong.

    Raises RecordError where nothing of a session can be read (E611: it cannot be opened, or is no file; E610:
    not a record of ours; E612: damaged before the header ended), UsageError E117 for what is no path.
    """
    return reader.read_record(location(path, "path"))


def make_clock(table: Table, name: ClockName | None = None) -> Clock:
    """Return the clock for a table. Raises UsageError E117, RefusedError E349 (virtual on a real table)."""
    choice(name, "clock", get_args(ClockName))
    chosen = name or ("virtual" if table.simulated else "wall")
    if chosen == "virtual" and not table.simulated:
        raise RefusedError(Problem("E349", f"a virtual clock with {table.url}", "the wall clock: it is real"))
    return VirtualClock() if chosen == "virtual" else WallClock()


def connect(proof: Proof, clock: Clock) -> GuardedDriver:
    """Return the guarded driver of the proof's table, not opened yet; a context manager that closes it."""
    return open_driver(proof.table.url, clock=clock, setup=setup_of(proof))


def setup_of(proof: Proof) -> TableSetup:
    """Return what the session tells its table."""
    return TableSetup(proof.protocol.region, proof.mass_kg, proof.seed)


def make_recorder(path: str | Path | None, clock: Clock) -> Recorder:
    """Return a recorder: to memory, to a file, or in real time by a process beside the session."""
    if path is None:
        return record_to_memory()
    return record_beside(Path(path))[0] if clock.realtime else record_to_file(Path(path))
