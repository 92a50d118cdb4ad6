"""The commands about patients: a file from nothing to cleared, and a preflight in one list."""

import json
from pathlib import Path

from traction.patients.checklist import load_checklist


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
