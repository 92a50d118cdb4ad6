"""What a file says of each phase besides its levels and times, in words, under the file's own keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from traction import units
from traction.protocol.force import Force
from traction.protocol.phases import Cyclic, Cycling, Holding, Phase, Published, Ramp, Stepping, Variation

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
)


def said(phase: Phase, protocol: Protocol) -> dict[str, str | None]:
    """Return every key of KEYS and what holds for ``phase``; None where nothing does.

    What a phase leaves to the whole file (rates, clock, way of holding) is what the file says.
    """
    session = protocol.document.session
    holding = phase if isinstance(phase, Holding) else None
    words: dict[str, str | None] = dict.fromkeys(KEYS)
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
    return words


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
    names = {"count": "clock", "range": "published"}
    parts = [words["shape"] or ""]
    for key, text in words.items():
        if text is not None and key != "shape":
            parts.append(f"{names.get(key, key).replace('_', ' ')} {text.replace('_', ' ')}")
    return "; ".join(parts)


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
