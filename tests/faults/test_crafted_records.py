"""Records made to harm: a coded error or a marked prefix, in bounded time and memory; never anything else."""

from __future__ import annotations

import io
import json
import os
import random
import struct
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from traction.errors import RecordError
from traction.runner.reader import Record, read_bytes, read_record
from traction.runner.record import container, layout
from traction.runner.record.chunked import ChunkedFile
from traction.runner.record.direct import record_to_file, record_to_memory
from traction.runner.record.layout import COLUMNS, Topic

CODES = {"E610", "E612", "E613", "E614", "E615"}
Message = tuple[int, Any]


def packed(messages: list[Message], *, chunks: bool = True) -> bytes:
    """Return a record of these (topic, body) messages; a body of bytes goes in as it is."""
    file = io.BytesIO()
    writer = ChunkedFile(file)
    schemas = layout.schemas(COLUMNS)
    topics = [(topic.label, f"traction.{topic.label}", schema) for topic, schema in schemas.items()]
    writer.start(layout.PROFILE_NAME, topics)
    for number, (topic, body) in enumerate(messages):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        writer.add(topic, 0, data, number)
        if chunks:
            writer.flush()
    writer.finish()
    return file.getvalue()


def session() -> list[Message]:
    """Return the messages of a small, whole session, but for the digest of its outcome."""
    rows = {name: list(range(50)) for name in COLUMNS}
    return [
        (Topic.SESSION, {"format": 1, "columns": list(COLUMNS), "protocol": {"name": "crafted"}}),
        (Topic.EVENT, {"t_us": 0, "name": "state", "code": "", "text": "RUNNING"}),
        (Topic.SAMPLES, {"first_row": 0, "rows": 50, **rows}),
        (Topic.SAMPLES, {"first_row": 50, "rows": 50, **rows}),
        (Topic.OUTCOME, {"outcome": "COMPLETED", "code": "", "rows": 100, "messages": 4, "sha256": ""}),
    ]


def attempt(data: bytes) -> Record | None:
    """Return the record, or None where reading it is a clear error."""
    try:
        record = read_bytes(data)
    except RecordError as error:
        for problem in error.problems:
            assert problem.code in CODES
            assert len(str(problem)) < 400
            assert "Error" not in problem.message  # no name of an exception is an explanation
        return None
    for name in record.samples:
        assert len(record.samples[name]) == len(record.samples["t_us"])
    assert {problem.code for problem in record.problems} <= CODES
    return record


def test_what_nobody_has_changed_is_read() -> None:
    record = attempt(packed(session()))
    assert record is not None
    assert len(record.samples["t_us"]) == 100
    assert [problem.code for problem in record.problems] == ["E614"]  # the digest of the outcome


JUNK = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.sampled_from([10**30, -(10**300), 2**63, -1, 0, 1e308]),
        st.floats(),
        st.text(max_size=5),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner)),
    max_leaves=5,
)
KEYS = ["format", "columns", "protocol", "first_row", "rows", "t_us", "name", "text", "outcome", "sha256"]


@st.composite
def changed(draw: st.DrawFn) -> list[Message]:
    messages = session()
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(messages) - 1))
        topic, body = messages[at]
        match draw(st.sampled_from(["drop", "double", "swap", "topic", "value", "remove", "body", "raw"])):
            case "drop" if len(messages) > 1:
                del messages[at]
            case "double":
                messages.insert(at, messages[at])
            case "swap":
                messages.append(messages.pop(at))
            case "topic":
                messages[at] = (draw(st.integers(0, 65535)), body)
            case "value" if isinstance(body, dict):
                messages[at] = (topic, {**body, draw(st.sampled_from([*KEYS, *COLUMNS])): draw(JUNK)})
            case "remove" if isinstance(body, dict) and body:
                gone = draw(st.sampled_from(sorted(body)))
                messages[at] = (topic, {key: value for key, value in body.items() if key != gone})
            case "body":
                messages[at] = (topic, draw(JUNK))
            case _:
                messages[at] = (topic, draw(st.binary(max_size=30)))
    return messages


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changed(), st.booleans())
def test_messages_that_no_session_writes(messages: list[Message], chunks: bool) -> None:
    record = attempt(packed(messages, chunks=chunks))
    if record is not None:
        assert not record.complete


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_bytes_put_in_cut_out_and_repeated(data: st.DataObject) -> None:
    whole = packed(session())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(whole)))
        length = data.draw(st.integers(0, 200))
        other = data.draw(st.one_of(st.binary(max_size=20), st.just(whole[at : at + length])))
        whole = whole[:at] + other + whole[at + data.draw(st.integers(0, 200)) :]
    record = attempt(whole)
    assert record is None or not record.complete


DEEP = b"[" * 100_000
WIDE = b'{"format":1,"columns":[' + b",".join(b'"%d"' % number for number in range(100_000)) + b"]}"
HARMFUL: dict[str, Callable[[], bytes]] = {
    "deep nesting in the header": lambda: packed([(Topic.SESSION, DEEP)]),
    "deep nesting in an event": lambda: packed([*session()[:1], (Topic.EVENT, b'{"a":' * 50_000)]),
    "a hundred thousand columns": lambda: packed([(Topic.SESSION, WIDE)]),
    "a column twice": lambda: packed([(Topic.SESSION, {"format": 1, "columns": ["t_us", "t_us"]})]),
    "columns that are no list": lambda: packed([(Topic.SESSION, {"format": 1, "columns": 7})]),
    "not a number": lambda: packed([(Topic.SESSION, b'{"format":1,"columns":[],"mass_kg":NaN}')]),
    "infinite": lambda: packed([(Topic.SESSION, b'{"format":1,"columns":[],"mass_kg":1e999}')]),
    "a number of 5000 digits": lambda: packed([(Topic.SESSION, b'{"format":' + b"9" * 5000 + b"}")]),
    "half a character": lambda: packed([(Topic.SESSION, b'{"format":1,"columns":["\xff"]}')]),
    "two headers": lambda: packed([session()[0], session()[0]]),
    "no header": lambda: packed(session()[1:]),
    "no messages": lambda: packed([]),
    "an empty header": lambda: packed([(Topic.SESSION, b"")]),
    "rows without end": lambda: packed([session()[0], (Topic.SAMPLES, {"first_row": 0, "rows": 10**18})]),
    "a value beyond 64 bits": lambda: packed(
        [session()[0], (Topic.SAMPLES, {"first_row": 0, "rows": 1, **{name: [2**64] for name in COLUMNS}})]
    ),
    "a header of 20 MB": lambda: packed([(Topic.SESSION, b'{"format":1,"x":"' + b"x" * 20_000_000 + b'"}')]),
    "three million lists": lambda: packed([(Topic.SESSION, b"[" + b"[]," * 3_000_000 + b"[]]")]),
}


@pytest.mark.parametrize("name", HARMFUL)
def test_a_record_made_to_harm_is_a_clear_error_in_little_memory(name: str) -> None:
    data = HARMFUL[name]()
    tracemalloc.start()
    try:
        assert attempt(data) is None
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 64_000_000


def bomb(promised: int) -> bytes:
    """Return a record whose first chunk unfolds to a gigabyte, whatever size it promises."""
    import lz4.frame

    huge = lz4.frame.LZ4FrameCompressor()
    parts = [huge.begin()] + [huge.compress(bytes(1 << 20)) for _ in range(1024)] + [huge.flush()]
    content = b"".join(parts)
    whole = packed(session())
    start = next(container._chunks(whole))[0]
    body = struct.pack("<QQQII3sQ", 0, 0, promised, 1, 3, b"lz4", len(content)) + content
    return whole[: start - 9] + struct.pack("<BQ", 0x06, len(body)) + body


@pytest.mark.parametrize("promised", [0, 1, 1 << 20, 1 << 24, 1 << 30, (1 << 64) - 1])
def test_a_chunk_unfolds_to_no_more_than_it_promises(promised: int) -> None:
    data = bomb(promised)
    tracemalloc.start()
    try:
        with pytest.raises(RecordError) as caught:
            read_bytes(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert {problem.code for problem in caught.value.problems} == {"E614", "E612"}
    assert peak < 64_000_000


def test_many_chunks_that_each_unfold_to_much_come_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "LARGEST_CONTENT_BYTES", 20_000)
    messages = [*session()[:1], *[(Topic.EVENT, {"t_us": 0, "name": "x" * 900, "code": "", "text": ""})] * 50]
    record = attempt(packed(messages))
    assert record is not None
    assert "more than any session writes" in str(record.problems[0])
    assert 0 < len(record.events) < 50


# ---- lengths ----------------------------------------------------------------------------------------------


def lengths(whole: bytes) -> Iterator[int]:
    """Yield where each entry before the end mark begins."""
    offset = len(container.MAGIC)
    while whole[offset] != 0x0F:
        yield offset
        offset += 9 + int.from_bytes(whole[offset + 1 : offset + 9], "little")


def test_a_flipped_length_is_damage_and_never_an_early_end() -> None:
    whole = packed(session())
    for at in lengths(whole):
        for bit in range(64):
            damaged = bytearray(whole)
            damaged[at + 1 + bit // 8] ^= 1 << bit % 8
            try:
                problems = read_bytes(bytes(damaged)).problems
            except RecordError as error:
                problems = error.problems
            codes = {problem.code for problem in problems}
            assert "E613" not in codes, (at, bit)
            assert codes & {"E614", "E610"}, (at, bit)


def test_a_flipped_length_in_a_record_without_its_end_is_damage_too() -> None:
    whole = packed(session())
    last = [*lengths(whole)][-1]
    cut = whole[: last + 100]  # in the middle of the last chunk
    assert {problem.code for problem in read_bytes(cut).problems} == {"E613", "E615"}
    for bit in range(64):
        damaged = bytearray(cut)
        damaged[last + 1 + bit // 8] ^= 1 << bit % 8
        assert "E614" in {problem.code for problem in read_bytes(bytes(damaged)).problems}, bit


def test_where_nobody_can_tell_both_are_said() -> None:
    whole = packed(session())
    last = [*lengths(whole)][-1]
    (cut, _) = read_bytes(whole[: last + 20]).problems
    assert cut.code == "E613"
    assert "ends in the middle, or a length in its last entry is damaged" in cut.message


# ---- what is no file --------------------------------------------------------------------------------------


def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(RecordError, match="not a plain file") as caught:
        read_record(tmp_path / "pipe")
    assert caught.value.code == "E611"


@pytest.mark.parametrize("name", ["/dev/zero", "/dev/null", "/dev/tty"])
def test_a_device_is_refused(name: str) -> None:
    with pytest.raises(RecordError) as caught:
        read_record(name)
    assert caught.value.code == "E611"


def test_a_folder_and_a_name_with_a_null_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="a folder") as caught:
        read_record(tmp_path)
    assert caught.value.code == "E611"
    with pytest.raises(RecordError, match="null character") as caught:
        read_record("a\0b")
    assert caught.value.code == "E611"


def test_a_file_of_many_gigabytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.mcap"
    with path.open("wb") as file:
        file.write(record_to_memory_bytes())
        file.truncate(1 << 40)
    with pytest.raises(RecordError, match="256 MiB") as caught:
        read_record(path)
    assert caught.value.code == "E610"


def record_to_memory_bytes() -> bytes:
    recorder = record_to_memory()
    recorder.begin({}, ())
    recorder.outcome(0, {})
    return recorder._output.kept()


def test_a_record_is_not_written_over_a_folder_a_pipe_or_under_no_name(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, code, text in (
        (tmp_path, "E601", "a folder is already there"),
        (tmp_path / "pipe", "E601", "a file is already there"),
        (tmp_path / "a\0b", "E603", "null character"),
    ):
        with pytest.raises(RecordError, match=text) as caught:
            record_to_file(path)
        assert caught.value.code == code


def test_no_bit_of_a_real_record_makes_anything_else_of_it() -> None:
    recorder = record_to_memory()
    recorder.begin({"protocol": {"text": "x" * 500}}, ())
    for second in range(3):
        recorder.samples([list(range(50)) for _ in COLUMNS])
        recorder.event(second, "state", text="RUNNING")
    recorder.outcome(0, {"outcome": "COMPLETED"})
    whole = recorder._output.kept()
    choice = random.Random(3)
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(choice.randrange(1, 4)):
            damaged[choice.randrange(len(whole))] ^= 1 << choice.randrange(8)
        attempt(bytes(damaged))
