"""Records of short sessions on the simulated table, each run once, and a shell to read them with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import traction
from traction.runner.reader import Record
from traction.runner.requests import Request, Requests

Make = Callable[..., Path]


@pytest.fixture(scope="session")
def make(tmp_path_factory: pytest.TempPathFactory, pull_text: Callable[..., str]) -> Make:
    """Return what runs a text once (two pulls where it is None) and gives the path of its record.

    ``wishes`` are as Requests takes them.
    """
    known: dict[tuple[object, ...], Path] = {}

    pulls = pull_text("pulls", high="200 N", hold="6 s", rest="3 s")

    def run(text: str | None = None, *wishes: tuple[float, Request], table: str = "sim:?seed=7") -> Path:
        text = pulls if text is None else text
        key = (text, *wishes, table)
        if key not in known:
            folder = tmp_path_factory.mktemp("records")
            protocol = folder / "protocol.toml"
            protocol.write_text(text, encoding="utf-8")
            proof = traction.verify(protocol, table=table)
            known[key] = folder / "run.mcap"
            traction.run(proof, record=known[key], requests=Requests(wishes))
        return known[key]

    return run


@pytest.fixture(scope="session")
def whole(make: Make) -> Record:
    """Return the record of a session that completed."""
    return traction.read_record(make())


@pytest.fixture(scope="session")
def stopped(make: Make) -> Record:
    """Return that of one stopped within its first hold."""
    return traction.read_record(make(None, (31.0, Request.STOP)))


@pytest.fixture(scope="session")
def paused(make: Make) -> Record:
    """Return that of one paused within its first hold, and resumed."""
    return traction.read_record(make(None, (30.0, Request.PAUSE), (40.0, Request.RESUME)))


def with_samples(record: Record, **changes: Any) -> Record:
    """Return the record with other columns."""
    return replace(record, samples={**dict(record.samples), **changes})


@pytest.fixture(scope="session")
def changed() -> Callable[..., Record]:
    """Return what gives a record other columns, as arrays of whole numbers."""
    return with_samples


@pytest.fixture(scope="session")
def read_as() -> Callable[[Record, Any], Record]:
    """Return what lets both load cells read the target and so much more (in mN, one number or a column)."""

    def cells(record: Record, more_mn: Any) -> Record:
        force_mn = record.samples["target_mn"] + np.asarray(more_mn, dtype=np.int64)
        return with_samples(record, force_mn=force_mn, force_b_mn=force_mn)

    return cells
