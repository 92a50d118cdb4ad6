"""The bench of the unit tests, for generated sessions."""

import importlib.util
import sys
from pathlib import Path

NAME = "tests.unit.runner.conftest"
PATH = Path(__file__).parents[2] / "unit" / "runner" / "conftest.py"

if NAME not in sys.modules:
    spec = importlib.util.spec_from_file_location(NAME, PATH)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[NAME] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[NAME])

bench = sys.modules[NAME].bench
