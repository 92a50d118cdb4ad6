"""How tests run everywhere: a slow or busy machine is no finding, and a job in the background is no other."""

import signal

from hypothesis import HealthCheck, settings

# Both measure the machine by its clock, not the code: where several jobs share two cores they fail at random.
settings.register_profile("traction", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("traction")

# A shell starts what runs behind "&" with Ctrl-C ignored, and every program under test would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
