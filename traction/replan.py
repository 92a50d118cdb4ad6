"""The plan of a run after an answer or an edit: proved again, here or by a process beside the session."""

from __future__ import annotations

import io
import pickle
import socket
from contextlib import contextmanager, suppress
from functools import partial
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from traction.errors import Problem, RefusedError, TractionError
from traction.proof import Proof
from traction.protocol.happened import NOTHING, Edited, Happened
from traction.protocol.question_phases import QuestionPhase
from traction.protocol.questions import leads
from traction.runner.child import ignore_stop_signals
from traction.runner.replanner import LENGTH, READY, InlineReplanner, NoReplanner, Replanner, replanner_beside
from traction.runner.requests import Answer, Edit, said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from traction.clock import Clock
    from traction.runner.plan import SessionPlan
    from traction.runner.requests import Requests

ENTRY: Final = "traction.replan:main"
OUT_OF_BOUNDS: Final = "E336"


@contextmanager
def making_replanner(proof: Proof, clock: Clock) -> Iterator[Replanner]:
    """Give who works out changes of this run: nobody where nothing can change, in real time a process.

    The process has loaded and proved everything once when this begins, so that it answers in time.
    """
    if not (proof.questions or proof.live):
        replanner: Replanner = NoReplanner()
    elif clock.realtime:
        replanner = replanner_beside(ENTRY, dumped(proof))
    else:
        replanner = InlineReplanner(partial(plan_after, proof))
    try:
        yield replanner
    finally:
        replanner.close()


def plan_after(proof: Proof, happened: Happened) -> SessionPlan:
    """Prove the same run again after what has happened in it, besides what it was proved with.

    Raises RefusedError where it does not hold.
    """
    before = proof.happened
    whole = Happened((*before.answers, *happened.answers), (*before.edits, *happened.edits))
    return proof.again(whole).session_plan()


def require_answers(proof: Proof, requests: Requests, *, attended: bool) -> None:
    """Raise RefusedError for every question that nobody would answer, and every answer that fits none.

    E353: nobody attends, and a question has no stated answer; E354: an answer was stated or scheduled for no
    question of the protocol, or is none of its answers; E355: an edit of the schedule fits no field.
    """
    questions = {phase.name: tuple(answer for answer, _ in leads(phase)) for phase in _questions(proof)}
    problems = []
    for name, answer in _foreseen(requests):
        problem = _no_answer_of(questions, name, answer, proof.protocol.path)
        if problem is not None and problem not in problems:
            problems.append(problem)
    for name, known in questions.items():
        if not attended and name not in requests.foreseen_names:
            expected = f"one of {', '.join(known)}"
            problems.append(Problem("E353", f"no answer to {name!a}", expected, proof.protocol.path))
    problems += _misfits(proof, requests)
    if problems:
        raise RefusedError(*problems)


def _foreseen(requests: Requests) -> Iterator[tuple[str, str | None]]:
    """Yield the name of a question, empty for any, and its answer stated or scheduled; None for nobody's."""
    for name in requests.stated_names:
        yield name, requests.stated(name) or None
    for _, wish in requests.scheduled:
        if isinstance(wish, Answer):
            yield wish.phase, wish.answer


def _no_answer_of(
    questions: Mapping[str, tuple[str, ...]], name: str, answer: str | None, path: str
) -> Problem | None:
    """Return why this is no answer to a question of the protocol, or None where it is one."""
    if not questions or (name and name not in questions):
        expected = f"one of {', '.join(questions)}" if questions else "none: the protocol asks nothing"
        return Problem("E354", f"an answer to {name!a}" if name else f"the answer {answer!a}", expected, path)
    known = questions[name] if name else tuple(dict.fromkeys(chain.from_iterable(questions.values())))
    if answer is not None and answer not in known:
        found = f"{answer!a} as the answer to {name!a}" if name else f"the answer {answer!a}"
        return Problem("E354", found, f"one of {', '.join(known)}", path)
    return None


def _misfits(proof: Proof, requests: Requests) -> Iterator[Problem]:
    """Yield E355 for each edit of the schedule that no run of this protocol could take."""
    for _, wish in requests.scheduled:
        if not isinstance(wish, Edit):
            continue
        field = next((one for one in proof.live if (one.name, one.field) == (wish.phase, wish.field)), None)
        if field is None:
            known = ", ".join(f"{one.name}.{one.field}" for one in proof.live)
            yield Problem("E355", said(wish), f"one of {known}" if known else "none", proof.protocol.path)
            continue
        try:
            proof.again(Happened().edited(Edited(field.phase, 1, wish.field, wish.value)))
        except RefusedError as error:
            if error.code == OUT_OF_BOUNDS:  # what else there may be depends on when it comes
                expected = f"{field.lowest} to {field.highest}"
                yield Problem("E355", said(wish), expected, proof.protocol.path)


def _questions(proof: Proof) -> tuple[QuestionPhase, ...]:
    return tuple(phase for phase in proof.protocol.phases if isinstance(phase, QuestionPhase))


class _Pickler(pickle.Pickler):
    """Pickles read-only mappings too: limits and margins hold some."""

    def reducer_override(self, obj: object) -> Any:
        if isinstance(obj, MappingProxyType):
            return MappingProxyType, (dict(obj),)
        return NotImplemented


def dumped(what: object) -> bytes:
    """Return ``what`` as bytes, for the process beside."""
    stream = io.BytesIO()
    _Pickler(stream, protocol=pickle.HIGHEST_PROTOCOL).dump(what)
    return stream.getvalue()


# ---- the process beside -----------------------------------------------------------------------------------


def main() -> None:
    """Prove again what comes on standard input, until it closes."""
    ignore_stop_signals()
    channel = socket.socket(fileno=0)
    with suppress(ConnectionError):
        serve(channel.makefile("rb"), channel.sendall)


def serve(stream: BinaryIO, send: Callable[[bytes], object]) -> None:
    """Read the proof, say that we are ready, and then answer each question: a plan, or why there is none."""
    job = _message(stream)
    if job is None:
        return
    proof: Proof = pickle.loads(job)  # of the session itself, by a pipe that nobody else has
    with suppress(TractionError):
        plan_after(proof, NOTHING)  # everything is loaded and warm before the first question
    _send(READY, send)
    while (message := _message(stream)) is not None:
        try:
            answer: object = plan_after(proof, pickle.loads(message))
        except TractionError as error:
            answer = TractionError(*error.problems)
        _send(dumped(answer), send)


def _send(message: bytes, send: Callable[[bytes], object]) -> None:
    send(LENGTH.pack(len(message)) + message)


def _message(stream: BinaryIO) -> bytes | None:
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    message = stream.read(length)
    return message if len(message) == length else None
