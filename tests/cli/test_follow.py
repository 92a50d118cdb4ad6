"""``follow`` sees a growing record as it grows: each event once and in order, silence, damage, the end."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from traction.cli.follow import QUIET_US, Follower, follow
from traction.cli.follow_shown import Shown
from traction.clock import VirtualClock
from traction.errors import RecordError
from traction.report.followed import Followed, Happening
from traction.report.followed_text import follow_line, watched_lines
from traction.report.frame import Frame
from traction.report.screen import Session
from traction.report.style import Style
from traction.runner.reader import read_record
from traction.runner.record.growing import Growing

ASKS = Path(__file__).resolve().parents[2] / "protocols" / "examples" / "asks.toml"


class Kept(Shown):
    """Keeps what is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.session: Session | None = None
        self.happened: list[Happening] = []
        self.frames: list[Frame] = []
        self.quiets: list[float] = []

    def opens(self, session: Session, happened: Sequence[Happening], *, ended: bool) -> bool:
        del ended
        self.session = session
        self.happened += happened
        return True

    def stands(self, frame: Frame, last: str, sensed: Mapping[str, int]) -> bool:
        del last, sensed
        self.frames.append(frame)
        return True

    def happens(self, happening: Happening) -> bool:
        self.happened.append(happening)
        return True

    def quiet(self, quiet_s: float, *, first: bool) -> bool:
        del first
        self.quiets.append(quiet_s)
        return True


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the record of a session that asks, and is stopped by an answer."""
    from traction.cli import errors

    path = tmp_path_factory.mktemp("followed") / "whole.mcap"
    answers = [part for said in ("watch=done", "pain=yes") for part in ("--answer", said)]
    relief = ["--answer", "relief=no"]
    assert errors.run(["run", str(ASKS), *answers, *relief, "--record", str(path), "--quiet"]) == 4
    return path


def pieces(path: Path, into: Path, size: int) -> Iterator[None]:
    """Let a file grow by ``size`` bytes at a time, wherever its parts may end."""
    data = path.read_bytes()
    for start in range(0, len(data), size):
        with into.open("ab") as file:
            file.write(data[start : start + size])
        yield


@pytest.mark.parametrize("size", [97, 4001, 1 << 20])
def test_whatever_its_pieces_every_event_is_told_once_and_in_order(
    whole: Path, tmp_path: Path, size: int
) -> None:
    path, shown = tmp_path / "grows.mcap", Kept()
    follower = Follower(Followed(Growing(path)), shown, path)
    for second, _ in enumerate(pieces(whole, path, size)):
        if not follower.step(second * 1_000_000):
            break
    assert follower.ended
    record = read_record(whole)
    assert [(one.t_us, one.name, one.code) for one in shown.happened] == [
        (one.t_us, one.name, one.code) for one in record.events
    ]
    assert [one.name for one in shown.happened if one.calls] == ["observe", "ask", "stopped"]
    assert shown.session is not None
    assert (shown.session.protocol, shown.session.simulated) == ("asks", True)
    if size < 5000:
        assert any(frame.kind == "hold" and frame.phase == "light pull" for frame in shown.frames)
        assert max(frame.measured_n for frame in shown.frames) == pytest.approx(120.0, abs=5.0)
        assert all(frame.limit_n == 900.0 for frame in shown.frames)


def test_a_look_reads_what_has_come_and_not_what_was_read(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "grows.mcap"
    growing, data = Growing(path), whole.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert growing.look()
    # what was read is changed behind its back: a second look does not come across it
    path.write_bytes(b"\0" * growing.at + data[growing.at :])
    assert growing.look()
    assert growing.over
    assert growing.parts.problems() == []


def test_it_says_when_nothing_comes_and_again_when_something_does(whole: Path, tmp_path: Path) -> None:
    path, shown, data = tmp_path / "quiet.mcap", Kept(), whole.read_bytes()
    path.write_bytes(data[: len(data) // 3])
    follower = Follower(Followed(Growing(path)), shown, path)
    for now_us in range(0, 2 * QUIET_US, 200_000):
        assert follower.step(now_us)
    assert shown.quiets == [QUIET_US / 1e6]
    path.write_bytes(data[: len(data) // 2])
    for now_us in range(2 * QUIET_US, 4 * QUIET_US, 200_000):
        assert follower.step(now_us)
    assert shown.quiets == [QUIET_US / 1e6] * 2


def test_who_wants_to_give_up_does_after_that_time(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "lost.mcap"
    path.write_bytes(whole.read_bytes()[:9000])
    clock = VirtualClock()
    with pytest.raises(RecordError) as caught:
        follow(Follower(Followed(Growing(path)), Kept(), path, give_up_s=30.0), clock)
    assert caught.value.code == "E607"
    assert 30_000_000 <= clock.now_us() < 30_500_000


@pytest.mark.parametrize(
    ("what", "code"), [("damage", "E614"), ("another", "E606"), ("gone", "E606"), ("shorter", "E606")]
)
def test_a_record_that_is_damaged_or_taken_away_is_no_session_any_more(
    whole: Path, tmp_path: Path, what: str, code: str
) -> None:
    path, data = tmp_path / "grows.mcap", whole.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    growing = Growing(path)
    assert growing.look()
    if what == "damage":
        path.write_bytes(data[: growing.at + 60] + b"\xff" * 40 + data[growing.at + 100 :])
    elif what == "shorter":
        path.write_bytes(data[:100])
    else:
        path.rename(tmp_path / "elsewhere.mcap")
        if what == "another":
            path.write_bytes(data)
    with pytest.raises(RecordError) as caught:
        growing.look()
    assert caught.value.code == code


@pytest.mark.parametrize("width", [40, 80, 200])
def test_what_is_shown_fits_and_names_force_margin_question_and_last_event(
    whole: Path, tmp_path: Path, width: int
) -> None:
    path, shown = tmp_path / "grows.mcap", Kept()
    follower = Follower(Followed(Growing(path)), shown, path)
    for second, _ in enumerate(pieces(whole, path, 700)):
        if not follower.step(second * 1_000_000):
            break
    frame = next(one for one in shown.frames if one.kind == "hold")._replace(question="pain: worse?")
    assert shown.session is not None
    lines = watched_lines(shown.session, frame, "0:54  ask: pain: worse?", Style(width))
    text = " ".join(" ".join(lines).split())
    assert all(len(line) <= width for line in lines)
    for word in ("to the force limit", "last: 0:54 ask", "? pain: worse?", "read only", "target"):
        assert word in text
    assert "margin" in follow_line(frame)


def test_a_finished_session_is_told_at_once_with_its_own_exit_code(shell, whole: Path) -> None:
    done = shell("follow", whole)
    assert done.code == 4
    assert done.out.startswith("STOPPED E492")
    rows = [json.loads(line) for line in shell("follow", whole, "--json").out.splitlines()]
    assert [row["kind"] for row in rows if row["kind"] != "event"] == ["session", "end"]
    assert rows[-1]["outcome"] == "STOPPED"


def test_one_look_at_a_running_session_and_none_where_there_is_no_record(shell, whole: Path) -> None:
    data = whole.read_bytes()
    Path("running.mcap").write_bytes(data[: len(data) // 2])
    done = shell("follow", "running.mcap", "--once")
    assert (done.code, done.err) == (0, "")
    assert "margin" in done.out
    assert shell("follow", "none.mcap").code == 2
    Path("text.mcap").write_text("no record", encoding="utf-8")
    assert shell("follow", "text.mcap").code == 6


def test_a_session_that_ended_without_an_outcome_ends_with_6(shell, whole: Path) -> None:
    import struct

    data, at = whole.read_bytes(), Growing(whole)
    at.look()
    half = Growing(Path("half.mcap"))
    Path("half.mcap").write_bytes(data[: len(data) // 2])
    half.look()
    Path("ended.mcap").write_bytes(data[: half.at] + struct.pack("<BQI", 0x0F, 4, 0))
    done = shell("follow", "ended.mcap")
    assert done.code == 6
    assert "INCOMPLETE" in done.out


def test_another_process_follows_a_file_that_grows(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "live.mcap"
    words = [sys.executable, "-m", "traction", "follow", str(path), "--wait", "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as watching:
        assert watching.stdout is not None
        assert watching.stderr is not None
        assert watching.stderr.readline() == f"waiting for {path}\n"
        first = None
        for _ in pieces(whole, path, 12_000):
            # the first line comes once the header is there; the rest is read to the end
            first = first or json.loads(watching.stdout.readline())
        rows = [first, *(json.loads(line) for line in watching.stdout)]
        assert watching.wait() == 4
    assert rows[0]["kind"] == "session"
    assert (rows[-1]["kind"], rows[-1]["outcome"]) == ("end", "STOPPED")
    names = [row["name"] for row in rows if row["kind"] == "event"]
    assert names == [event.name for event in read_record(whole).events]
