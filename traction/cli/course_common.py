"""What the commands of a course share: its file, its store, and changes that somebody has to confirm."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from traction.cli.bench_common import is_terminal
from traction.cli.common import note
from traction.errors import Problem, RecordError, RefusedError, UsageError
from traction.report.clean import clean

if TYPE_CHECKING:
    from traction.courses.book import Book
    from traction.courses.store import Store

_Function = TypeVar("_Function", bound="Callable[..., Any]")

CONFIRMED_BY: Final[Mapping[str, str]] = {
    "E371": "patient",
    "E372": "protocol",
    "E373": "course",
    "E375": "records",
    "E376": "records",
    "E379": "jump",
    "E381": "jump",
}
"""Code of what somebody may confirm -> the word of the option that does; all else refuses."""

_HELP: Final = {
    "jump": "Go further from the last session than the course states.",
    "patient": "Go on with the patient's file as it is now.",
    "protocol": "Go on with the protocol as it is now.",
    "course": "Go on with the course file as it is now.",
    "records": "Go on without the last session's record as it was.",
}


def file_argument(function: _Function) -> _Function:
    """Add the course's file."""
    return click.argument("file", type=click.Path(path_type=Path), metavar="COURSE.toml")(function)


def store_option(function: _Function) -> _Function:
    """Add ``--store``."""
    text = "The store of the history. [default: traction-courses.sqlite beside the course's file]"
    kind = click.Path(path_type=Path)
    return click.option("--store", "store_file", type=kind, metavar="FILE", help=text)(function)


def confirm_options(function: _Function) -> _Function:
    """Add ``--confirm-jump`` and the rest, as one tuple ``confirmed``."""
    for word in reversed(_HELP):
        option = click.option(
            f"--confirm-{word}",
            is_flag=True,
            expose_value=False,
            callback=_remember,
            help=_HELP[word],
        )
        function = option(function)
    return function


def _remember(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        ctx.meta.setdefault(_META, []).append(param.opts[0].removeprefix("--confirm-"))


_META: Final = "traction.confirmed"


def confirmed() -> tuple[str, ...]:
    """Return the words of the confirmations that were said."""
    context = click.get_current_context(silent=True)
    return () if context is None else tuple(context.meta.get(_META, ()))


@dataclass(frozen=True, slots=True)
class Kept:
    """A course and the open store its history is in; ``store`` is None where there is none yet."""

    book: Book
    store: Store | None


@contextmanager
def opened(file: Path, store_file: Path | None, *, create: bool = False) -> Iterator[Kept]:
    """Open a course with its store, which is made only where ``create``.

    Raises what its files raise, RecordError E620 to E624, and UsageError E620 for a store that was named and
    is none; one that was named has to be there.
    """
    from traction.courses.book import load_book, store_beside
    from traction.courses.history import History

    where = store_beside(file) if store_file is None else store_file
    if not create and store_file is None and _nothing_at(where):
        yield Kept(load_book(file, lambda _: History()), None)
        return
    book = load_book(file, lambda _: History()) if create else None  # what is wrong with it makes no store
    with _open(where, create=create, named=store_file is not None) as store:
        del book
        yield Kept(load_book(file, store.history), store)


def _nothing_at(where: Path) -> bool:
    """Say whether nothing is there, or a file with nothing in it: SQLite would take that for its own."""
    return not where.exists() or (where.is_file() and where.stat().st_size == 0)


@contextmanager
def _open(where: Path, *, create: bool, named: bool) -> Iterator[Store]:
    """Open a store; one that was ``named`` and is none is a mistake of the command line."""
    from traction.courses.store import open_store

    with ExitStack() as stack:
        try:
            if not create and where.exists() and _nothing_at(where):
                raise RecordError(Problem("E620", "the file is empty", "a store", file=str(where)))
            store = stack.enter_context(open_store(where, create=create))
        except RecordError as error:
            if named and error.code == "E620":
                raise UsageError(*error.problems) from error
            raise
        yield store


def settle(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return what was confirmed, by option or by whoever is at this terminal.

    Raises RefusedError with everything that was not, or that nobody may confirm.
    """
    said, fine, against = set(confirmed()), [], []
    for problem in problems:
        word = CONFIRMED_BY.get(problem.code)
        if word is not None and (word in said or _asked(problem)):
            fine.append(problem)
        else:
            against.append(problem)
    if against:
        raise RefusedError(*against)
    return tuple(fine)


def _asked(problem: Problem) -> bool:
    if not is_terminal():
        return False
    note(clean(f"{problem.code} {problem.message}"))
    try:
        return click.confirm("Go on all the same?", err=True)
    except click.Abort:
        raise KeyboardInterrupt from None


def write_down(kept: Kept, confirmed_problems: Iterable[Problem], at: str) -> Book:
    """Write into the store what was confirmed, begin the course where it has not, and read it again."""
    from dataclasses import replace

    store, book = kept.store, kept.book
    assert store is not None
    if book.history.begun is None:
        store.begin(book.begun(), book.patient.id, at)
    else:
        told: dict[str, object] = {problem.code: problem.message for problem in confirmed_problems}
        if told:
            store.accept(book.begun(), at, "confirmed", told)
        elif set(book.digests()) - set(
            book.history.begun.protocols
        ):  # a stage's protocol seen the first time
            store.accept(book.begun(), at, "protocols", dict(book.digests()))
    return replace(book, history=store.history(book.course.id))
