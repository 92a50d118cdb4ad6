"""What happens in a run changes only what comes after it, whatever was asked, answered and set."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from traction.errors import RefusedError
from traction.profile.agree import agree_until_us
from traction.protocol.compile import compile_path, compile_protocol
from traction.protocol.happened import NOTHING, TICK_US, Answered, Edited
from traction.protocol.live import live_fields
from traction.protocol.load import parse_protocol
from traction.protocol.paths import count_paths, routes

SETTINGS = settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])

HEAD = """
format = 1
name = "drawn"
title = "Drawn"
region = "lumbar"
source = { citation = "None.", evidence = "none", confirmed = false, caution = "A test.", assumed = [] }
end = { rate = "30 N/s", residual = "5 N" }
take_up = { force = "20 N", timeout = "60 s" }
rates = { up = "25 N/s", down = "40 N/s" }
"""
LIVE = {
    "high": '["150 N", "400 N"]',
    "low": '["10 N", "120 N"]',
    "hold": '["2 s", "40 s"]',
    "rest": '["0 s", "20 s"]',
    "for": '["30 s", "5 min"]',
    "force": '["50 N", "300 N"]',
}
VALUES = {
    "high": ["150 N", "60 lbf", "min(40 %BW, 400 N)", "260 N + 5 N * cycle"],
    "low": ["10 N", "high - 60 N", "40 % of high"],
    "hold": ["2 s", "17.3 s", "40 s"],
    "rest": ["0 s", "20 s"],
    "for": ["30 s", "100 s", "5 min"],
    "force": ["50 N", "123.4 N", "300 N"],
}


def live(*keys):
    return "live = { " + ", ".join(f"{key} = {LIVE[key]}" for key in keys) + " }"


def pulling(name, kind, many, varied):
    lines = [f'[[phase]]\nname = "{name}"\ntype = "{kind}"']
    if kind == "static":
        lines += ['force = "120 N + 10 N * session"', f'hold = "{3 + many}.5 s"', live("force", "hold")]
    elif kind == "progressive":
        lines += [f'from = "30 N"\nto = "330 N"\nsteps = {many}\nhold = "7 s"\nlow = "12 N"\nrest = "3 s"']
        lines.append(live("hold", "rest"))
    else:
        lines += ['high = "200 N + 10 N * (cycle - 1)"\nlow = "45 N"\nhold = "9 s"\nrest = "4 s"']
        lines.append('ramp_up = "12 s"\nramp_down = "9 s"' if kind == "cyclic" else "")
        if varied:
            lines.append('variation = { high = "3 %", hold = "9 %", rest = "20 %", cap = "600 N" }')
        timed = many % 2
        lines.append(f'for = "{30 + 20 * many} s"' if timed else f"repeat = {many}")
        lines.append(live("high", "low", "hold", "rest", *(["for"] if timed else [])))
    return "\n".join(lines)


def asking(name, kind, ways, no_answer):
    lines = [f'[[phase]]\nname = "{name}"\ntype = "{kind}"\nwithin = "33.33 s"\nno_answer = "{no_answer}"']
    if kind == "ask":
        answers = [f"a{number}" for number in range(len(ways))]
        then = ", ".join(f'{answer} = "{way}"' for answer, way in zip(answers, ways, strict=True))
        return "\n".join([*lines, f'question = "How is it?"\nanswers = {answers}\nthen = {{ {then} }}'])
    lines.append('text = "Look."')
    return "\n".join(lines)


@st.composite
def protocols(draw):
    kinds = ["static", "intermittent", "cyclic", "progressive", "ask", "ask", "observe", "prompt"]
    chain = draw(st.lists(st.sampled_from(kinds), min_size=2, max_size=6))
    count = draw(st.sampled_from(["always", "on_target"]))
    text = HEAD + f'session = {{ count = "{count}", hold_by = "force" }}\n'
    for index, kind in enumerate(chain):
        if kind in ("static", "intermittent", "cyclic", "progressive"):
            text += pulling(f"p{index}", kind, draw(st.integers(1, 6)), draw(st.booleans())) + "\n"
            continue
        later = [f"go to p{other}" for other in range(index + 2, len(chain))]
        way = st.sampled_from(["continue", "end", "stop", *later])
        ways = ["continue", *draw(st.lists(way, min_size=1, max_size=3))]
        text += asking(f"p{index}", kind, ways, draw(way)) + "\n"
    return text + pulling("last", "static", 1, varied=False)


@SETTINGS
@given(st.data(), protocols())
def test_a_run_so_far_stays_as_it_was(data, text):
    protocol = parse_protocol(text)
    given_to = {
        "mass_kg": 80.0,
        "seed": data.draw(st.integers(0, 9)),
        "session": data.draw(st.integers(1, 4)),
    }
    happened, now_us = NOTHING, 0
    old = compile_path(protocol, **given_to)
    for _ in range(data.draw(st.integers(1, 4))):
        ahead = [ask for ask in old.questions if not ask.answered and ask.end_us > now_us]
        fields = live_fields(protocol)
        if ahead and (data.draw(st.booleans()) or not fields):
            ask = ahead[0]
            at_us = data.draw(st.integers(max(ask.start_us, now_us), ask.end_us))
            answer = data.draw(st.sampled_from([*ask.answers, None]))
            after_us = min(-(-at_us // TICK_US) * TICK_US, ask.end_us) if answer else ask.end_us
            more = happened.answered(Answered(ask.phase, answer, at_us))
        elif fields:
            field = data.draw(st.sampled_from(fields))
            spans = [span for span in old.profile.spans if span.phase == field.phase]
            starts = [span for span in spans if span.start_s * 1e6 >= now_us]
            if not starts:
                continue
            cycle = data.draw(st.sampled_from(sorted({span.cycle for span in starts})))
            begins = next(span.start_s for span in spans if span.cycle == cycle or cycle <= 1)
            if begins * 1e6 < now_us:
                continue
            after_us = round(begins * 1e6)
            value = data.draw(st.sampled_from(VALUES[field.field]))
            more = happened.edited(Edited(field.phase, cycle, field.field, value))
        else:
            break
        try:
            new = compile_path(protocol, **given_to, happened=more)
        except RefusedError as error:  # levels that would cross, a rise too long or too steep for its time
            if error.code not in {"E331", "E332", "E334", "E336"}:
                raise
            continue
        assert agree_until_us(old.profile, new.profile) >= after_us
        for part in (0.0, 0.31, 0.77, 1.0):
            at_s = part * after_us / 1e6
            assert old.profile.force_at(at_s) == new.profile.force_at(at_s)
        happened, now_us, old = more, after_us, new


@SETTINGS
@given(protocols())
def test_every_way_through_is_one_path_and_no_two_are_the_same(text):
    protocol = parse_protocol(text)
    ways = list(routes(protocol.document, NOTHING))
    assert len(ways) == count_paths(protocol.document)
    visited = [compile_path(protocol, mass_kg=80.0, route=way).visited for way in ways]
    assert len(set(visited)) == len(ways)
    assert set().union(*visited) == set(range(len(protocol.phases)))
    nobody = compile_protocol(protocol, mass_kg=80.0)
    assert compile_path(protocol, mass_kg=80.0, route=ways[0]).profile == nobody
