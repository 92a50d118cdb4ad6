"""Every shipped protocol does on the simulated table what the proof said before it moved.

Each session costs what its minutes cost, so each protocol runs on one kind of drive here, in turn, and the
hour of burn-in not at all; ``pytest tests/sessions --every-drive`` runs all of them on both kinds.
"""

import pytest

import traction
from traction.protocol import library

MASS_KG = 80.0
DRIVES = ("sim:", "sim:?drive=self-locking")
LONG = "test-burn-in"
QUICK = [(name, DRIVES[number % 2]) for number, name in enumerate(library.names()) if name != LONG]
EVERY = [(name, table) for name in library.names() for table in DRIVES]
QUICK_COUCHES = [
    ("lumbar-first-visit", "sim:?couch=fixed&disc=healthy"),
    ("kdt-acute-short", "sim:?couch=fixed&drive=self-locking"),
    ("cerv-fater", "sim:?couch=fixed"),
]
LONG_COUCHES = [("lumbar-disc", "sim:?couch=fixed&disc=healthy"), ("cerv-spasm", "sim:?couch=fixed")]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if {"name", "table"} <= set(metafunc.fixturenames):
        every = metafunc.config.getoption("--every-drive", default=False)
        metafunc.parametrize(("name", "table"), [*QUICK_COUCHES, *(EVERY + LONG_COUCHES if every else QUICK)])


def test_a_library_protocol_completes_within_its_proof(name: str, table: str) -> None:
    proof = traction.verify(name, mass_kg=MASS_KG, table=table, seed=11)
    assert proof.passed, proof.verification.problems
    result = traction.run(proof)
    assert (result.outcome, result.code) == ("COMPLETED", ""), result.session.detail
    proved = {margin.name: margin for margin in proof.verification.margins}
    samples, stats = result.samples(), result.session.stats
    assert stats.cycles_completed == proof.profile.cycles
    # a set-point every 20 ms meets a level for sure, and the crest of a wave to within a tick
    tick_n = 0.02 * proof.profile.rate_up_n_per_s if name.startswith("test-wave") else 1e-3
    assert stats.peak_target_n == pytest.approx(proof.profile.peak_n, abs=tick_n)
    # the force follows: the peak is reached, and no reading passes it by more than loop and noise can do
    assert proof.profile.peak_n - 2.0 < stats.peak_force_n < proof.profile.peak_n + 5.0
    assert samples["true_force_n"].max() < proof.profile.peak_n + 2.5
    assert samples["travel_mm"].max() <= proved["travel"].value
    assert samples["time_s"][-1] <= proved["session_duration"].value
    # it ends slack, and says how it stood at the end
    assert samples["true_force_n"][-1] <= proof.limits.slack_n


def test_a_protocol_that_must_not_run_is_refused_with_every_reason() -> None:
    proof = traction.verify("lumbar-disc", mass_kg=80.0, max_force_n=300.0, max_duration_s=60.0)
    assert not proof.passed
    assert {problem.code for problem in proof.verification.problems} >= {"E311", "E315"}
    with pytest.raises(traction.RefusedError) as refused:
        traction.run(proof)
    assert refused.value.problems == proof.verification.problems


def test_tightening_is_never_clipping() -> None:
    free = traction.verify("cerv-fater")
    tight = traction.verify("cerv-fater", max_force_n=133.0)
    assert free.passed
    assert not tight.passed
    assert tight.profile == free.profile


def test_the_operator_and_the_protocol_must_name_the_same_region() -> None:
    with pytest.raises(traction.RefusedError, match="E310"):
        traction.verify("cerv-fater", region="lumbar")


def test_a_table_fitted_for_the_other_region_is_refused_before_anything_moves() -> None:
    with pytest.raises(traction.RefusedError, match="E320"):
        traction.verify("lumbar-first-visit", table="sim:?region=cervical")


def test_a_table_nobody_describes_is_refused() -> None:
    with pytest.raises(traction.RefusedError, match="E309"):
        traction.verify("cerv-fater", table="serial:/dev/ttyACM0")
    with pytest.raises(traction.UsageError, match="E192"):
        traction.verify("cerv-fater", table="no-such-table")
    with pytest.raises(traction.UsageError, match="E122"):
        traction.verify("cerv-fater", table="sim:?drvie=self-locking")


def test_the_facts_of_a_table_follow_its_url() -> None:
    locking = traction.verify("cerv-fater", table="sim:?seed=3&drive=self-locking")
    assert locking.table.facts.name == "sim-self-locking"
    assert locking.table.facts == traction.verify("cerv-fater", table="sim-self-locking").table.facts
    assert traction.verify("cerv-fater", table="sim:?seed=3").table.facts.name == "sim"


def test_equal_seeds_give_equal_samples_and_other_seeds_do_not() -> None:
    first, again = (traction.run(traction.verify("test-wave-sine", seed=5)).samples() for _ in range(2))
    other = traction.run(traction.verify("test-wave-sine", seed=6)).samples()
    assert all((first[name] == again[name]).all() for name in first)
    assert not (first["force_n"][: len(other["force_n"])] == other["force_n"][: len(first["force_n"])]).all()


def test_the_public_names_are_all_there_and_documented() -> None:
    for name in traction.__all__:
        value = getattr(traction, name)
        assert name == "__version__" or value.__doc__
    assert set(dir(traction)) == set(traction.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = traction.nothing
