"""How a phase that waits for a person is drawn: the level it finds, held until the answer or for its time."""

from __future__ import annotations

from traction.protocol.ask_phases import AskPhase, Move
from traction.protocol.asks import Ask, leads, question_of
from traction.protocol.happened import TICK_US, Answered
from traction.protocol.levels import Patient
from traction.protocol.line import ASK, Label, Line, whole_us
from traction.protocol.places import Path


def draw_ask(line: Line, patient: Patient, index: int, phase: AskPhase, answered: Answered | None) -> Ask:
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
            end_us = min(-(-answered.at_us // TICK_US) * TICK_US, end_us)
    line.hold(end_us - start_us, ASK, Label(index, phase.name, 0, counts_moving=False))
    said = "" if answered is None else answered.answer or ""
    names = tuple(answer for answer, _ in answers)
    question = question_of(phase)
    return Ask(
        index, phase.name, phase.type, question, names, start_us, end_us, phase.no_answer, answers, said
    )


def _check_tension(line: Line, patient: Patient, path: Path) -> None:
    position = patient.protocol.document.position
    below_n = None if position is None else position.moves_below
    tension_n = max(line.level_n, line.level_n - patient.tare_n)
    if below_n is None or not tension_n <= below_n:
        found = f"a move at {tension_n:g} N"
        expected = (
            "a tension stated in [position] moves_below" if below_n is None else f"at most {below_n:g} N"
        )
        raise patient.refuse(path, found, expected, "E338")
