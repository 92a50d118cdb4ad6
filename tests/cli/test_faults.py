"""``traction faults list`` prints the closed list, each fault with what it does and its hazards."""

import json

from traction.cli.faults import command
from traction.hazards.load import load_hazards
from traction.sim.faults import FAULTS, HOST, LINK, TABLE


def test_json_has_every_fault_with_its_hazards(shell) -> None:
    done = shell("faults", "list", "--json")
    assert (done.code, done.err) == (0, "")
    rows = json.loads(done.out)
    assert [row["name"] for row in rows] == list(FAULTS)
    hazards = {one.name: one.faults for one in load_hazards().hazards}
    for row in rows:
        fault = FAULTS[row["name"]]
        assert (row["does"], row["side"], row["at_once"]) == (fault.does, fault.side, fault.at_once)
        assert row["side"] in (TABLE, LINK, HOST)
        assert row["hazards"] == [name for name, faults in hazards.items() if row["name"] in faults] != []


def test_values_have_the_unit_they_are_asked_for_with(shell) -> None:
    rows = {row["name"]: row["value"] for row in json.loads(shell("faults", "list", "--json").out)}
    assert rows["cell-a-drifting"] == {"unit": "N/s", "low": 0.001, "high": 1000.0, "usual": 2.0}
    assert rows["link-corrupted"] == {"unit": "%", "low": 0.1, "high": 100, "usual": 30.0}
    assert rows["motor-runaway"]["usual"] is None
    assert rows["strap-break"] is None


def test_people_read_every_fault_once(shell) -> None:
    done = shell("faults", "list")
    assert (done.code, done.err) == (0, "")
    said = " ".join(done.out.split())
    for name, fault in FAULTS.items():
        assert done.out.split().count(name) == 1
        assert fault.does in said
    assert "0.001 to 1000 N/s, 2 unless said (H12)" in said
    assert max(map(len, done.out.splitlines())) <= 100


def test_every_command_is_there() -> None:
    assert {"list", "matrix", "run", "replay"} <= set(command.commands)
