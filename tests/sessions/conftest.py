"""How much of the library runs: a part of it in every test run, all of it where time does not matter."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--every-drive", action="store_true", help="run every protocol on every kind of drive")
