"""Run a proved protocol with somebody watching: confirmation, keys, signals and the screen."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from traction.cli.keys import ANSWER_HELP, CHANGE_HELP, keys_from_terminal
from traction.errors import Problem, RefusedError
from traction.report.clean import clean
from traction.report.table_name import table_name

if TYPE_CHECKING:
    from traction.api import RunResult
    from traction.cli.keys import Keys
    from traction.cli.wishes import ClockName
    from traction.proof import Proof
    from traction.runner.plan import About
    from traction.runner.requests import Requests


def confirm(proof: Proof, *, yes: bool) -> None:
    """Ask before a run on a real table. Raises RefusedError E164 unless a person or ``--yes`` says so."""
    if proof.table.simulated or yes:
        return
    peak = f"{proof.profile.peak_n:.0f} N"
    question = f"Run {proof.protocol.name}, peak {peak}, on the REAL TABLE {proof.table.url}?"
    if sys.stdin.isatty() and sys.stderr.isatty() and click.confirm(clean(question), err=True):
        return
    raise RefusedError(Problem("E164", f"nobody confirmed the run on {proof.table.url}", "a yes"))


def run_shown(
    proof: Proof,
    typed: str,
    path: Path,
    clock: ClockName,
    *,
    quiet: bool,
    about: About | None = None,
    requests: Requests | None = None,
) -> RunResult:
    """Run and show it on stderr; keys work in real time only, because virtual time waits for nobody.

    ``about`` says in the record for whom the session is; ``requests`` hold what was asked for beforehand.
    """
    from traction import api
    from traction.cli.viewer import Watcher, open_outlet
    from traction.report.frames import FrameMaker
    from traction.report.screen import Session
    from traction.runner.requests import Requests
    from traction.runner.signals import stop_on_signals

    asked = Requests() if requests is None else requests
    realtime = clock == "wall"
    with keys_from_terminal(realtime) as keys:
        table = proof.table
        kind = "simulated" if table.simulated else "REAL TABLE"
        named = table_name(typed, table.facts.name)
        session = Session(
            proof.protocol.name, named, table.simulated, clock, proof.seed, keys_help(keys, proof)
        )
        opening = f"running {proof.protocol.name} on {named}, {kind}, {clock} clock; record {path}"
        outlet = open_outlet(session, beside=realtime, quiet=quiet)
        words = [] if quiet else [opening, *setup_words(proof)]
        tells = realtime or not quiet
        watcher = Watcher(FrameMaker(proof.session_plan()), outlet, keys, asked, words, tells=tells)
        try:
            with stop_on_signals(asked, watcher.understood), keys.heard_at_once(asked):
                return api.run(
                    proof,
                    record=path,
                    clock=clock,
                    requests=asked,
                    viewer=watcher,
                    about=about,
                    attended=bool(keys.help),
                )
        finally:
            watcher.close()


def keys_help(keys: Keys, proof: Proof) -> str:
    """Return the line that names the keys of this run, or an empty text where nobody can press any."""
    more = [ANSWER_HELP] if proof.questions else []
    more += [CHANGE_HELP] if proof.live else []
    return "; ".join([keys.help, *more]) if keys.help else ""


def setup_words(proof: Proof) -> list[str]:
    """Return the steps of the set-up, as the protocol states them."""
    position = proof.protocol.document.position
    steps = () if position is None else position.steps or ()
    return [f"set-up {number}: {step}" for number, step in enumerate(steps, 1)]
