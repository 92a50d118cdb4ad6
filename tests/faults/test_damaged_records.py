"""Cut and flipped records: the valid prefix comes back and is marked, or the error is clear; never a lie."""

from __future__ import annotations

import random

import pytest

from traction.errors import Problem, RecordError
from traction.runner.reader import Record, read_bytes
from traction.runner.record.direct import record_to_memory
from traction.runner.record.layout import COLUMNS

SECONDS = 12
CODES = {"E610", "E612", "E613", "E614", "E615"}


@pytest.fixture(scope="module")
def whole() -> bytes:
    """Return the bytes of a complete record of twelve seconds."""
    recorder = record_to_memory()
    recorder.begin({"protocol": {"text": "x" * 500}}, ())
    noise = random.Random(5)
    for second in range(SECONDS):
        recorder.event(second * 1_000_000, "state", text=str(second))
        times = [1_000_000 * second + 20_000 * row for row in range(50)]
        columns = [[noise.randrange(-9999, 999_999) for _ in range(50)] for _ in COLUMNS[1:]]
        recorder.samples([times, *columns])
    recorder.outcome(SECONDS * 1_000_000, {"outcome": "COMPLETED", "code": ""})
    return recorder._output.kept()


def attempt(data: bytes) -> Record | None:
    """Return the record, or None where reading it is a clear error."""
    try:
        return read_bytes(data)
    except RecordError as error:
        codes = {problem.code for problem in error.problems}
    assert codes <= CODES
    return None


def check_prefix(record: Record, original: Record) -> None:
    """Assert that everything in ``record`` is what the original has at the same place."""
    assert record.header == original.header
    assert record.events == original.events[: len(record.events)]
    rows = len(record.samples["t_us"])
    assert rows % 50 == 0
    for name, column in record.samples.items():
        assert (column == original.samples[name][:rows]).all()
    assert record.outcome in (None, original.outcome)


def test_the_whole_record_is_complete(whole: bytes) -> None:
    record = read_bytes(whole)
    assert record.complete
    assert len(record.samples["t_us"]) == 50 * SECONDS


def test_cut_anywhere_the_prefix_is_read_and_marked(whole: bytes) -> None:
    original = read_bytes(whole)
    most = 0
    for length in sorted({*range(0, len(whole), 997), *range(len(whole) - 600, len(whole), 7)}):
        record = attempt(whole[:length])
        if record is None:
            assert length < 6000  # before the header was on disk
            continue
        check_prefix(record, original)
        assert not record.complete
        assert {problem.code for problem in record.problems} & {"E613", "E614"}
        rows = len(record.samples["t_us"])
        assert rows >= most
        most = rows
    assert most == 50 * SECONDS


def test_a_cut_loses_no_more_than_the_second_it_hits(whole: bytes) -> None:
    half = read_bytes(whole[: len(whole) // 2])
    assert abs(len(half.samples["t_us"]) - 25 * SECONDS) <= 100


def flips(whole: bytes, count: int, seed: int) -> list[tuple[int, int]]:
    choice = random.Random(seed)
    everywhere = [(choice.randrange(len(whole)), 1 << choice.randrange(8)) for _ in range(count)]
    # frames, lengths and checksums stand close together at both ends: every byte of them
    ends = [*range(120), *range(len(whole) - 120, len(whole))]
    return everywhere + [(at, 1 << choice.randrange(8)) for at in ends]


def test_every_flipped_bit_is_found(whole: bytes) -> None:
    original = read_bytes(whole)
    for at, bit in flips(whole, 400, seed=11):
        damaged = bytearray(whole)
        damaged[at] ^= bit
        record = attempt(bytes(damaged))
        if record is None:
            continue
        assert not record.complete, f"byte {at} ^ {bit:#x} passed unseen"
        check_prefix(record, original)


def test_a_flipped_bit_in_a_record_that_was_cut_off_is_never_a_lie(whole: bytes) -> None:
    original = read_bytes(whole)
    cut = whole[: len(whole) * 2 // 3]
    for at, bit in flips(cut, 400, seed=12):
        damaged = bytearray(cut)
        damaged[at] ^= bit
        record = attempt(bytes(damaged))
        if record is None:
            continue
        assert not record.complete
        check_prefix(record, original)


def test_a_missing_second_and_two_seconds_exchanged_are_found(whole: bytes) -> None:
    from traction.runner.record import container

    chunks = []
    offset = 8
    while whole[offset] != 0x0F:
        length = int.from_bytes(whole[offset + 1 : offset + 9], "little")
        chunks.append((offset, offset + 9 + length))
        offset += 9 + length
    (a0, a1), (b0, b1) = chunks[5], chunks[6]
    for damaged in (whole[:a0] + whole[a1:], whole[:a0] + whole[b0:b1] + whole[a0:a1] + whole[b1:]):
        problems: list[Problem] = []
        messages = list(container.walk(damaged, problems))
        assert [problem.code for problem in problems] == ["E614"]
        assert len(messages) < 2 * SECONDS


def test_a_message_that_the_outcome_does_not_vouch_for_is_found() -> None:
    from traction.runner.record import writer

    class Forgetful(writer.RecordWriter):
        def accept(self, kind: int, log_time_us: int, payload: bytes) -> bool:
            taken = super().accept(kind, log_time_us, payload)
            self._digest.update(b"something else")
            return taken

    recorder = record_to_memory()
    recorder._output._writer = Forgetful(recorder._output._file)  # type: ignore[attr-defined]
    recorder.begin({}, ())
    recorder.outcome(0, {})
    record = recorder.read_back()
    assert not record.complete
    assert [problem.code for problem in record.problems] == ["E614"]
