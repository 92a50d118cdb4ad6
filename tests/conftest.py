"""How property tests run everywhere: a slow or busy machine is no finding."""

from hypothesis import HealthCheck, settings

# Both measure the machine by its clock, not the code: where several jobs share two cores they fail at random.
settings.register_profile("traction", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("traction")
