"""An export holds what the record holds, and opens in the tools its readers use without an option."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import traction
from traction.errors import RecordError
from traction.report.export import exported, write_export
from traction.runner.reader import Event, Record
from traction.runner.series import si_series
from traction.wire import codes

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("csv", "parquet", "json", "mat")
HOSTILE = 'a "quoted", =1+1\nline \x1b[2J <b> \N{SNOWMAN}'


pytestmark = [
    # what the makers of these tools plan to change is told to their users, and no failure of ours
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
    pytest.mark.xdist_group("export"),  # so that only one worker loads the tools
]


@pytest.fixture(scope="module")
def record(whole) -> Record:
    """Return a record in which a cell once gave no reading and somebody wrote a hostile event."""
    force_mn = whole.samples["force_mn"].copy()
    force_mn[100] = codes.FORCE_INVALID_MN
    events = (*whole.events, Event(1_234_567, "answer", "E999", HOSTILE))
    return replace(whole, samples={**dict(whole.samples), "force_mn": force_mn}, events=events)


@pytest.fixture(scope="module")
def folder(record, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    for kind in KINDS:
        write_export(record, folder / f"run.{kind}")
    return folder


def tables_by(reader: str, folder: Path) -> dict[str, dict[str, np.ndarray]]:
    """Open the three tables with one tool, as its manual says, and return columns as arrays."""
    import duckdb
    import pandas as pd
    import polars as pl
    from scipy.io import loadmat

    kind = "parquet" if reader.endswith("parquet") else "csv"
    names = {"samples": folder / f"run.{kind}"}
    names |= {table: folder / f"run.{table}.{kind}" for table in ("events", "spans")}
    match reader:
        case "pandas csv":
            found = {
                table: pd.read_csv(path, keep_default_na=table == "samples") for table, path in names.items()
            }
            return {table: {name: one[name].to_numpy() for name in one} for table, one in found.items()}
        case "pandas parquet":
            found = {table: pd.read_parquet(path) for table, path in names.items()}
            return {table: {name: one[name].to_numpy() for name in one} for table, one in found.items()}
        case "polars csv" | "polars parquet":
            read = pl.read_csv if kind == "csv" else pl.read_parquet
            found = {table: read(path) for table, path in names.items()}
            return {table: {one.name: one.to_numpy() for one in each} for table, each in found.items()}
        case "duckdb csv" | "duckdb parquet":
            found = {table: duckdb.sql(f"select * from '{path}'") for table, path in names.items()}
            return {
                table: dict(zip(one.columns, map(np.array, zip(*one.fetchall(), strict=True)), strict=True))
                for table, one in found.items()
            }
        case "json":
            whole = json.loads((folder / "run.json").read_text(encoding="utf-8"))
            return {
                table: {
                    name: np.array([np.nan if value is None else value for value in values])
                    for name, values in whole[table].items()
                }
                for table in names
            }
    whole = loadmat(folder / "run.mat", simplify_cells=True)
    return {table: whole[table] for table in names}


READERS = ("pandas csv", "pandas parquet", "polars csv", "polars parquet", "duckdb csv", "duckdb parquet")


@pytest.mark.parametrize("reader", [*READERS, "json", "mat"])
def test_every_reader_finds_the_values_of_the_record(record, folder: Path, reader: str) -> None:
    wanted, got = exported(record).tables, tables_by(reader, folder)
    series = si_series(record.samples)
    assert {name: list(table) for name, table in got.items()} == {n: list(t) for n, t in wanted.items()}
    for table, columns in wanted.items():
        for name, values in columns.items():
            if values.dtype.kind in "fi":  # to the last bit, and a missing reading is missing
                np.testing.assert_array_equal(np.asarray(got[table][name], dtype=float), values, err_msg=name)
            else:
                read = ["" if one is None or len(one) == 0 else str(one) for one in got[table][name]]
                assert read == list(values), (table, name)
    assert np.isnan(np.asarray(got["samples"]["force_n"], dtype=float)).sum() == 1
    np.testing.assert_array_equal(np.asarray(got["samples"]["force_b_n"], dtype=float), series["force_b_n"])
    np.testing.assert_array_equal(
        np.rint(np.asarray(got["samples"]["time_s"], dtype=float) * 1e6), record.samples["t_us"]
    )


def test_every_column_has_an_entry_in_the_dictionary_whose_unit_is_in_its_name(record, folder: Path) -> None:
    beside = json.loads((folder / "run.dictionary.json").read_text(encoding="utf-8"))
    inside = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert beside["dictionary"] == inside["dictionary"] == exported(record).dictionary
    assert beside["record"] == inside["record"]
    for table, columns in exported(record).tables.items():
        assert list(beside["dictionary"][table]) == list(columns)
        for name, entry in beside["dictionary"][table].items():
            assert entry["description"], name
            if entry["unit"]:
                assert name.endswith("_" + entry["unit"].lower().replace("/", "_per_")), name
    samples = beside["dictionary"]["samples"]
    assert {one for entry in samples.values() for one in entry["from"]} == set(record.samples)
    assert samples["force_a_n"]["step_seen"] == pytest.approx(0.1), "the counts of the simulated cells"
    assert samples["session_state"]["codes"]["3"] == "RUNNING"
    assert beside["record"]["protocol_text"] == record.header["protocol"]["text"]
    assert beside["record"]["record_sha256"] == record.outcome["sha256"]
    from pyarrow import parquet
    from scipy.io import loadmat

    assert parquet.read_schema(folder / "run.parquet").names == list(samples)
    field = parquet.read_schema(folder / "run.parquet").field("disc_pressure_kpa")
    assert field.metadata[b"unit"] == b"kPa"
    whole = json.loads(parquet.read_schema(folder / "run.parquet").metadata[b"traction"])
    assert whole["record"] == beside["record"]
    mat = loadmat(folder / "run.mat", simplify_cells=True)
    assert mat["dictionary"]["samples"]["travel_mm"]["unit"] == "mm"
    assert mat["record"]["outcome"] == "COMPLETED"


def test_the_record_itself_opens_in_the_reader_of_its_format(make) -> None:
    from mcap.reader import NonSeekingReader, make_reader

    known = traction.read_record(make())
    for reader in (make_reader, NonSeekingReader):
        topics: dict[str, list[object]] = {}
        with make().open("rb") as file:
            for schema, channel, message in reader(file).iter_messages():
                assert (schema.encoding, channel.message_encoding) == ("jsonschema", "json")
                topics.setdefault(channel.topic, []).append(json.loads(message.data))
        assert list(topics) == ["session", "event", "samples", "outcome"]
        assert sum(one["rows"] for one in topics["samples"]) == len(known.samples["t_us"])
        force_mn = [value for one in topics["samples"] for value in one["force_mn"]]
        np.testing.assert_array_equal(force_mn, known.samples["force_mn"])
        assert [one["name"] for one in topics["event"]] == [event.name for event in known.events]


def test_the_command_writes_what_it_says_and_never_over_the_record(shell, make) -> None:
    for kind, names in (
        ("csv", ["run.csv", "run.events.csv", "run.spans.csv", "run.dictionary.json"]),
        ("parquet", ["run.parquet", "run.events.parquet", "run.spans.parquet"]),
        ("json", ["run.json"]),
        ("mat", ["run.mat"]),
    ):
        done = shell("export", make(), "-o", f"run.{kind}")
        assert (done.code, done.out) == (0, "")
        assert done.err.splitlines() == [f"written: {name}" for name in names]
        assert all(Path(name).is_file() for name in names)
    data = make().read_bytes()
    Path("own.json").write_bytes(data)
    done = shell("export", "own.json", "-o", "own.json")
    assert (done.code, Path("own.json").read_bytes() == data) == (6, True)
    assert "error E652" in done.err
    for name, code in (("run.xlsx", "E161"), ("no/folder/run.csv", "E652")):
        done = shell("export", make(), "-o", name)
        assert done.code == 2
        assert f"error {code}" in done.err
    assert shell("export", make()).code == 2
    Path("other.events.csv").write_text("mine", encoding="utf-8")
    done = shell("export", make(), "-o", "other.csv")
    assert (done.code, "other.events.csv is there" in " ".join(done.err.split())) == (6, True)
    assert sorted(path.name for path in Path().glob("other*")) == ["other.events.csv"]
    assert Path("other.events.csv").read_text(encoding="utf-8") == "mine"
    assert not list(Path().glob(".*.part"))


def test_a_damaged_record_is_exported_as_far_as_it_can_be_trusted(shell, make) -> None:
    data = bytearray(make().read_bytes())
    data[len(data) * 3 // 4] ^= 0x10
    Path("flipped.mcap").write_bytes(data)
    done = shell("export", "flipped.mcap", "-o", "run.csv")
    assert done.code == 6
    assert "DAMAGED" in done.err
    assert (
        100
        < len(Path("run.csv").read_text().splitlines())
        < len(traction.read_record(make()).samples["t_us"])
    )
    assert json.loads(Path("run.dictionary.json").read_text())["record"]["complete"] is False


@pytest.mark.parametrize("kind", KINDS)
def test_a_full_disk_leaves_what_was_there(
    whole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    path = tmp_path / f"run.{kind}"
    path.write_text("before", encoding="utf-8")
    path.with_name(f".{path.name}.part").symlink_to("/dev/full")
    with pytest.raises(RecordError) as caught:
        write_export(whole, path)
    assert caught.value.code == "E652"
    assert path.read_text(encoding="utf-8") == "before"
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_what_the_page_tells_readers_to_type_works(shell, capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / "docs" / "records.md").read_text(encoding="utf-8")
    for line in re.findall(r"```sh\n(.*?)```", page, re.DOTALL)[0].splitlines():
        assert shell(*line.split()[1:]).code == 0, line
    scope: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(compile(block, "docs/records.md", "exec"), scope)
        capsys.readouterr()
    assert scope["peak_n"] == pytest.approx(134.0, abs=3.0)
    assert scope["rows"]
