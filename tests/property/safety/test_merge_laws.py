"""Limits only tighten, whatever is merged in whatever order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from traction.profile.profile import Profile
from traction.profile.segments import Hold, Ramp
from traction.safety.hardware import load_region, load_table
from traction.safety.limits import LIMIT_NAMES, SOURCE_KINDS, LimitSource, merge
from traction.safety.verify import verify

LUMBAR = load_region("lumbar")
TABLE = load_table("sim")
PROFILE = Profile.of(Ramp(0.0, 300.0, 10.0), Hold(300.0, 60.0), Ramp(300.0, 0.0, 10.0))

sources = st.lists(
    st.builds(
        LimitSource,
        st.sampled_from(SOURCE_KINDS),
        st.sampled_from(["a", "b"]),
        st.dictionaries(st.sampled_from(LIMIT_NAMES), st.floats(0.0, 1e6)),
    ),
    max_size=6,
)


@given(sources, st.randoms(use_true_random=False))
def test_the_order_of_sources_does_not_matter(given_sources, random):
    shuffled = random.sample(given_sources, len(given_sources))
    assert merge(LUMBAR, shuffled) == merge(LUMBAR, given_sources)


@given(sources)
def test_saying_it_twice_changes_nothing(given_sources):
    assert merge(LUMBAR, given_sources * 2) == merge(LUMBAR, given_sources)


@given(sources)
def test_the_result_is_the_least_of_each_limit_and_names_one_that_says_so(given_sources):
    limits = merge(LUMBAR, given_sources)
    every = [LUMBAR.source, *given_sources]
    for name, value in limits.values().items():
        assert value == min(source.values[name] for source in every if name in source.values)
        assert limits.sources[name] in {s.label for s in every if s.values.get(name) == value}


CONTRADICTION = "E324"
"""Two limits no table keeps together: a lower limit on force may well resolve it, as its advice says."""


@given(sources, sources)
def test_one_more_source_never_loosens_a_margin(some, more):
    before = verify(PROFILE, merge(LUMBAR, some), TABLE)
    after = verify(PROFILE, merge(LUMBAR, some + more), TABLE)
    for one, other in zip(before.margins, after.margins, strict=True):
        assert one.value == other.value
        assert other.margin <= one.margin
    codes = [{problem.code for problem in one.problems} for one in (before, after)]
    assert codes[0] - {CONTRADICTION} <= codes[1]
