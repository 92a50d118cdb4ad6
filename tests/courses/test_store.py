"""The store of courses: whole transactions, one open session, a file that says what is wrong with it."""

import resource
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from traction.courses.store import migrate, open_store
from traction.courses.store_schema import APPLICATION_ID, MIGRATIONS
from traction.errors import RecordError, RefusedError

AT = "2026-11-02T10:00:00Z"


def test_what_is_written_is_read_back(store_path: Path, begun, opening, closing) -> None:
    with open_store(store_path) as store:
        assert store.history("steps").begun is None
        store.begin(begun, "p-1", AT)
        entry = store.open_session(begun, opening(answers={"changed": "no"}), AT)
        known = store.history("steps")
        assert known.open_session.opening == opening(answers={"changed": "no"})
        end = closing(record_path="/r.mcap", record_digest="a" * 64, record_bytes=7)
        store.close_session(known.begun, entry, end, "2026-11-02T11:00:00Z")
        known, late = store.history("steps"), "2026-11-02T11:00:00Z"
        with pytest.raises(RefusedError) as caught:  # by a clock that was set back
            store.judge_session(known.begun, entry, AT, tolerated=False, symptoms="same", note="sore")
        assert caught.value.code == "E374"
        store.judge_session(known.begun, entry, late, tolerated=False, symptoms="same", note="sore")
        known = store.history("steps")
        store.judge_session(known.begun, entry, late, tolerated=True, symptoms=None, note="")
    with open_store(store_path, create=False) as store:  # another connection, from the file
        known = store.history("steps")
        store.check()
    (session,) = known.sessions
    assert (session.closing, session.tolerated, session.symptoms, session.note) == (end, True, "same", "sore")
    assert [event.kind for event in known.events] == ["begun", "opened", "closed", "judged", "judged"]
    assert known.events[3].detail["tolerated"] is False  # what was said before is not lost
    assert (known.begun.revision, known.latest_at) == (4, "2026-11-02T11:00:00Z")
    assert not store_path.with_name("courses.sqlite-wal").exists()  # one file when nobody has it open


def test_there_is_one_open_session_of_a_course_and_of_a_patient(
    store_path: Path, begun, opening, closing
) -> None:
    with open_store(store_path) as one, open_store(store_path) as other:
        one.begin(begun, "p-1", AT)
        second = replace(begun, course_id="another")
        other.begin(second, "p-1", AT)
        entry = one.open_session(begun, opening(), AT)
        for stale in (begun, replace(begun, revision=1), second):  # read before, read after, another course
            with pytest.raises(RefusedError) as caught:
                other.open_session(stale, opening(), AT)
            assert caught.value.code == "E370"
        assert len(other.history("steps").sessions) == 1
        assert other.history("another").sessions == ()
        first = closing(record_digest="a" * 64)
        one.close_session(replace(begun, revision=1), entry, first, AT)
        entry = other.open_session(second, opening(), AT)
        with pytest.raises(RefusedError) as caught:  # the record of another session
            other.close_session(replace(second, revision=1), entry, first, AT)
        assert caught.value.code == "E376"
        assert other.history("another").open_session is not None


def test_a_file_that_is_no_store_or_a_newer_one_is_left_alone(store_path: Path) -> None:
    store_path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(RecordError) as caught, open_store(store_path):
        pass
    assert caught.value.code == "E620"
    assert store_path.read_bytes().startswith(b"not a database")
    foreign = store_path.with_name("foreign.sqlite")
    with sqlite3.connect(foreign) as db:
        db.execute("CREATE TABLE recipe (name)")
    db.close()
    with pytest.raises(RecordError, match="something else"), open_store(foreign):
        pass
    newer = store_path.with_name("newer.sqlite")
    with open_store(newer):
        pass
    with sqlite3.connect(newer) as db:
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    db.close()
    with pytest.raises(RecordError) as caught, open_store(newer):
        pass
    assert caught.value.code == "E621"
    for path in (store_path.with_name("none.sqlite"), store_path.parent / "nowhere" / "a.sqlite"):
        with pytest.raises(RecordError) as caught, open_store(path, create=False):
            pass
        assert caught.value.code == "E620"


def test_every_version_of_a_store_is_brought_to_this_one(store_path: Path, begun) -> None:
    for version in range(len(MIGRATIONS) + 1):
        path = store_path.with_name(f"v{version}.sqlite")
        db = sqlite3.connect(path, isolation_level=None)
        migrate(db, path, MIGRATIONS[:version])
        if version:
            db.execute("INSERT INTO course VALUES ('steps', 'd', 'p-1', 'e', '{}', '{}', 3)")
        db.close()
        with open_store(path) as store:
            store.check()
            known = store.history("steps").begun
        assert (None if known is None else known.revision) == (3 if version else None)
        with sqlite3.connect(path) as db:
            assert db.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)
            assert db.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
        db.close()


def test_a_migration_that_fails_leaves_the_file_as_it_was(store_path: Path) -> None:
    db = sqlite3.connect(store_path, isolation_level=None)
    migrate(db, store_path, MIGRATIONS[:1])
    with pytest.raises(sqlite3.OperationalError):
        migrate(db, store_path, (MIGRATIONS[0], ("CREATE TABLE one (a)", "CREATE TABLE one (a)")))
    assert db.execute("PRAGMA user_version").fetchone()[0] == 1
    assert db.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'one'").fetchone()[0] == 0
    db.close()


def test_a_damaged_store_is_said_to_be_one(store_path: Path, begun, opening) -> None:
    with open_store(store_path) as store:
        store.begin(begun, "p-1", AT)
        store.open_session(begun, opening(), AT)
    data = bytearray(store_path.read_bytes())
    data[4096:] = bytes(len(data) - 4096)
    store_path.write_bytes(data)
    with pytest.raises(RecordError) as caught, open_store(store_path) as store:
        store.check()
    assert caught.value.code == "E624"


def test_a_store_that_another_process_holds_says_so(store_path: Path, begun, monkeypatch) -> None:
    monkeypatch.setattr("traction.courses.store.BUSY_MS", 1)
    with open_store(store_path) as store, open_store(store_path) as other, other._changing():
        with pytest.raises(RecordError) as caught:
            store.begin(begun, "p-1", AT)
        assert caught.value.code == "E622"


CHILD = """
import sys
from dataclasses import replace
from pathlib import Path
from traction.courses.history import Begun, Closing, Opening
from traction.courses.store import open_store
from traction.errors import RecordError

path = Path(sys.argv[1])
begun = Begun("steps", "f", "e", {}, {}, 0)
opening = Opening(1, 1, "daily", "p", "d", "p-1", "e", "f", 80.0, 200.0, 600.0, "c" * int(sys.argv[2]), {})
closing = Closing(None, None, None, "COMPLETED", "", 200.0, "sim:")
with open_store(path) as store:
    known = store.history("steps").begun
    if known is None:
        store.begin(begun, "p-1", "2026-11-02T10:00:00Z")
        known = begun
    done = 0
    try:
        for number in range(1, 10_000):
            entry = store.open_session(known, opening, "2026-11-02T10:00:00Z")
            known = replace(known, revision=known.revision + 1)
            store.close_session(known, entry, closing, "2026-11-02T10:00:00Z", note=str(number))
            known = replace(known, revision=known.revision + 1)
            done = number
            print(number, flush=True)
    except RecordError as error:
        print(error.code, done)
"""


RACE = """
import sys
from pathlib import Path
from traction.courses.history import Begun, Opening
from traction.courses.store import open_store
from traction.errors import RefusedError

with open_store(Path(sys.argv[1]), create=False) as store:
    known = store.history("steps").begun
    print("ready", flush=True)
    sys.stdin.readline()
    opening = Opening(1, 1, "daily", "p", "d", "p-1", "e", "f", 80.0, 200.0, 600.0, "c", {})
    try:
        store.open_session(known, opening, "2026-11-02T10:00:00Z")
        print("opened")
    except RefusedError as error:
        print(error.code)
"""


def test_of_two_processes_that_open_a_session_one_does(store_path: Path, begun) -> None:
    with open_store(store_path) as store:
        store.begin(begun, "p-1", AT)
    command = [sys.executable, "-c", RACE, store_path]
    pipe = subprocess.PIPE
    with (
        subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as one,
        subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as other,
    ):
        both = (one, other)
        for child in both:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
        for child in both:  # both have read the same: there is no open session
            assert child.stdin is not None
            child.stdin.write("go\n")
            child.stdin.flush()
        said = sorted(str(child.communicate()[0]).strip() for child in both)
    assert said == ["E370", "opened"]
    with open_store(store_path) as store:
        assert len(store.history("steps").sessions) == 1


def test_a_full_disk_at_a_commit_loses_nothing_that_was_written(store_path: Path) -> None:
    def small_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))

    done = subprocess.run(
        [sys.executable, "-c", CHILD, store_path, "3000"],
        preexec_fn=small_disk,
        capture_output=True,
        text=True,
        check=True,
    )
    code, count = done.stdout.splitlines()[-1].split()
    assert code == "E623"
    with open_store(store_path) as store:
        store.check()
        known = store.history("steps")
    closed = [session for session in known.sessions if not session.is_open]
    assert len(closed) == int(count) > 2
    assert len(known.sessions) <= int(count) + 1
    assert known.begun.revision == len(known.events) - 1  # each change is there with its event, or neither is


@pytest.mark.parametrize("after", [1, 7, 23])
def test_whoever_is_killed_at_any_moment_leaves_nothing_half_written(store_path: Path, after: int) -> None:
    command = [sys.executable, "-c", CHILD, store_path, "10"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        said = [child.stdout.readline() for _ in range(after)]
        child.kill()
        said += child.stdout.read().splitlines()
    with open_store(store_path) as store:
        store.check()
        known = store.history("steps")
    closed = [session for session in known.sessions if not session.is_open]
    last = int(said[-1])
    assert last <= len(closed) <= last + 1  # what was said to be written is there; at most one more is
    assert len(known.sessions) - len(closed) <= 1
    assert known.begun.revision == len(known.events) - 1
    assert [session.note for session in closed] == [str(number) for number in range(1, len(closed) + 1)]
