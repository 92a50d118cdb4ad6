"""Cases refer to each other by id: across files, to shipped ones, and never in circles."""

import pytest

from traction.errors import UsageError
from traction.evidence.library import load_library, shipped_files
from traction.evidence.links import other_reading, reading_of

CASE = """
[[case]]
id = "{id}"
[[case.timeline]]
posture = "prone"
for_s = {for_s}
"""
EXPECT = '[case.expect]\nquantity = "{quantity}"\nat_s = {at_s}\nhigh = 9\n'
COMPARE = '[case.compare]\nother = "{other}"\nrelation = "less"\n'


def case(name: str, *, for_s: float = 60, quantity: str = "", at_s: float = 50, other: str = "") -> str:
    text = CASE.format(id=name, for_s=for_s)
    text += EXPECT.format(quantity=quantity, at_s=at_s) if quantity else ""
    return text + (COMPARE.format(other=other) if other else "")


def refused(library, *texts: str) -> list[tuple[str, str | None, int | None]]:
    with pytest.raises(UsageError) as caught:
        library(*texts)
    return [(problem.code, problem.field, problem.line) for problem in caught.value.problems]


def test_a_case_without_a_reading_takes_that_of_the_case_it_is_compared_with(library) -> None:
    texts = (case("a", other="b"), case("b", other="c") + case("c", quantity="travel_mm", at_s=7))
    known = library(*texts).known
    for name in "ab":
        assert reading_of(known[name], known) == known["c"].reading
    assert other_reading(known["a"], known) == known["c"].reading


def test_the_other_case_is_read_in_its_own_way_but_for_the_same_quantity(library) -> None:
    known = library(
        case("a", quantity="tension_n", at_s=50, other="b") + case("b", quantity="travel_mm", at_s=7)
    ).known
    assert reading_of(known["a"], known).at_s == 50
    found = other_reading(known["a"], known)
    assert (found.quantity, found.at_s) == ("tension_n", 7)


def test_an_id_may_stand_only_once_in_all_files(library) -> None:
    one = case("a", quantity="tension_n")
    assert refused(library, one, one) == [("E719", "case[1].id", 3)]


@pytest.mark.parametrize("other", ["a", "nobody", "b", "c"])
def test_a_comparison_must_lead_to_another_case_that_is_there(library, other: str) -> None:
    circle = case("b", quantity="tension_n", other="c") + case("c", quantity="tension_n", other="b")
    if other in "bc":
        codes = refused(library, case("x", quantity="tension_n", other=other), circle)
        assert codes == [("E720", "case[1].compare.other", 12), ("E720", "case[2].compare.other", 25)]
    else:
        assert refused(library, case("a", other=other)) == [("E720", "case[1].compare.other", 8)]


def test_a_circle_without_any_reading_is_refused(library) -> None:
    codes = refused(library, case("a", other="b"), case("b", other="c"), case("c", other="a"))
    assert [code for code, _, _ in codes] == ["E720"] * 3


def test_a_reading_taken_over_must_fit_the_timeline(library) -> None:
    long = case("long", quantity="tension_n", at_s=50)
    assert refused(library, case("short", for_s=20, other="long") + long) == [
        ("E716", "case[1].compare.other", 8)
    ]


def test_errors_of_all_files_come_together(library) -> None:
    broken = case("a", quantity="tension").replace("posture", "pose")
    found = refused(library, broken, broken)
    assert [code for code, _, _ in found] == ["E711", "E710", "E714"] * 2


def test_given_cases_may_refer_to_shipped_ones_which_are_then_not_judged(library) -> None:
    shipped = load_library()
    assert len(shipped.cases) == len(shipped.known)
    name = next(one.id for one in shipped.cases if one.reading is not None)
    mine = library(case("mine", for_s=600_000, other=name))
    assert [one.id for one in mine.cases] == ["mine"]
    assert reading_of(mine.cases[0], mine.known) == shipped.known[name].reading


def test_a_given_case_hides_the_shipped_one_of_its_name(library) -> None:
    name = load_library().cases[0].id
    mine = library(case(name, quantity="travel_mm"))
    assert mine.known[name] is mine.cases[0]


def test_each_shipped_file_can_also_be_given() -> None:
    for path in shipped_files():
        assert load_library([path]).cases
