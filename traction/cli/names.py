"""Arguments that name things, with completion by the shell: protocols, codes and regions."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import cast

import click
from click.shell_completion import CompletionItem

from traction.errors import Problem, UsageError

REGIONS = ("lumbar", "cervical")
LIBRARY = "protocols/library"
TEMPLATES = "protocols/templates"
TABLES = "hardware/tables"


class ProtocolName(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """A name in the library or of a template, or the path of a file; left to the library to find."""

    name = "NAME_OR_PATH"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the names of the library, and files."""
        del ctx, param
        from traction.shipped import shipped_files

        shipped = {**shipped_files(LIBRARY), **shipped_files(TEMPLATES)}
        names = [CompletionItem(name) for name in shipped if name.startswith(incomplete)]
        if not names or "/" in incomplete or incomplete.startswith("."):
            names.append(CompletionItem(incomplete, type="file"))
        return names


class ErrorCode(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """A code of the catalogue."""

    name = "CODE"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the codes with their titles."""
        del ctx, param
        from traction.errors import catalogue

        wanted = incomplete.upper()
        return [
            CompletionItem(entry.code, help=entry.title)
            for entry in catalogue().values()
            if entry.code.startswith(wanted)
        ]


class TableName(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """A URL, a name in ``hardware/tables``, or the path of a table file that is there."""

    name = "URL"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text as it is; UsageError E192 for a file that is not there or is no plain file."""
        del param, ctx
        from traction.drivers.url import names_a_file

        text = str(value)
        path = "/" in text and ":" not in text
        kind = kind_of(Path(text)) if path or names_a_file(text) else FILE
        if kind != FILE:
            found = f"{text} is {kind}" if kind else f"there is no file {text}"
            raise UsageError(Problem("E192", found, "a table file", field="--table"))
        return text

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the shipped tables, the simulator, and files."""
        del ctx, param
        from traction.shipped import shipped_files

        names = [name for name in ("sim:", *shipped_files(TABLES)) if name.startswith(incomplete)]
        items = [CompletionItem(name) for name in names]
        return items or [CompletionItem(incomplete, type="file")]


class ToleranceName(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """A name in ``hardware/tolerances``, or the path of a file of that kind; left to the reader to find."""

    name = "NAME|FILE.toml"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the shipped profiles, and files."""
        del ctx, param
        from traction.shipped import shipped_files

        names = [name for name in shipped_files("hardware/tolerances") if name.startswith(incomplete)]
        items = [CompletionItem(name) for name in names]
        return items or [CompletionItem(incomplete, type="file")]


class RecordFile(click.Path):
    """A record to be read; what cannot be read at all is found here, before anything waits for it."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Path:
        """Return the path; UsageError E611 for a folder, a pipe or a device."""
        path = cast(Path, super().convert(value, param, ctx))
        kind = kind_of(path)
        if kind not in ("", FILE):
            raise UsageError(Problem("E611", f"it is {kind}", "a record file", str(path)))
        return path


class NewFile(click.Path):
    """A file to be written, in a folder that is there; ``code`` is the error for one that cannot be made.

    ``fresh`` says that no file may be there already; else a plain file gives way to the new one.
    """

    def __init__(self, code: str, *, picture: bool = False, fresh: bool = False) -> None:
        super().__init__(path_type=Path)
        self._code = code
        self._picture = picture
        self._fresh = fresh

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Path:
        """Return the path; UsageError for a folder that is not there, E161 and E601 where they apply."""
        path = cast(Path, super().convert(value, param, ctx))
        field = (
            next((name for name in param.opts if name.startswith("--")), None) if param is not None else None
        )
        if self._picture:
            from traction.report.plot import check_suffix

            check_suffix(path)
        kind = kind_of(path)
        if kind == FILE and self._fresh:
            raise UsageError(Problem("E601", "a file is already there", "a new name", str(path), field=field))
        if kind not in ("", FILE):
            found = f"{kind} is already there"
            code = "E601" if self._fresh else self._code
            raise UsageError(Problem(code, found, "a new name", str(path), field=field))
        if not os.path.isdir(path.parent):  # noqa: PTH112  says no, and not an error, where a name is too long
            found = f"there is no folder {path.parent}"
            raise UsageError(Problem(self._code, found, "a folder that exists", str(path), field=field))
        return path


class NewReport(NewFile):
    """A page or a picture of a record, by the ending of its name."""

    def __init__(self) -> None:
        super().__init__("E653")
        self._drawn = NewFile("E650", picture=True)

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Path:
        """Return the path; UsageError E161 for another kind of file, E653 and E650 as a NewFile."""
        suffix = Path(value).suffix.lower()
        if suffix == ".html":
            return super().convert(value, param, ctx)
        from traction.report.plot import SUFFIXES

        if suffix not in SUFFIXES:
            expected = f"one ending in .html, {', '.join(SUFFIXES)}"
            raise UsageError(
                Problem("E161", f"the report name {Path(value).name!r}", expected, field="--out")
            )
        return self._drawn.convert(value, param, ctx)


class NewDrawing(NewFile):
    """A drawing to be written, which is a text: an SVG file."""

    def __init__(self) -> None:
        super().__init__("E650")

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Path:
        """Return the path; UsageError E161 for another kind of file, E650 as a NewFile."""
        if Path(value).suffix.lower() != ".svg":
            found = f"the drawing name {Path(value).name!r}"
            raise UsageError(Problem("E161", found, "one ending in .svg", field="--position"))
        return super().convert(value, param, ctx)


FILE = "a plain file"


def kind_of(path: Path) -> str:
    """Return what is at ``path`` in words, FILE for a plain file, or an empty text for nothing at all."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):  # nothing there, a link to nowhere, a name no file can have
        return "a link to nothing" if os.path.islink(path) else ""  # noqa: PTH114  says no to any name
    if stat.S_ISREG(mode):
        return FILE
    kinds = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}
    return kinds.get(stat.S_IFMT(mode), "a device")


PROTOCOL = ProtocolName()
TABLE = TableName()
CODE = ErrorCode()
REGION = click.Choice(REGIONS)
NEW_PICTURE = NewFile("E650", picture=True)
NEW_DRAWING = NewDrawing()
NEW_REPORT = NewReport()
NEW_RECORD = NewFile("E603", fresh=True)
RECORD = RecordFile()
TOLERANCE = ToleranceName()
