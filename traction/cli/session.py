"""Run a proved protocol with somebody watching: confirmation, keys, signals and the screen."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from traction.cli.keys import keys_from_terminal
from traction.errors import Problem, RefusedError
from traction.report.clean import clean
from traction.report.table_name import table_name

if TYPE_CHECKING:
    from traction.api import RunResult
    from traction.cli.wishes import ClockName
    from traction.proof import Proof
    from traction.runner.plan import About


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
    proof: Proof, typed: str, path: Path, clock: ClockName, *, quiet: bool, about: About | None = None
) -> RunResult:
    """Run and show it on stderr; keys work in real time only, because virtual time waits for nobody.

    ``about`` says in the record for whom the session is.
    """
    from traction import api
    from traction.cli.viewer import Watcher, open_outlet
    from traction.report.frames import FrameMaker
    from traction.report.screen import Session
    from traction.runner.requests import Requests
    from traction.runner.signals import stop_on_signals

    requests = Requests()
    realtime = clock == "wall"
    with keys_from_terminal(realtime) as keys:
        table = proof.table
        kind = "simulated" if table.simulated else "REAL TABLE"
        named = table_name(typed, table.facts.name)
        session = Session(proof.protocol.name, named, table.simulated, clock, proof.seed, keys.help)
        opening = f"running {proof.protocol.name} on {named}, {kind}, {clock} clock; record {path}"
        outlet = open_outlet(session, beside=realtime, quiet=quiet)
        words = [] if quiet else [opening]
        watcher = Watcher(FrameMaker(proof.session_plan()), outlet, keys, requests, words)
        try:
            with stop_on_signals(requests, watcher.understood), keys.heard_at_once(requests):
                return api.run(
                    proof, record=path, clock=clock, requests=requests, viewer=watcher, about=about
                )
        finally:
            watcher.close()
