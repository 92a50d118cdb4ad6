"""The ensemble: parameter sets that all agree with the evidence, for a band around each prediction."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

Values = Mapping[str, float]


def members() -> tuple[Values, ...]:
    """Return the shipped parameter sets, each as values by name; empty where none is shipped."""
    import tomllib

    file = resources.files("traction.evidence").joinpath("ensemble.toml")
    if not file.is_file():
        return ()
    rows = tomllib.loads(file.read_text(encoding="utf-8"))["member"]
    return tuple({name: float(value) for name, value in row.items()} for row in rows)
