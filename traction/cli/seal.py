"""``traction seal``: seal the name of a trial's arm, and hold a file or a record against it later."""

from __future__ import annotations

import secrets
import sys

import click
from rich_click import RichCommand

from traction.cli.common import debug_option, emit, emit_json, note_folded, style_of
from traction.errors import Problem, RefusedError, UsageError


@click.command(
    "seal",
    cls=RichCommand,
    short_help="Seal the name of a trial's arm.",
    epilog="Example: traction seal sham",
)
@click.argument("name", metavar="ARM")
@click.option("--salt", metavar="HEX", help="The salt the seal was made with; without it a new one is made.")
@click.option(
    "--of", "where", metavar="FILE", help="Say whether this protocol or record (.mcap) is of the arm."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@debug_option
def command(name: str, salt: str | None, where: str | None, as_json: bool) -> None:
    """Seal ARM, the true name of an arm, so that a protocol can carry it without saying it.

    Keep the salt and the name with whoever allots; the seal goes into [sham] of the file, and from there into
    the header of every record. With --salt and --of it says whether a file or a record is of ARM: the code is
    0 when it is, 3 when it is not. The name itself is never shown.
    """
    from traction.protocol.seal import SALT_BYTES, opens, seal_of

    if where is None:
        salt = secrets.token_hex(SALT_BYTES) if salt is None else salt
        seal = seal_of(name, salt)
        if as_json:
            emit_json({"salt": salt, "seal": seal})
        else:
            emit(_lines(salt, seal))
            note_folded("keep the salt with whoever allots: without it the seal can never be opened")
        return
    if salt is None:
        raise UsageError(Problem("E138", "--of without a salt", "--salt, as it was printed with the seal"))
    label, seal = _sealed(where)
    fits = opens(seal, name, salt)
    if as_json:
        emit_json({"file": where, "label": label, "seal": seal, "fits": fits})
    if not fits:
        raise RefusedError(Problem("E138", f"{label!a} in {where!a} has another seal", "that of this name"))
    if not as_json:
        emit([f"{label}: sealed with this name and salt"])


def _lines(salt: str, seal: str) -> list[str]:
    from traction.report.layout import facts

    return facts([("salt", salt), ("seal", seal)], style_of(sys.stdout))


def _sealed(where: str) -> tuple[str, str]:
    """Return the coded name and the seal of a protocol or a record. Raises RefusedError E138 without one."""
    if where.endswith(".mcap"):
        from traction.runner.reader import read_record

        sham = read_record(where).header.get("sham")
        if isinstance(sham, dict) and isinstance(sham.get("seal"), str):
            return str(sham.get("label", "")), sham["seal"]
    else:
        from traction.protocol.load import load_protocol

        declared = load_protocol(where).declared.sham
        if declared is not None:
            return declared.label, declared.seal
    raise RefusedError(Problem("E138", f"no seal in {where!a}", "a protocol with [sham], or a record of one"))
