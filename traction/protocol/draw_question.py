"""How a phase that waits for a person is drawn: the level it finds, held until the answer or for its time."""

from __future__ import annotations

from traction.protocol.drawn_line import ASK, Label, Line, whole_us
from traction.protocol.happened import TICK_US, Answered
from traction.protocol.levels import ForPatient
from traction.protocol.phases import Cycling, Static, Stepping
from traction.protocol.places import Path
from traction.protocol.question_phases import Move, QuestionPhase
from traction.protocol.questions import Question, leads, question_of


def draw_question(
    line: Line, patient: ForPatient, index: int, phase: QuestionPhase, answered: Answered | None
) -> Question:
    """Hold the present level until the answer, or for as long as the phase waits; return what it asks.

    Raises RefusedError E337 (an answer it does not have, or at another time), E338 (a move under tension).
    """
    path: Path = ("phase", index)
    if isinstance(phase, Move):
        _check_tension(line, patient, path)
    start_us = line.at_us
    end_us = start_us + whole_us(phase.within)
    answers = leads(phase)
    if answered is not None:
        if answered.answer is not None and answered.answer not in dict(answers):
            found, expected = f"the answer {answered.answer!a}", ", ".join(answer for answer, _ in answers)
            raise patient.refuse(path, f"{found} to {phase.name!a}", f"one of {expected}", "E337")
        if not start_us <= answered.at_us <= end_us:
            found = f"an answer to {phase.name!a} at {answered.at_us / 1e6:g} s"
            expected = f"one from {start_us / 1e6:g} s to {end_us / 1e6:g} s"
            raise patient.refuse(path, found, expected, "E337")
        if answered.answer is not None:
            after_us = -(-answered.at_us // TICK_US) * TICK_US
            end_us = min(max(after_us, start_us + TICK_US), end_us)  # a tick at least: a span is never empty
    line.hold(end_us - start_us, ASK, Label(index, phase.name, 0, counts_moving=False))
    said = "" if answered is None else answered.answer or ""
    names = tuple(answer for answer, _ in answers)
    question = question_of(phase)
    return Question(
        index, phase.name, phase.type, question, names, start_us, end_us, phase.no_answer, answers, said
    )


def _check_tension(line: Line, patient: ForPatient, path: Path) -> None:
    """Raise RefusedError E338 unless the tension is at most the stated one, and that is below every pull.

    What reaches the body and what the table pulls differ by the tare; the higher of both counts.
    """
    position = patient.protocol.document.position
    below_n = None if position is None else position.moves_below
    tension_n = max(line.level_n, line.level_n - patient.tare_n)
    if below_n is None or not tension_n <= below_n:
        expected = "moves_below in [position]" if below_n is None else f"at most {below_n:g} N"
        raise patient.refuse(path, f"a move at {tension_n:g} N", expected, "E338")
    weakest_n = _weakest_pull(patient)
    if not below_n < weakest_n:
        found = f"moves at up to {below_n:g} N, and a pull of {weakest_n:g} N"
        raise patient.refuse(("position", "moves_below"), found, "a tension below every pull", "E338")


def _weakest_pull(patient: ForPatient) -> float:
    """Return the lowest of the upper levels of all phases, in N, each in its first cycle or step."""
    levels = []
    for index, phase in enumerate(patient.protocol.document.phase):
        if isinstance(phase, Static):
            levels.append(patient.newtons(phase.force, ("phase", index, "force")))
        elif isinstance(phase, Cycling):
            levels.append(patient.newtons(phase.high, ("phase", index, "high")))
        elif isinstance(phase, Stepping):
            ends = (("from", phase.from_), ("to", phase.to))
            levels.append(max(patient.newtons(force, ("phase", index, key)) for key, force in ends))
    return min(levels, default=0.0)
