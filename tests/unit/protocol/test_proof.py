"""The proof from Python: NumPy's numbers, one patient, problems with their place, and it can be kept."""

from __future__ import annotations

import copy
import pickle
import pydoc
from dataclasses import replace

import numpy as np
import pytest

import traction
from traction.errors import RefusedError, UsageError
from traction.runner.requests import Request, Requests
from traction.shipped import shipped_files

STEEP = 'type = "static"\nforce = "{}"\nhold = "60 s"\n'


def proved(**more):
    return traction.verify("lumbar-first-visit", **{"mass_kg": 80.0, **more})


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int64, int])
def test_numbers_of_numpy_mean_what_they_equal(kind):
    plain = proved(max_force_n=600.0, max_duration_s=3000.0)
    other = proved(mass_kg=kind(80), seed=np.int64(0), max_force_n=kind(600), max_duration_s=kind(3000))
    assert other.profile.digest() == plain.profile.digest()
    assert (type(other.mass_kg), type(other.seed), other.limits) == (float, int, plain.limits)
    assert traction.compile("lumbar-disc", mass_kg=kind(80), seed=np.int64(3)).seed == 3


@pytest.mark.parametrize("name", ["mass_kg", "max_force_n", "max_duration_s", "seed"])
@pytest.mark.parametrize("value", ["80 kg", True, [80.0], object()])
def test_an_argument_of_another_kind_is_named(name, value):
    with pytest.raises(UsageError) as caught:
        proved(**{name: value})
    assert (caught.value.code, caught.value.problems[0].field) == ("E117", name)


def test_a_number_beyond_every_float_is_refused_as_a_mass():
    with pytest.raises(RefusedError) as caught:
        proved(mass_kg=10**400)
    assert caught.value.code == "E302"


def test_an_unknown_clock_is_an_error_that_lists_the_clocks():
    with pytest.raises(UsageError) as caught:
        traction.run(proved(), clock="virtaul")
    assert caught.value.code == "E117"
    assert caught.value.problems[0].expected == "one of virtual, wall (did you mean virtual?)"


def test_a_table_is_a_text_or_a_path():
    table = shipped_files("hardware/tables")["sim-self-locking"]
    assert proved(table=table).table.facts == proved(table=str(table)).table.facts
    with pytest.raises(UsageError) as caught:
        proved(table=None)
    assert (caught.value.code, caught.value.problems[0].field) == ("E117", "table")


def test_only_a_proof_can_be_run():
    with pytest.raises(UsageError) as caught:
        traction.run("lumbar-disc")
    assert "what traction.verify returns" in str(caught.value)


def test_a_proof_and_its_parts_survive_pickling_and_copying():
    proof = proved()
    for again in (pickle.loads(pickle.dumps(proof)), copy.deepcopy(proof)):
        assert again == proof
        assert again.protocol.digest == proof.protocol.digest
        with pytest.raises(TypeError):
            again.protocol.limits["max_force_n"] = 1e9
    assert pickle.loads(pickle.dumps(proof.profile)) == proof.profile


def test_the_target_at_each_sample_is_found_as_documented(tmp_path, small):
    path = tmp_path / "short.toml"
    path.write_text(small('type = "static"\nforce = "90.5 N"\nhold = "5 s"'))
    proof = traction.verify(path)
    profile_s = traction.run(proof).samples()["profile_s"]
    assert profile_s.max() < proof.profile.duration_s + 0.02
    target_n = proof.profile.force_at(np.minimum(profile_s, proof.profile.duration_s))
    assert target_n.shape == profile_s.shape
    assert target_n.max() == 90.5


def test_margins_are_found_by_name():
    proof = proved()
    assert tuple(proof.margins.values()) == proof.verification.margins
    assert proof.margins["peak_force"].limit == proof.limits.max_force_n


def test_the_help_of_verify_calls_it_verify():
    assert traction.verify.__name__ == "verify"
    assert "verify = prove" not in pydoc.render_doc(traction.api)


@pytest.mark.parametrize(("option", "field"), [("mass_kg=50", "mass_kg"), ("region=cervical", "region")])
def test_a_url_that_names_another_patient_is_refused(option, field):
    with pytest.raises(RefusedError) as caught:
        proved(table=f"sim:?{option}")
    assert (caught.value.code, caught.value.problems[0].field) == ("E320", field)


@pytest.mark.parametrize("option", ["mass_kg=80", "mass_kg=80.0", "region=lumbar", "seed=9"])
def test_a_url_that_repeats_the_patient_or_has_a_seed_of_its_own_is_not(option):
    assert proved(table=f"sim:?{option}").passed


def test_a_broken_limit_names_the_file_and_the_phase(tmp_path, small):
    path = tmp_path / "two.toml"
    path.write_text(small(STEEP.format("200 N"), STEEP.format("950 N")))
    found = {problem.code: problem for problem in traction.verify(path).verification.problems}
    peak = found["E311"]
    assert peak.file == str(path)
    assert peak.found.endswith(" in 'p2'")
    assert path.read_text().split("\n")[peak.line - 1] == "[[phase]]"
    assert peak.line > path.read_text().split("\n").index("[[phase]]") + 1


PARTS = ("protocol", "profile", "limits", "table", "verification", "mass_kg", "seed")


@pytest.mark.parametrize("part", PARTS)
def test_a_proof_with_a_part_of_another_does_not_run(part):
    """Each pair passes by itself, of one region and one take-up; together nobody has proved them."""
    proof = proved()
    other = traction.verify("lumbar-disc", mass_kg=90.0, table="sim-self-locking", seed=4, max_force_n=600.0)
    assert getattr(proof, part) != getattr(other, part)
    for mixed in (replace(proof, **{part: getattr(other, part)}), replace(proof, **{part: None})):
        with pytest.raises(RefusedError) as caught:
            traction.run(mixed)
        assert caught.value.code == "E348"


def test_a_proof_whose_reasons_or_facts_were_changed_does_not_run():
    refused = proved(max_force_n=100.0)
    forged = replace(refused, verification=replace(refused.verification, problems=()))
    assert forged.passed
    proof = proved()
    swift = replace(proof.table.facts, reaction_s=50.0)
    text = replace(proof.protocol, text=proof.protocol.text + "# and more\n")
    longer = replace(proof.protocol, take_up=replace(proof.protocol.take_up, timeout_s=5e3))
    by_hand = traction.Proof(*(getattr(proof, part) for part in PARTS))
    for changed in (
        forged,
        replace(proof, table=replace(proof.table, facts=swift)),
        replace(proof, protocol=text),
        replace(proof, protocol=longer),
        by_hand,
    ):
        with pytest.raises(RefusedError) as caught:
            changed.session_plan()
        assert caught.value.code == "E348"


def test_a_proof_that_was_kept_runs_again():
    proof = proved()
    for again in (pickle.loads(pickle.dumps(proof)), copy.deepcopy(proof)):
        assert again.session_plan() == proof.session_plan()


@pytest.mark.parametrize("value", [None, 7, True, b"short.toml", ["short.toml"], np.zeros(2), object()])
def test_what_is_no_text_or_path_is_named(value):
    proof = proved()
    calls = {
        "name_or_path": lambda: traction.load(value),
        "protocol": lambda: traction.compile(value),
        "path": lambda: traction.read_record(value),
    }
    if value is not None:
        calls["record"] = lambda: traction.run(proof, record=value)
        calls["requests"] = lambda: traction.run(proof, requests=value)
        calls["region"] = lambda: proved(region=value)
    for name, call in calls.items():
        with pytest.raises(UsageError) as caught:
            call()
        assert (caught.value.code, caught.value.problems[0].field) == ("E117", name)
    with pytest.raises(UsageError) as caught:
        traction.verify(value)
    assert (caught.value.code, caught.value.problems[0].field) == ("E117", "protocol")


def test_requests_serve_one_run_only():
    """They end with it: in a second run nobody could stop the table through them."""
    proof, requests = proved(), Requests([(5.0, Request.STOP)])
    assert traction.run(proof, requests=requests).outcome == "STOPPED"
    with pytest.raises(UsageError) as caught:
        traction.run(proof, requests=requests)
    assert (caught.value.code, caught.value.problems[0].field) == ("E117", "requests")
