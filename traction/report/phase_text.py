"""What a file says of each phase besides its levels and times, in words, under the file's own keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from traction import units
from traction.protocol.force import Force
from traction.protocol.phases import (
    Cyclic,
    Cycling,
    Holding,
    Live,
    Phase,
    Published,
    Ramp,
    Stepping,
    Variation,
    fields_of,
)
from traction.protocol.question_phases import QuestionBase, QuestionPhase
from traction.protocol.questions import leads, question_of

if TYPE_CHECKING:
    from traction.protocol.protocol import Protocol

KEYS = (
    "shape",
    "knee",
    "rate_up",
    "rate_down",
    "ramp_up",
    "ramp_down",
    "hold_by",
    "count",
    "oscillation",
    "variation",
    "range",
    "live",
    "question",
    "within",
    "then",
    "no_answer",
)


def said(phase: Phase | QuestionBase, protocol: Protocol) -> dict[str, str | None]:
    """Return every key of KEYS and what holds for ``phase``; None where nothing does.

    What a phase leaves to the whole file (rates, clock, way of holding) is what the file says.
    """
    session = protocol.document.session
    holding = phase if isinstance(phase, Holding) else None
    words: dict[str, str | None] = dict.fromkeys(KEYS)
    if isinstance(phase, QuestionBase):
        return words | _asked(phase)
    words |= {
        "shape": phase.shape,
        "knee": None if phase.knee is None else _share(phase.knee),
        "count": phase.count or session.count,
        "range": None if phase.range is None else _published(phase.range),
        **_rates(phase, protocol),
    }
    if holding is not None:
        wave = holding.oscillation
        words["hold_by"] = holding.hold_by or session.hold_by
        if wave is not None:
            words["oscillation"] = f"{wave.wave}, {wave.amplitude:g} N at {wave.frequency:g} Hz"
    if isinstance(phase, Cycling) and phase.variation is not None:
        words["variation"] = _variation(phase.variation)
    if holding is not None and holding.live is not None:
        words["live"] = _live(holding.live)
    return words


def _asked(phase: QuestionBase) -> dict[str, str | None]:
    """Return what a phase that waits for a person says."""
    assert isinstance(phase, QuestionPhase)
    return {
        "question": question_of(phase),
        "within": units.format_time(phase.within),
        "then": ", ".join(f"{answer}: {action}" for answer, action in leads(phase)),
        "no_answer": phase.no_answer,
    }


def _live(live: Live) -> str:
    """Return what may be set during the run, and between what."""
    texts = []
    for key, name in zip(fields_of(Live), Live.model_fields, strict=True):
        pair = getattr(live, name)
        if pair is not None:
            low, high = (end.text if isinstance(end, Force) else units.format_time(end) for end in pair)
            texts.append(f"{key} {low} to {high}")
    return ", ".join(texts)


def how_lines(protocol: Protocol) -> list[tuple[str, str]]:
    """Return (part, how it pulls) for the take-up, the pre-tension, every phase and the end."""
    take_up, before, end = protocol.take_up, protocol.document.pretension, protocol.document.end
    pairs = []
    if take_up is not None:
        timeout = units.format_time(take_up.timeout_s)
        pairs.append(("take-up", f"to {take_up.force_n:g} N; gives up after {timeout}"))
    if before is not None:
        rate = "" if before.rate is None else f"; up {before.rate:g} N/s"
        pairs.append(("pre-tension", f"{before.force.text} for {units.format_time(before.hold)}{rate}"))
    pairs += [(phase.name, _sentence(said(phase, protocol))) for phase in protocol.phases]
    pairs.append(("end", f"{end.shape}; down {end.rate:g} N/s to {end.residual:g} N"))
    return pairs


def _rates(phase: Phase, protocol: Protocol) -> dict[str, str]:
    if isinstance(phase, Cyclic):
        ways = {"ramp_up": phase.ramp_up, "ramp_down": phase.ramp_down}
        return {key: units.format_time(time_s) for key, time_s in ways.items()}
    if isinstance(phase, Ramp) and phase.over is not None:
        return {}
    rates = protocol.document.rates
    up, down = (None, None) if rates is None else (rates.up, rates.down)
    steepest = {"rate_up": phase.rate_up or up, "rate_down": phase.rate_down or down}
    return {key: f"{rate:g} N/s" for key, rate in steepest.items() if rate is not None}


def _sentence(words: dict[str, str | None]) -> str:
    names = {"count": "clock", "range": "published", "live": "may be set", "question": ""}
    names |= {"no_answer": "no answer:", "then": ""}
    parts = [words["shape"]] if words["shape"] else []
    for key, text in words.items():
        if text is not None and key != "shape":
            parts.append(f"{names.get(key, key).replace('_', ' ')} {_plain(key, text)}".strip())
    return "; ".join(parts)


def _plain(key: str, text: str) -> str:
    """Return a word of the language as people say it; what a person wrote stays as it is."""
    return text if key in ("question", "then", "no_answer") else text.replace("_", " ")


def _variation(variation: Variation) -> str:
    spreads = [
        f"{name} by {_share(spread)}"
        for name in ("high", "low", "hold", "rest")
        if (spread := getattr(variation, name)) is not None
    ]
    cap = "" if variation.cap is None else f", never above {variation.cap.text}"
    return f"{', '.join(spreads)}{cap} (another --seed draws other values)"


def _published(published: Published) -> str:
    texts = []
    for name in Published.model_fields:
        pair = getattr(published, name)
        if pair is not None:
            low, high = (end.text if isinstance(end, Force) else units.format_time(end) for end in pair)
            texts.append(f"{name} {low} to {high}")
    return ", ".join(texts)


def _share(share: float) -> str:
    return f"{100 * share:g} %"


def rests(phase: Stepping) -> str:
    """Return the level of the rests between steps, or an empty text."""
    return "" if phase.low is None else f", rests at {phase.low.text}"
