"""The commands about patients: a file from nothing to cleared, and a preflight in one list."""

import json
import os
from pathlib import Path

from traction import units
from traction.patients.checklist import load_checklist
from traction.patients.patient import load_patient_file


def test_from_nothing_to_a_patient_who_may(shell) -> None:
    assert shell("patient", "new", "p-1.toml", "--mass", "80kg", "--can-communicate", "--age", "46").code == 0
    assert shell("patient", "new", "p-1.toml", "--mass", "80kg").code == 2  # never over another file
    done = shell("patient", "check", "p-1.toml", "--json")
    found = json.loads(done.out)
    assert (done.code, found["patient"]["id"], found["patient"]["age_years"]) == (3, "p-1", 46)
    opened = {row["id"] for row in found["regions"]["lumbar"]["screening"] if row["state"] == "open"}
    assert opened == {item.id for item in load_checklist("lumbar").screening}
    done = shell(
        "patient", "screen", "p-1.toml", "--region", "lumbar", "--answer", "fracture=yes", "--all-clear"
    )
    assert (done.code, done.out.count("BLOCKS"), "E362" in done.out) == (3, 1, True)
    assert shell("patient", "screen", "p-1.toml", "--region", "lumbar", "--answer", "fracture=no").code == 0
    done = shell("patient", "check", "p-1.toml", "--region", "lumbar")
    assert (done.code, "nothing speaks against lumbar traction" in done.out) == (0, True)
    assert "588 N" in done.out
    assert shell("patient", "check", "p-1.toml", "--region", "cervical").code == 3  # the neck asks for more
    for wrong in (("--answer", "fracture=maybe"), ("--answer", "fractur=no")):
        done = shell("patient", "screen", "p-1.toml", "--region", "lumbar", *wrong)
        assert (done.code, "E100" in done.err) == (2, True)


def test_what_a_new_file_leaves_open_is_asked_for(shell) -> None:
    assert shell("patient", "new", "p-2.toml", "--mass", "80kg").code == 0
    done = shell("patient", "check", "p-2.toml")
    assert (done.code, "E307" in done.err, "cannot_communicate" in done.err) == (3, True, True)
    assert shell("patient", "check", "nobody.toml").code == 2
    assert shell("patient", "new", "Ada Lovelace.toml", "--mass", "80kg", "--can-communicate").code == 3
    assert not Path("Ada Lovelace.toml").exists()


def test_the_preflight_shows_people_and_machine_in_one_list(shell, monkeypatch) -> None:
    done = shell("preflight", "--region", "lumbar", "--json")
    found = json.loads(done.out)
    state = {row["id"]: row["state"] for row in found["preflight"]}
    assert (done.code, state["changed"], state["bench-checks"], state["cord"]) == (
        3,
        "open",
        "clear",
        "not asked",
    )
    assert shell("preflight", "--region", "lumbar", "--answer", "changed=no").code == 0
    done = shell("preflight", "--region", "lumbar", "--answer", "changed=yes")
    assert (done.code, "BLOCKS" in done.out, "E365" in done.out) == (3, True, True)
    shell("patient", "new", "p-3.toml", "--mass", "80kg", "--cannot-communicate")
    shell("patient", "screen", "p-3.toml", "--region", "lumbar", "--all-clear")
    done = shell("preflight", "--region", "lumbar", "--patient", "p-3.toml", "--answer", "changed=no")
    assert (done.code, "E360" in done.out, done.out.count("BLOCKS")) == (3, True, 1)
    monkeypatch.setenv("COLUMNS", "40")
    done = shell("preflight", "--region", "cervical")
    assert max(len(line) for line in done.out.splitlines()) <= 40
    assert shell("preflight", "--region", "lumbar", "--table", "sim:?colour=red").code == 2
    assert shell("preflight", "--region", "lumbar", "--table", "nowhere").code == 2


def test_a_session_with_a_patient_is_screened_limited_and_recorded(shell, short, weighing) -> None:
    from traction.patients.patient import load_patient_file
    from traction.runner.reader import read_record

    shell("patient", "new", "p-4.toml", "--mass", "80kg", "--can-communicate")
    run = ("run", weighing, "--quiet", "--record", "one.mcap", "--patient", "p-4.toml")
    done = shell(*run)
    assert (done.code, "E361" in done.err, "nothing moved" in done.err) == (3, True, True)
    shell("patient", "screen", "p-4.toml", "--region", "lumbar", "--all-clear")
    assert [shell(*run).code, shell(*run, "--preflight", "changed=yes").code] == [3, 3]
    done = shell(*run, "--preflight", "changed=no", "--mass", "75kg")
    assert (done.code, "E366" in done.err) == (3, True)
    assert not Path("one.mcap").exists()
    assert shell(*run, "--preflight", "changed=no", "--mass", "80kg").code == 0
    header, patient = read_record("one.mcap").header, load_patient_file("p-4.toml")
    assert header["patient"] == {"id": "p-4", "digest": patient.digest}
    assert header["preflight"] == {
        "checklist": load_checklist("lumbar").digest,
        "answers": {"changed": "no"},
    }
    assert (header["mass_kg"], "name" in header["patient"]) == (80.0, False)
    text = Path("p-4.toml").read_text(encoding="utf-8").replace("# [limits.lumbar]", "[limits.lumbar]")
    Path("p-4.toml").write_text(
        text.replace('# max_force = "300 N"', 'max_force = "100 N"'), encoding="utf-8"
    )
    done = shell("check", short, "--patient", "p-4.toml", "--json")
    peak = json.loads(done.out)[0]["margins"]["peak_force"]
    assert (done.code, peak["limit"], peak["source"]) == (3, 100.0, "patient p-4")
    assert shell("check", weighing, "--patient", "p-4.toml").code == 0


def test_a_new_file_is_what_was_said_and_nothing_else(shell) -> None:
    for name, more in (
        ("ada.toml", ("--id", 'a"b')),
        ("ada.toml", ("--id", 'a"\nage = 3 # "')),
        ("ada.toml", ("--height", "1cm")),
        ("ada.toml", ("--mass", "800kg")),
    ):
        done = shell("patient", "new", name, "--mass", "80kg", *more)
        assert (done.code in (2, 3), Path(name).exists(), "error E" in done.err) == (True, False, True), more
    assert shell("patient", "new", "p-4.toml", "--mass", "176lb", "--can-communicate").code == 0
    assert load_patient_file("p-4.toml").mass_kg == units.parse("176lb", "mass")  # or --mass 176lb is E366


def test_answers_are_written_into_the_file_as_it_lies_there(shell, monkeypatch) -> None:
    assert shell("patient", "new", "p-5.toml", "--mass", "80kg", "--can-communicate").code == 0
    Path("p-5.toml").write_bytes(Path("p-5.toml").read_bytes().replace(b"\n", b"\r\n"))
    Path("p-5.toml").chmod(0o640)
    Path("link.toml").symlink_to("p-5.toml")
    shell("patient", "screen", "link.toml", "--region", "lumbar", "--answer", "fracture=no")
    found = Path("p-5.toml").read_bytes()
    assert (b"fracture = {" in found, found.count(b"\n") == found.count(b"\r\n")) == (True, True)
    assert (Path("link.toml").is_symlink(), Path("p-5.toml").stat().st_mode & 0o777) == (True, 0o640)

    def meanwhile(*_: object) -> dict[str, str]:  # while one is being asked, another answer is written
        Path("p-5.toml").write_bytes(found + b'tumour = { answer = "yes", on = 2026-11-01 }\r\n')
        return {"steroids": "no"}

    monkeypatch.setattr("traction.cli.patient_screen.ask", meanwhile)
    done = shell("patient", "screen", "p-5.toml", "--region", "lumbar")
    assert (done.code, "changed by somebody else" in done.err) == (1, True)
    assert b"tumour" in Path("p-5.toml").read_bytes()
    assert sorted(path.name for path in Path.cwd().iterdir()) == ["link.toml", "p-5.toml"]


def test_a_pipe_is_no_patient_file_and_is_called_so(shell) -> None:
    os.mkfifo("pipe.toml")
    done = shell("patient", "check", "pipe.toml")
    assert (done.code, "no plain file" in done.err, "pipe.toml" in done.err) == (2, True, True)
