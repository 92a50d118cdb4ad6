"""A share of the fuzzing in every run of the tests; ``python -m tests.fuzz`` goes on for as long as asked."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from traction.wire import frame, messages

HERE = Path(__file__).resolve().parent


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"fuzz_{name}", HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


frames, protocols = load("frames"), load("protocols")


@pytest.mark.parametrize("seed", range(3))
def test_no_line_spoils_a_frame_so_that_it_means_something_else(seed: int) -> None:
    count = frames.run(seed, 2000)
    assert count.wrong == []
    assert count.accepted > 700
    assert count.spoiled > 1000


@pytest.mark.parametrize("seed", range(3))
def test_a_spoiled_protocol_is_refused_or_proved_twice_alike(seed: int) -> None:
    count = protocols.run(seed, 100)
    assert count.wrong == []
    assert count.accepted > 10
    assert count.passed > 3


def test_a_decoder_that_takes_what_was_not_sent_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fuzzer's own control: a codec without a check sum, and one with more than one spelling."""
    with monkeypatch.context() as patch:
        patch.setattr(frame, "problem", lambda line: 0 if len(line) >= frame.SHORTEST else 1)
        assert frames.run(0, 200).wrong
    strict = frame.decode

    def lax(line: bytes) -> object:
        return strict(line) or strict(line.replace(b",+", b",").replace(b",-0", b",0").replace(b",01", b",1"))

    with monkeypatch.context() as patch:
        patch.setattr(frame, "decode", lax)
        assert any("spelled otherwise" in one for one in frames.run(0, 2000).wrong)
    with monkeypatch.context() as patch:
        patch.setattr(messages, "fits", lambda letter, values, direction: True)
        assert any("takes" in one for one in frames.run(0, 2000).wrong)
