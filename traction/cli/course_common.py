"""What the commands of a course share: its file, its store, and changes that somebody has to confirm."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

import click

from traction.cli.bench_common import is_terminal
from traction.cli.common import note
from traction.cli.people import today
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
    "E383": "store",
    "E385": "records",
}
"""Code of what somebody may confirm -> the word of the option that does; all else refuses."""

_HELP: Final = {
    "jump": "Go further from the last session than the course states.",
    "patient": "Go on with the patient's file as it is now.",
    "protocol": "Go on with the protocol as it is now.",
    "course": "Go on with the course file as it is now.",
    "records": "Go on without the last session's record as it was.",
    "store": "Go on with the store where it is now: it was moved for good.",
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
        function = confirm_option(word)(function)
    return function


def confirm_option(word: str, text: str | None = None) -> Callable[[_Function], _Function]:
    """Return what adds one of them, with another ``text`` where it means something else there."""
    name, said = f"--confirm-{word}", text or _HELP[word]
    return click.option(name, is_flag=True, expose_value=False, callback=_remember, help=said)


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
def opened(
    file: Path, store_file: Path | None, need: Literal["nothing", "history", "change", "store"] = "nothing"
) -> Iterator[Kept]:
    """Open a course with its store, which is made only where a ``store`` is the need.

    A ``history`` has to have begun, or RefusedError E382; for a ``change`` the store has to be at home, too,
    or somebody confirms that it was moved (E383). Raises what its files raise, RecordError E620 to E624, and
    UsageError E620 for a store that was named and is none.
    """
    from traction.courses.book import load_book, store_beside
    from traction.courses.history import History

    where = store_beside(file) if store_file is None else store_file
    create = need == "store"
    if create or (store_file is None and _nothing_at(where)):
        kept = Kept(load_book(file, lambda _: History()), None)  # what is wrong with it makes no store
        if not create:
            yield _enough(kept, need)
            return
    with _open(where, create=create, named=store_file is not None) as store:
        yield _enough(Kept(load_book(file, store.history), store), need)


def _enough(kept: Kept, need: str) -> Kept:
    """Return the course when it has what is needed. Raises RefusedError E382, E383, E384."""
    book, store = kept.book, kept.store
    begun, away = book.history.begun, book.history.away
    if need in ("nothing", "store"):
        return kept
    if begun is None or store is None:
        raise RefusedError(book.not_begun())
    if need == "history" or away is None:
        return kept
    settle([away])
    store.settle_here(begun, today(), away)
    return Kept(replace(book, history=store.history(book.course.id)), store)


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
    """Write into the store what was confirmed, and what may change unasked, and read it again.

    That is anything before the first session, and the protocol of a stage that is seen the first time.
    """
    store, book = kept.store, kept.book
    known, now = book.history.begun, book.begun()
    assert store is not None
    assert known is not None
    told: dict[str, object] = {problem.code: problem.message for problem in confirmed_problems}
    if told:
        store.accept(now, at, "confirmed", told)
    elif now.digests != known.digests:
        changed = {key: digest for key, digest in now.digests.items() if digest != known.digests.get(key)}
        store.accept(now, at, "changed", changed)
    return replace(book, history=store.history(book.course.id))
