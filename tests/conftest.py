"""How tests run everywhere: a slow or busy machine is no finding, and a job in the background is no other."""

import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# Both measure the machine by its clock, not the code: where several jobs share two cores they fail at random.
settings.register_profile("traction", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# `--hypothesis-profile=prove` tries far more of everything that does not say how much it tries
settings.register_profile("prove", settings.get_profile("traction"), max_examples=2000)
settings.load_profile("traction")

# A shell starts what runs behind "&" with Ctrl-C ignored, and every program under test would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def _no_real_bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what a bench keeps of its tables out of the home of whoever runs the tests; for processes, too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRACTION_BENCH_DIR", str(tmp_path_factory.mktemp("bench")))
        yield
