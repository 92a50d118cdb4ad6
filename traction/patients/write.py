"""Write patient files: a new one, and answers into one that is there. Whole or not at all."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from traction.errors import Problem, TractionError, UsageError
from traction.patients.patient import Patient, parse_patient

_SECTION: Final = re.compile(r"^\[answers\][ \t]*(?:#.*)?$", re.MULTILINE)
_NEXT: Final = re.compile(r"^\[", re.MULTILINE)

NEW: Final = """\
# One patient of this site. No name, no address, no day of birth: an id that only the site can trace.
format = 1
id = "{id}"
mass = "{mass}"{height}{age}
{speaks}

# Limits of this patient, for one region each; they can only be tighter than those of the region.
# [limits.lumbar]
# max_force = "300 N"
# max_session = "20 min"

# Answers to the screening, each with its day: "traction patient screen FILE --region REGION" asks for them.
[answers]
"""
SPEAKS: Final = {
    True: "cannot_communicate = false  # can speak up, and press a stop",
    False: "cannot_communicate = true   # no session, whatever else is answered",
    None: "# cannot_communicate = false  # remove the first # when the patient can speak up and press a stop",
}


def new_text(
    name: str, mass: str, *, height: str | None = None, age: int | None = None, speaks: bool | None = None
) -> str:
    """Return the text of a new patient file; quantities as people write them."""
    return NEW.format(
        id=name,
        mass=mass,
        height="" if height is None else f'\nheight = "{height}"',
        age="" if age is None else f"\nage = {age}",
        speaks=SPEAKS[speaks],
    )


def with_answers(patient: Patient, answers: Mapping[str, str], on: str) -> str:
    """Return the text of a patient's file with these answers of one day in it; all else stays as written.

    Raises UsageError E132 where the file writes its answers in another way than one line each.
    """
    text = patient.text
    header = _SECTION.search(text)
    if header is None:
        text = f"{text.rstrip()}\n\n[answers]\n"
        header = _SECTION.search(text)
        assert header is not None
    after = _NEXT.search(text, header.end())
    end = len(text) if after is None else after.start()
    section = text[header.end() : end].rstrip()
    for key, answer in answers.items():
        line = f'{key} = {{ answer = "{answer}", on = {on} }}'
        pattern = re.compile(rf"^[ \t]*(?:\"{re.escape(key)}\"|{re.escape(key)})[ \t]*=.*$", re.MULTILINE)
        section = pattern.sub(line, section) if pattern.search(section) else f"{section}\n{line}"
    tail = text[end:]
    found = f"{text[: header.end()]}{section}\n" + (f"\n{tail}" if tail else "")
    _require_only(patient, found, answers, on)
    return found


def _require_only(patient: Patient, text: str, answers: Mapping[str, str], on: str) -> None:
    """Read what would be written: it must say what it said before, and the answers."""
    try:
        again = parse_patient(text.encode("utf-8"), patient.path)
        wanted = {key: (one.answer, one.on) for key, one in patient.answers.items()}
        wanted |= {key: (answer, on) for key, answer in answers.items()}
        fine = {key: (one.answer, one.on) for key, one in again.answers.items()} == wanted
        fine = fine and (again.id, again.mass_kg, again.limits) == (
            patient.id,
            patient.mass_kg,
            patient.limits,
        )
    except TractionError:
        fine = False
    if not fine:
        found = "answers that are not written one to a line below [answers]"
        raise UsageError(Problem("E132", found, "them written so, or edited by hand", file=patient.path))


def replace_file(path: Path, text: str, digest: str) -> None:
    """Put a text in the place of a file, whole or not at all; who may read it, links and line ends stay.

    ``digest`` is that of the file when it was read: what somebody else has written since is not lost.
    Raises TractionError E162.
    """
    beside = None
    try:
        there = path.resolve()
        before = there.read_bytes()
        newline = "\r\n" if b"\r\n" in before else "\n"
        with NamedTemporaryFile(
            "w", encoding="utf-8", newline=newline, dir=there.parent, delete=False
        ) as file:
            beside = Path(file.name)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.chmod(stat.S_IMODE(there.stat().st_mode))
        if hashlib.sha256(there.read_bytes()).hexdigest() != digest:
            found = f"{path} was changed by somebody else in the meantime; nothing was written"
            raise TractionError(Problem("E162", found, "the same command once more", file=str(path)))
        beside.replace(there)
    except OSError as error:
        found = f"{path} could not be written: {error.strerror}"
        raise TractionError(Problem("E162", found, file=str(path))) from error
    finally:
        if beside is not None:
            beside.unlink(missing_ok=True)
