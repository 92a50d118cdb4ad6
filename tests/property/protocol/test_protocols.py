"""Whatever a file holds: one of our errors or a protocol, and what is accepted compiles as it says."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from traction.errors import ProtocolError, RefusedError
from traction.protocol import library
from traction.protocol.compile import compile_protocol
from traction.protocol.load import parse_protocol

TEXTS = {name: path.read_text(encoding="utf-8") for name, path in library.names().items()}
SETTINGS = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def accepted(source, mass_kg=80.0):
    """Return the profile of a source, or None where it is refused; other errors fail the test."""
    try:
        protocol = parse_protocol(source)
    except ProtocolError as error:
        for problem in error.problems:
            assert problem.code[:2] == "E2"
            assert problem.file == "<text>"
            assert str(problem).isprintable()
            assert len(str(problem)) < 1000
        return None
    try:
        return compile_protocol(protocol, mass_kg=mass_kg, seed=1)
    except RefusedError as error:
        if error.code not in {"E331", "E332", "E333", "E334", "E335"}:
            raise
        return None


@SETTINGS
@given(st.one_of(st.binary(max_size=300), st.text(max_size=300)))
@example("a = 1\na = 2")
@example('phase = [1, {}, {type = "static"}]')
@example('phase = "x"\nsource = 3\nlimits = []')
@example("[[phase]]\n[phase.range]\n[phase.range.hold]\n")
@example('"" = 1\n"a b" = 2\n\'\\\' = 3')
def test_any_bytes_and_any_text(source):
    assert accepted(source) is None


TOKENS = st.sampled_from(
    [
        *(
            '"',
            "[",
            "]",
            "{",
            "}",
            "=",
            ",",
            ".",
            "#",
            "\n",
            "\t",
            "\r",
            "\\",
            "'''",
            '"""',
            "\u202e",
            "\x7f",
            "é",
        ),
        *("nan", "inf", "-1", "1e400", "true", "[]", "{}", "1979-05-27", '""', '"0 N"', '"1e6 s"', '"90 lb"'),
        *('"min(50 %BW, 90 lbf)"', '"high - 900 N"', '"residual"', '"50 % of high"', '"0 s"', '"0.1 s"'),
        *(
            'for = "10 s"\n',
            "repeat = 10000\n",
            'shape = "log"\n',
            'knee = "50 %"\n',
            'hold_by = "position"\n',
        ),
        *(
            "[[phase]]\n",
            "[phase.variation]\n",
            "[pretension]\n",
            'type = "cyclic"\n',
            'type = "regressive"\n',
        ),
    ]
)


@st.composite
def mutated(draw):
    text = TEXTS[draw(st.sampled_from(sorted(TEXTS)))]
    for _ in range(draw(st.integers(1, 4))):
        lines = text.split("\n")
        at = draw(st.integers(0, len(lines) - 1))
        change = draw(st.sampled_from(["drop", "double", "insert", "value", "cut"]))
        if change == "drop":
            del lines[at]
        elif change == "double":
            lines.insert(at, lines[draw(st.integers(0, len(lines) - 1))])
        elif change == "insert":
            lines.insert(at, draw(TOKENS))
        elif change == "value":
            lines[at] = lines[at].partition("=")[0] + "= " + draw(TOKENS)
        else:
            lines[at] = lines[at][: draw(st.integers(0, 40))]
        text = "\n".join(lines)
    return text


@SETTINGS
@given(mutated())
def test_a_library_file_with_random_changes(text):
    profile = accepted(text)
    assert profile is None or profile.duration_s > 0.0


HEAD = """
format = 1
name = "drawn"
title = "Drawn"
region = "lumbar"
source = { citation = "None.", evidence = "none", confirmed = false, caution = "A test.", assumed = [] }
end = { rate = "30 N/s", residual = "%s" }
take_up = { force = "20 N", timeout = "60 s" }
"""


def newtons(low, high):
    return st.integers(low, high).map(lambda value: f"{value} N")


def seconds(low, high):
    return st.integers(low * 10, high * 10).map(lambda value: f"{value / 10} s")


lows = st.one_of(
    newtons(0, 150), st.sampled_from(["50 % of high", "high - 20 lbf", "residual", "min(20 lbf, 9 %BW)"])
)
highs = st.one_of(newtons(151, 500), st.sampled_from(["50 %BW", "min(40 %BW, 90 lbf)", "30 %BW + 10 lbf"]))
counted = ["160 N + 9 N * (cycle - 1)", "min(151 N + 5 %BW * (session // 2), 400 N)", "500 N - 40 N * cycle"]
levels = st.one_of(highs, highs, st.sampled_from(counted))
lives = st.sampled_from(["", 'live = { high = ["100 N", "600 N"], hold = ["1 s", "99 s"] }'])
shapes = st.sampled_from(['"linear"', '"s-curve"', '"log"\nknee = "40 %"'])
waves = st.sampled_from(
    ["", 'oscillation = { wave = "sine", amplitude = "1 N", frequency = "2 Hz" }', 'hold_by = "position"']
)
spreads = st.sampled_from(["", 'variation = { high = "2 %", hold = "9 %", rest = "50 %", cap = "900 N" }'])


@st.composite
def phases(draw, number):
    kinds = ["static", "intermittent", "cyclic", "progressive", "regressive", "ramp", "ask", "observe"]
    kind = draw(st.sampled_from(kinds))
    if kind in ("ask", "observe"):
        lines = [f'[[phase]]\nname = "p{number}"\ntype = "{kind}"\nwithin = "{draw(seconds(1, 99))}"']
        lines.append(f'no_answer = "{draw(st.sampled_from(["continue", "end", "stop"]))}"')
        more = 'question = "?"\nanswers = ["a", "b"]\nthen = { a = "continue", b = "end" }'
        return "\n".join([*lines, more if kind == "ask" else 'text = "Look."'])
    lines = [f'[[phase]]\nname = "p{number}"\ntype = "{kind}"\nshape = {draw(shapes)}']
    if kind == "ramp":
        return "\n".join([*lines, f'to = "{draw(highs)}"', draw(st.sampled_from(["", 'over = "9 s"']))])
    lines.append(draw(waves))
    if kind == "static":
        lines += [
            f'force = "{draw(highs)}"',
            f'{draw(st.sampled_from(["hold", "for"]))} = "{draw(seconds(1, 99))}"',
        ]
    elif kind in ("progressive", "regressive"):
        ends = ("30 N", "400 N") if kind == "progressive" else ("400 N", "30 N")
        lines += [f'from = "{ends[0]}"\nto = "{ends[1]}"\nsteps = {draw(st.integers(1, 9))}\nhold = "7 s"']
        lines.append(draw(st.sampled_from(["", 'low = "10 N"\nrest = "3 s"'])))
    else:
        lines += [f'high = "{draw(levels)}"\nlow = "{draw(lows)}"', draw(spreads), draw(lives)]
        lines.append(f'hold = "{draw(seconds(1, 60))}"\nrest = "{draw(seconds(0, 30))}"')
        lines.append(draw(st.sampled_from(["repeat = 3", 'for = "3 min"', 'for = "30 s"'])))
        lines.append('ramp_up = "19 s"\nramp_down = "9 s"' if kind == "cyclic" else "")
    return "\n".join(lines)


@st.composite
def protocols(draw):
    count, residual = draw(st.sampled_from(["always", "on_target"])), draw(st.sampled_from(["0 N", "10 N"]))
    session = f'session = {{ count = "{count}", hold_by = "force" }}\n'
    up, down = draw(st.integers(13, 60)), draw(st.integers(13, 60))
    rates = f'rates = {{ up = "{up} N/s", down = "{down} N/s" }}\n'
    chain = [draw(phases(number)) for number in range(1, draw(st.integers(1, 3)) + 1)]
    return HEAD % residual + session + rates + "\n".join(chain)


@SETTINGS
@given(protocols(), st.sampled_from([50.0, 80.0, 130.0]))
def test_what_is_accepted_compiles_within_what_it_states(text, mass_kg):
    profile = accepted(text, mass_kg)
    if profile is None:
        return
    document = parse_protocol(text).document
    assert profile.spans[0].segment.start_n == 20.0
    assert profile.spans[-1].segment.end_n == document.end.residual
    for span in profile.spans:
        if 0 <= span.phase < len(document.phase):  # waves and stated times included, save for their rounding
            assert span.segment.rate_up_n_per_s <= document.rates.up * (1.0 + 1e-9)
            assert span.segment.rate_down_n_per_s <= document.rates.down * (1.0 + 1e-9)
        if span.kind == "end":
            assert span.segment.rate_down_n_per_s <= document.end.rate
    assert profile.digest() == compile_protocol(parse_protocol(text), mass_kg=mass_kg, seed=1).digest()


LBF, KGF = Decimal("4.4482216152605"), Decimal("9.80665")


@SETTINGS
@given(
    st.integers(60, 120), st.integers(10, 50), st.integers(1, 90), st.integers(3, 12), st.integers(20, 200)
)
def test_pounds_kilograms_and_newtons_spell_one_profile(high_lbf, low_kgf, hold_s, rate_lbf, mass):
    """Metamorphic: the same plan in other units is the same plan to the last bit."""
    text = TEXTS["uconn-30-10"].replace('max_force = "500 N"', 'max_force = "5 kN"')

    def spelled(high, low, hold, rate):
        plan = text.replace("min(50 %BW, 110 lbf)", f"min(300 %BW, {high})" if mass % 2 else high)
        plan = plan.replace('low = "20 N"', f'low = "{low}"').replace('hold = "30 s"', f'hold = "{hold}"')
        return plan.replace('up = "25 N/s"', f'up = "{rate}"').replace("300 %BW", "200 %BW")

    plans = [
        spelled(f"{high_lbf} lbf", f"{low_kgf} kgf", f"{hold_s} s", f"{rate_lbf} lbf/s"),
        spelled(f"{high_lbf * LBF} N", f"{low_kgf * KGF} N", f"{hold_s * 1000} ms", f"{rate_lbf * LBF} N/s"),
        spelled(f"{high_lbf * LBF / 1000} kN", f"{low_kgf}kgf", f"{hold_s}.000 s", f"{rate_lbf}.0lbf/s"),
    ]
    profiles = [accepted(plan, float(mass)) for plan in plans]
    assert len({None if profile is None else profile.digest() for profile in profiles}) == 1


@SETTINGS
@given(st.integers(0, 2**63 - 1))
def test_a_varied_high_level_never_exceeds_its_cap(seed):
    variation = 'variation = { high = "20 %", low = "20 %", hold = "10 %", rest = "10 %", cap = "95 lbf" }'
    text = TEXTS["uconn-30-10"].replace('for = "15 min"', f"repeat = 30\n{variation}")
    text = text.replace('max_force = "500 N"', "").replace("min(50 %BW, 110 lbf)", "90 lbf")
    profile = compile_protocol(parse_protocol(text), mass_kg=80.0, seed=seed)
    assert profile.peak_n <= 95 * 4.4482216152605
    assert min(span.segment.duration_s for span in profile.spans if span.kind == "hold") >= 0.9 * 30
