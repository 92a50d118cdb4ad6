"""Words of the language that options take, without the weight of the language; a test compares them."""

from __future__ import annotations

from typing import Final

import click

MODES: Final = ("static", "intermittent", "cyclic", "progressive", "regressive", "ramp", "mixed")
EVIDENCE_KINDS: Final = (
    "randomised-trial",
    "trial-registration",
    "cohort-study",
    "case-report",
    "laboratory-study",
    "patent",
    "standard",
    "vendor-guidance",
    "teaching-notes",
    "engineering",
    "none",
)
MODE = click.Choice(MODES)
ONE_MODE = click.Choice(MODES[:-1])
EVIDENCE = click.Choice(EVIDENCE_KINDS)
