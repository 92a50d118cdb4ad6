"""Protocol files, spoiled by bytes, by words and by what their fields say: refused in time, or sound.

What is accepted is proved twice, which has to come out equal; a share of what the proof passes is run with
its times cut, and the true force must stay under what the proof promised.
"""

import random
import re
from dataclasses import dataclass, field
from pathlib import Path
from time import process_time

import traction
from traction.errors import TractionError
from traction.profile.agree import agree_until_us
from traction.protocol.happened import NOTHING, Answered, Edited
from traction.protocol.load import parse_protocol
from traction.protocol.protocol import Protocol

ROOT = Path(__file__).resolve().parents[2]
SLOWEST_S = 3.0
"""Of processor time for reading one file; nearly all take a few milliseconds."""
OVER = 1.05
"""Over the cap, before the controller's own trip: 5 %, and 5 N."""
OVER_N = 5.0

WORDS = (
    *(
        '"nan N"',
        '"inf N"',
        "nan",
        "-inf",
        '"1e400 N"',
        '"-0 N"',
        '"0 N"',
        "-0",
        "0",
        "99999999999999999999999",
    ),
    *(
        '"90 lb"',
        '"90 lbf"',
        '"40 %BW"',
        '"40%bw"',
        '"10 \u039d"',
        '"10 N·s"',
        '"1,5 N"',
        '"10 \uff4e"',
        '"5 min 3 s"',
    ),
    *(
        "true",
        "[]",
        "{}",
        "[[[[[[]]]]]]",
        "1979-05-27",
        '""',
        '"min(50 %BW, 90 lbf)"',
        '"high - 900 N"',
        "'''",
    ),
    *(
        '"0.1 s"',
        '"1e9 s"',
        "10000",
        "1_000",
        "0x10",
        '"\\u0000"',
        '"\u202e"',
        "é",
        "{a={a={a={a=1}}}}",
        "1e-400",
    ),
    *(
        '"200 N + 10 N * (cycle - 1)"',
        '"min(25 %BW + 5 lbf * ((session - 1) // 3), 50 %BW)"',
        '"9 N * session * session * 10000"',
        '"5 N * (cycle // 0)"',
        '"200 N - 90 N * cycle"',
        '"go to pulls"',
        '"stop"',
        '"end"',
    ),
)
ROWS = (
    *(
        "[[phase]]",
        "[phase.variation]",
        "[limits]",
        'for = "10 s"',
        'for = "2 min"',
        "repeat = 10000",
        "repeat = 1",
    ),
    *('type = "static"', 'type = "cyclic"', 'type = "regressive"', 'shape = "log"', 'max_force = "900 N"'),
    *(
        'hold_by = "position"',
        'knee = "50 %"',
        'name = "again"',
        "a.b.c.d.e.f = 1",
        'end = { rate = "1 N/s" }',
    ),
    *(
        'live = { high = ["100 N", "300 N"], hold = ["5 s", "60 s"], for = ["10 s", "9 min"] }',
        'type = "ask"\nquestion = "?"\nanswers = ["a"]\nwithin = "9 s"\nno_answer = "stop"\nthen.a = "end"',
        'type = "observe"\ntext = "Look."\nwithin = "20 s"\nno_answer = "stop"',
        'type = "move"\naxis = "angle"\nto = "9 deg"\ntext = "Turn."\nwithin = "20 s"\nno_answer = "end"',
        '[tare]\nhead_mass = "5 kg"\nangle = "20 deg"\npull = "downward"',
        '[position]\nmoves_below = "900 N"\nlevel = "L4-L5"',
        '[stops]\npause = "release"',
    ),
    *("x" * 3000, "[" * 400, "# " + "y" * 5000, '"\\', "=" * 50),
)


@dataclass(slots=True)
class Count:
    """What was tried, what came of it, and what was found wrong."""

    files: int = 0
    accepted: int = 0
    passed: int = 0
    runs: int = 0
    wrong: list[str] = field(default_factory=list)
    slowest_s: float = 0.0


ASKING = """
format = 1
name = "asking"
title = "What is asked, set and counted"
region = "lumbar"
source = { citation = "None.", evidence = "none", confirmed = false, caution = "A test.", assumed = [] }
session = { count = "on_target", hold_by = "force" }
rates = { up = "25 N/s", down = "40 N/s" }
take_up = { force = "20 N", timeout = "99 s" }
end = { rate = "30 N/s", residual = "0 N" }
position = { moves_below = "60 N", steps = ["Lie down."] }
tare = { head_share = "7 %", angle = "15 deg", pull = "upward" }

[[phase]]
name = "pulls"
type = "intermittent"
high = "min(200 N + 10 N * (cycle - 1), 300 N)"
low = "30 N + 1 N * session"
hold = "20 s"
rest = "10 s"
for = "3 min"
live = { high = ["150 N", "320 N"], for = ["1 min", "5 min"] }

[[phase]]
name = "pain"
type = "ask"
question = "Is it worse?"
answers = ["no", "a little", "yes"]
within = "30 s"
then = { no = "continue", "a little" = "go to easy", yes = "stop" }
no_answer = "stop"

[[phase]]
name = "turn"
type = "move"
axis = "angle"
to = "10 deg"
text = "Turn."
within = "20 s"
no_answer = "continue"

[[phase]]
name = "hard"
type = "static"
force = "min(45 %BW, 400 N)"
hold = "60 s"

[[phase]]
name = "easy"
type = "progressive"
from = "60 N"
to = "200 N"
steps = 4
hold = "9 s"
low = "30 N + 5 N * cycle"
rest = "4 s"
live = { hold = ["5 s", "30 s"] }

[[phase]]
name = "look"
type = "observe"
text = "Watch."
within = "20 s"
no_answer = "continue"
"""


def sources() -> list[str]:
    """Return the files to begin with: what asks, the library, and every text that is refused on purpose."""
    texts = [ASKING] * 8
    texts += [path.read_text("utf-8") for path in sorted((ROOT / "protocols/library").glob("*.toml"))]
    for path in sorted((ROOT / "protocols/refused").glob("*.toml")):
        try:
            texts.append(path.read_bytes().decode("utf-8"))
        except UnicodeDecodeError:
            continue
    return texts


def changed(chance: random.Random, text: str, gently: bool) -> str:
    """Return ``text`` with one row or word of it changed; ``gently``: only a number."""
    rows = text.split("\n")
    at = chance.randrange(len(rows))
    kind = 7 if gently else chance.randrange(8)
    if kind == 0:
        del rows[at]
    elif kind == 1:
        rows.insert(at, chance.choice(rows))
    elif kind == 2:
        rows.insert(at, chance.choice(ROWS))
    elif kind == 3:
        rows[at] = rows[at].partition("=")[0] + "= " + chance.choice(WORDS)
    elif kind == 4:
        rows[at] = rows[at][: chance.randint(0, 40)]
    elif kind == 5:
        start = chance.randrange(len(rows))
        rows[at:at] = rows[start : start + chance.randint(1, 12)]
    else:  # another number in the same unit: what is left is often still a protocol
        scale = chance.choice((0.0, 0.01, 0.5, 0.9, 1.1, 2.0, 10.0, 1e6, -1.0))
        rows[at] = re.sub(r"\d+(\.\d+)?", lambda found: f"{float(found[0]) * scale:g}", rows[at], count=1)
    return "\n".join(rows)


def spoiled(chance: random.Random, text: str) -> bytes:
    """Return the bytes of ``text`` with one to four things done to it."""
    gently = chance.random() < 0.4
    for _ in range(chance.randint(1, 2 if gently else 4)):
        text = changed(chance, text, gently)
    data = bytearray(text.encode("utf-8", "surrogatepass"))
    if not gently and chance.random() < 0.2:
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(data))
            data[at : at + chance.randint(0, 2)] = chance.randbytes(chance.randint(0, 3))
    return bytes(data)


def check(chance: random.Random, data: bytes, count: Count, *, runs: float) -> None:
    """Read one file, prove it twice if it is one, and run a share of what passes."""
    count.files += 1
    before = process_time()
    try:
        protocol = parse_protocol(data, file="fuzz.toml")
    except TractionError as error:
        if not error.problems or not str(error):
            count.wrong.append(f"refused without a reason: {data!r}")
        return
    except Exception as error:
        count.wrong.append(f"{error!r} for {data!r}")
        return
    finally:
        taken = process_time() - before
        count.slowest_s = max(count.slowest_s, taken)
        if taken > SLOWEST_S:
            count.wrong.append(f"takes {taken:.1f} s: {data!r}")
    count.accepted += 1
    try:
        _prove(chance, protocol, data, count, chance.random() < runs)
    except TractionError:
        return
    except Exception as error:
        count.wrong.append(f"{error!r} for the accepted {data!r}")


def _happens(chance: random.Random, proof: traction.Proof, data: bytes, count: Count) -> None:
    """Answer or set something at some moment: refused, or the same up to then."""
    happened, until_us = NOTHING, None
    if proof.live and chance.random() < 0.5:
        field = chance.choice(proof.live)
        value = chance.choice((field.value, field.lowest, field.highest, chance.choice(WORDS).strip('"')))
        starts = [span for span in proof.profile.spans if span.phase == field.phase]
        span = chance.choice(starts) if starts else None
        cycle = 1 if span is None else span.cycle
        happened = happened.edited(Edited(field.phase, cycle, field.field, value))
        begins = [one.start_s for one in starts if one.cycle == cycle or cycle <= 1]
        until_us = round(begins[0] * 1e6) if begins else None
    elif proof.questions:
        ask = proof.questions[0]
        until_us = chance.randint(ask.start_us, ask.end_us)
        happened = happened.answered(Answered(ask.phase, chance.choice((*ask.answers, None)), until_us))
    try:
        again = proof.again(happened)
    except TractionError:
        return
    if until_us is not None and agree_until_us(proof.profile, again.profile) < until_us:
        count.wrong.append(f"{happened} changes what was before it: {data!r}")


def _prove(chance: random.Random, protocol: Protocol, data: bytes, count: Count, run: bool) -> None:
    session = chance.choice((1, 1, 2, 12))
    proofs = [traction.verify(protocol, mass_kg=80.0, seed=5, session=session) for _ in range(2)]
    if proofs[0].profile.digest() != proofs[1].profile.digest():
        count.wrong.append(f"compiles differently the second time: {data!r}")
    if proofs[0].verification != proofs[1].verification:
        count.wrong.append(f"is proved differently the second time: {data!r}")
    if parse_protocol(protocol.text) != parse_protocol(protocol.text):
        count.wrong.append(f"reads differently the second time: {data!r}")
    _happens(chance, proofs[0], data, count)
    if not proofs[0].passed:
        return
    count.passed += 1
    cap_n = proofs[0].margins["peak_force"].limit
    if proofs[0].profile.peak_n > cap_n:
        count.wrong.append(f"passes with {proofs[0].profile.peak_n} N over {cap_n} N: {data!r}")
    if run and proofs[0].profile.duration_s < 3000.0:
        count.runs += 1
        samples = traction.run(proofs[0]).session.record().samples
        most_n = float(samples["true_force_mn"].max()) / 1000.0
        if not most_n <= cap_n * OVER + OVER_N:
            count.wrong.append(f"pulls {most_n} N over {cap_n} N: {data!r}")


def run(seed: int, files: int, *, runs: float = 0.0) -> Count:
    """Try so many files, the same for the same seed; ``runs`` is the share of the accepted that is run."""
    chance, count, texts = random.Random(seed), Count(), sources()
    for _ in range(files):
        check(chance, spoiled(chance, chance.choice(texts)), count, runs=runs)
    return count
