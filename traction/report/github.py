"""Checks as GitHub workflow commands: errors that show up at their line in a pull request."""

from __future__ import annotations

from collections.abc import Sequence

from traction.errors import Problem
from traction.report.checks import Check


def github_lines(checks: Sequence[Check]) -> list[str]:
    """Return one ``::error`` command for each problem, and a notice that counts when all hold.

    Source: GitHub Docs, "Workflow commands for GitHub Actions", setting an error message.
    """
    lines = [_command(check, problem) for check in checks for problem in check.problems]
    if not lines:
        lines.append(f"::notice title=traction check::{len(checks)} of {len(checks)} protocols hold")
    return lines


def _command(check: Check, problem: Problem) -> str:
    places: list[tuple[str, object]] = [("file", problem.file or check.file)]
    places += [("line", problem.line), ("col", problem.column), ("title", f"traction {problem.code}")]
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in places if value is not None)
    field = f"{problem.field}: " if problem.field else ""
    advice = f"; advice: {problem.advice}" if problem.advice else ""
    return f"::error {properties}::{_data(f'{field}{problem.message}{advice}')}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
