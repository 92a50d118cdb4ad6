"""The shipped hazards, read once."""

import pytest

from traction.hazards.load import load_hazards
from traction.hazards.model import Hazards


@pytest.fixture(scope="session")
def hazards() -> Hazards:
    return load_hazards()
