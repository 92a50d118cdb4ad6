"""The closing summary says in one line each how a run was eased off and how it conforms."""

from types import SimpleNamespace

import pytest

from traction.report.closing import Judged, eased, eased_text, judged_text


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ([], ""),
        (["80 % of the force from here on, by me"], "once, to 80 % of the force"),
        (["80 % of", "64 % of the force; the force is at its rest level now"], "twice, to 64 % of the force"),
        (["80 % of", "64 % of", "whatever a record may say"], "3 times"),
    ],
)
def test_eases_are_counted_and_the_last_share_is_said(texts, said) -> None:
    events = [SimpleNamespace(name="ease", text=text) for text in texts]
    assert eased_text(eased([SimpleNamespace(name="pause", text="1 % "), *events])) == said


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Judged("strict", True, 12, 12, 12, ()), "within strict: 12 of 12 holds and rests"),
        (Judged("x", True, 12, 3, 3, ()), "within x: 3 of 3 holds and rests, 9 not judged"),
        (Judged("x", None, 12, 0, 0, ()), "not judged by x: no hold or rest could be"),
        (
            Judged("x", False, 4, 4, 2, ("a: hold 1: 9 N", "a: hold 2: 8 N")),
            "out of tolerance by x: a: hold 1: 9 N and 1 more (2 of 4 holds and rests are within); see CHECK",
        ),
    ],
)
def test_the_verdict_is_one_line_that_leads_on(found, said) -> None:
    assert judged_text(found, "a.mcap") == said.replace("CHECK", "traction check-run a.mcap")
