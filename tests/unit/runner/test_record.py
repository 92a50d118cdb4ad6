"""A record: what goes in comes out, it is MCAP for everybody, and it never overwrites anything."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from mcap.reader import make_reader

from traction.clock import VirtualClock
from traction.drivers.guarded import GuardedDriver
from traction.drivers.scripted import IDENTITY, ScriptedDriver
from traction.errors import RecordError
from traction.report.export import exported
from traction.runner.reader import Record, read_bytes, read_record
from traction.runner.record import layout
from traction.runner.record.chunked import ChunkedFile
from traction.runner.record.columns import PAGE_ROWS
from traction.runner.record.direct import record_to_file, record_to_memory
from traction.runner.record.layout import COLUMNS, Topic
from traction.runner.record.recorder import Recorder
from traction.runner.session import run_session
from traction.safety.bounds import supervisor_bounds
from traction.safety.sample import Reaction, Sample
from traction.safety.supervisor import Supervisor

if TYPE_CHECKING:
    from tests.unit.runner.conftest import Bench

CHANNELS = ("disc_pressure_pa",)
WIDTH = len(COLUMNS) + len(CHANNELS)


def fill(recorder: Recorder, seconds: int = 3) -> Recorder:
    recorder.begin({"protocol": {"name": "résumé"}}, CHANNELS)
    for second in range(seconds):
        recorder.event(second * 1_000_000, "state", text="RUNNING")
        rows = [
            [1_000_000 * second + 20_000 * row] + [row - column for column in range(WIDTH - 1)]
            for row in range(50)
        ]
        recorder.samples(list(zip(*rows, strict=True)))
    return recorder


def memory_of(recorder: Recorder) -> bytes:
    return recorder._output.kept()


def test_what_goes_in_comes_out() -> None:
    recorder = fill(record_to_memory())
    recorder.outcome(3_000_000, {"outcome": "COMPLETED", "code": ""})
    record = recorder.read_back()
    assert record.complete
    assert record.problems == ()
    assert record.header["protocol"]["name"] == "résumé"
    assert [event.t_us for event in record.events] == [0, 1_000_000, 2_000_000]
    assert record.samples["t_us"].tolist() == list(range(0, 3_000_000, 20_000))
    assert record.samples["disc_pressure_pa"].tolist() == [row - WIDTH + 2 for row in range(50)] * 3
    assert record.outcome is not None
    assert (record.outcome["rows"], record.outcome["messages"]) == (150, 7)


def test_samples_cannot_be_written_to() -> None:
    record = fill(record_to_memory()).read_back()
    with pytest.raises(ValueError, match="read-only"):
        record.samples["t_us"][0] = 1


def test_values_beyond_32_bits_come_back_whole() -> None:
    recorder = record_to_memory()
    recorder.begin({}, CHANNELS)
    recorder.samples([[value] for value in range(2**40, 2**40 + WIDTH)])
    assert recorder.read_back().samples["boot_id"].tolist() == [2**40 + COLUMNS.index("boot_id")]


def test_a_long_record_comes_back_whole_whatever_its_numbers_need() -> None:
    recorder = record_to_memory()
    recorder.begin({}, CHANNELS)
    rows = 3 * PAGE_ROWS + 17
    wanted = [
        [(-1) ** (row * column) * row * 10 ** (column % 12) for row in range(rows)] for column in range(WIDTH)
    ]
    for start in range(0, rows, 50):
        recorder.samples([tuple(column[start : start + 50]) for column in wanted])
    samples = recorder.read_back().samples
    assert len(samples) == WIDTH
    for column, (name, values) in zip(wanted, samples.items(), strict=True):
        assert values.dtype == np.int64
        assert values.tolist() == column, name


def test_the_file_is_the_one_that_the_mcap_package_writes() -> None:
    from mcap.writer import CompressionType, IndexType, Writer

    ours, theirs, schemas = io.BytesIO(), io.BytesIO(), layout.schemas(layout.columns(CHANNELS))
    file = ChunkedFile(ours)
    writer = Writer(
        theirs,
        chunk_size=1 << 30,
        compression=CompressionType.LZ4,
        index_types=IndexType.CHUNK,
        enable_data_crcs=True,
    )
    file.start("traction", [(topic.label, f"of {topic.label}", schema) for topic, schema in schemas.items()])
    writer.start(profile="traction")
    for topic, schema in schemas.items():
        writer.register_channel(
            topic.label, "json", writer.register_schema(f"of {topic.label}", "jsonschema", schema)
        )
    for number in range(40):
        time_ns, data = 10**9 * (number - number % 3), b'{"a":%d}' % number
        file.add(1 + number % 4, time_ns, data, number)
        writer.add_message(1 + number % 4, time_ns, data, time_ns, number)
        if number % 5 == 4:
            file.flush()
            writer.flush()  # type: ignore[no-untyped-call]
    file.finish()
    writer.finish()  # type: ignore[no-untyped-call]
    assert ours.getvalue() == theirs.getvalue()


def test_without_an_outcome_a_record_is_incomplete() -> None:
    recorder = fill(record_to_memory())
    recorder.close()
    record = recorder.read_back()
    assert not record.complete
    assert record.outcome is None
    assert {problem.code for problem in record.problems} == {"E613", "E615"}
    assert len(record.samples["t_us"]) == 150


def test_other_readers_of_the_format_read_it_and_every_message_fits_its_schema(tmp_path: Path) -> None:
    path = tmp_path / "a.mcap"
    recorder = fill(record_to_file(path))
    recorder.outcome(3_000_000, {"outcome": "COMPLETED", "code": ""})
    topics = []
    with path.open("rb") as file:
        for schema, channel, message in make_reader(file, validate_crcs=True).iter_messages():
            assert schema is not None
            Draft202012Validator(json.loads(schema.data)).validate(json.loads(message.data))
            topics.append(channel.topic)
            assert message.channel_id == Topic[channel.topic.upper()]
    assert topics == ["session", *["event", "samples"] * 3, "outcome"]


@pytest.mark.parametrize("kind", ["file", "folder", "dangling link"])
def test_nothing_is_ever_overwritten(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "taken"
    match kind:
        case "file":
            path.write_bytes(b"precious")
        case "folder":
            path.mkdir()
        case _:
            path.symlink_to(tmp_path / "nowhere")
    with pytest.raises(RecordError) as caught:
        record_to_file(path)
    assert caught.value.code == "E601"
    assert caught.value.problems[0].file == str(path)
    if kind == "file":
        assert path.read_bytes() == b"precious"


def test_a_folder_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(RecordError) as caught:
        record_to_file(tmp_path / "no" / "a.mcap")
    assert caught.value.code == "E603"


def foreign_mcap() -> bytes:
    import io

    from mcap.writer import Writer

    file = io.BytesIO()
    writer = Writer(file)
    writer.start(profile="ros2")
    writer.finish()
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "E610"),
        (b"\x89", "E610"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "E610"),
        (b"\x89MCAP0\r\n", "E610"),
        (foreign_mcap(), "E610"),
        (memory_of(fill(record_to_memory()))[:200], "E612"),
    ],
    ids=["empty", "one byte", "a picture", "only the magic", "somebody else's", "cut in the header"],
)
def test_what_is_no_record_is_a_clear_error(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "x.mcap"
    path.write_bytes(content)
    with pytest.raises(RecordError) as caught:
        read_record(path)
    assert caught.value.problems[-1].code == code
    assert caught.value.problems[-1].file == str(path)


@pytest.mark.parametrize("name", [".", "missing.mcap"])
def test_what_cannot_be_opened_is_a_clear_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(RecordError) as caught:
        read_record(tmp_path / name)
    assert caught.value.code == "E611"


def test_a_record_of_a_newer_format_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = record_to_memory()
    recorder.begin({"format": 2}, CHANNELS)
    with pytest.raises(RecordError, match="format 2") as caught:
        recorder.read_back()
    assert caught.value.code == "E610"


# ---- of a whole session -----------------------------------------------------------------------------------


def test_a_record_is_self_contained(bench: Bench) -> None:
    plan = bench.plan()
    header: Any = bench.simulate(plan).record().header
    assert header["protocol"]["text"] == plan.protocol_text
    assert header["profile"]["digest"] == plan.profile.digest()
    assert len(header["profile"]["spans"]) == len(plan.profile.spans)
    assert {margin["name"] for margin in header["margins"]} == {m.name for m in plan.verification.margins}
    assert header["limits"]["merged"]["max_force_n"]["value"] == plan.limits.max_force_n
    assert header["table"]["identity"]["serial_number"] == "SIM-7"
    assert header["table"]["controller_limits"]["max_force_mn"] == plan.limits.max_force_n * 1000
    assert {"python", "traction", "numpy", "numba"} <= set(header["versions"])
    assert (header["seed"], header["mass_kg"], header["clock"]) == (7, 80.0, "virtual")
    assert "started_at" not in header


def judged_again(record: Record, plan: Any) -> list[tuple[int, str]]:
    supervisor = Supervisor(supervisor_bounds(plan.limits, plan.table, rest_n=plan.profile.rest_n))
    rows = zip(*(record.samples[name].tolist() for name in Sample._fields), strict=True)
    found = []
    for row in rows:
        verdict = supervisor.judge(Sample(*row))
        if verdict.reaction > Reaction.WARN:
            found.append((row[0], verdict.code))
    return found


def test_a_recorded_session_judged_again_gives_the_same_verdict(bench: Bench) -> None:
    result = bench.script(
        lambda tick, said: said._replace(force_mn=1_200_000, force_b_mn=1_200_000) if tick == 400 else said
    )
    again = judged_again(result.record(), bench.plan())
    assert again[0] == (result.causes[0].t_us, result.code)


def test_a_healthy_session_judged_again_is_healthy(bench: Bench) -> None:
    result = bench.simulate()
    assert judged_again(result.record(), bench.plan()) == []


def test_samples_are_the_integers_the_table_gave(bench: Bench) -> None:
    given = []

    def note(_tick: int, said: Any) -> Any:
        given.append(said)
        return said

    samples = bench.script(note).record().samples
    assert samples["force_mn"].tolist() == [said.force_mn for said in given]
    assert samples["controller_ms"].tolist() == [said.controller_ms for said in given]
    assert samples["force_mn"].dtype == np.int64


def test_a_record_can_be_read_while_it_is_written_and_is_a_second_behind_at_most(
    bench: Bench, tmp_path: Path
) -> None:
    path, behind = tmp_path / "a.mcap", []

    def look(tick: int, said: Any) -> Any:
        if tick > 50 and tick % 7 == 0:
            seen = read_record(path)
            assert seen.outcome is None
            assert {problem.code for problem in seen.problems} == {"E613", "E615"}
            behind.append(tick - len(seen.samples["t_us"]))
        return said

    assert bench.script(look, recorder=record_to_file(path)).record().complete
    assert len(behind) > 100
    assert 0 <= min(behind) <= max(behind) <= 50  # rows of 20 ms


def test_a_channel_of_a_driver_is_recorded_and_exported_and_changes_no_command(bench: Bench) -> None:
    bench.script()
    plain, table = [(one.verb, one.value) for one in bench.sent], type(bench.table)(VirtualClock())
    said = (one._replace(channels=(one.seq % 7 - 3, 784_000)) for one in table.script())
    identity = replace(IDENTITY, channels=("calf_emg_uv", "weight_mn"))
    table.driver = ScriptedDriver(said, clock=table.clock, identity=identity)
    with GuardedDriver(table.driver, table.clock) as driver:
        record = run_session(bench.plan(), driver, table.clock, record_to_memory()).record()
    assert [(one.verb, one.value) for one in table.driver.sent if one.verb != "poll"] == plain
    assert record.samples["calf_emg_uv"][:9].tolist() == [(one % 7) - 3 for one in record.samples["seq"][:9]]
    found = exported(record)
    assert (found.tables["samples"]["calf_emg_uv"] == record.samples["calf_emg_uv"]).all()
    assert set(found.tables["samples"]["weight_n"]) == {784.0}
    named = {name: found.dictionary["samples"][name]["unit"] for name in ("calf_emg_uv", "weight_n")}
    assert named == {"calf_emg_uv": "", "weight_n": "N"}


def test_read_bytes_reads_what_the_file_holds(tmp_path: Path) -> None:
    path = tmp_path / "a.mcap"
    fill(record_to_file(path)).outcome(1, {})
    assert read_bytes(path.read_bytes()).header == read_record(path).header
