"""Whatever stands in the file of a patient or a course: it is read, or every mistake has a code of ours."""

from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from traction.courses.course import parse_course
from traction.courses.schedule import schedule
from traction.errors import ProtocolError
from traction.patients.patient import parse_patient
from traction.patients.write import new_text
from traction.shipped import shipped_files

PATIENT = new_text("p-1", "80 kg", height="178 cm", age=46, speaks=True)
PATIENT += 'fracture = { answer = "no", on = 2026-11-20 }\n[limits.lumbar]\nmax_force = "300 N"\n'
COURSE = shipped_files("protocols/courses")["kdt-after-two"].read_text(encoding="utf-8")
VALUES = (
    "0",
    "-1",
    "1e400",
    "nan",
    '""',
    '"N"',
    "true",
    "[]",
    "[[]]",
    "{}",
    "1979-05-27T07:32:00Z",
    "9" * 5000,
    "'\\u202e'",
)


@st.composite
def edited(draw: st.DrawFn, text: str) -> bytes:
    """Return the text with lines gone, twice, or of another value, and perhaps a byte that is no text."""
    lines = text.splitlines()
    for _ in range(draw(st.integers(1, 3))):
        index = draw(st.integers(0, len(lines) - 1))
        key, equals, _ = lines[index].partition(" = ")
        change = draw(st.sampled_from(["drop", "double", "value", "cut"]))
        if change == "drop":
            lines[index] = ""
        elif change == "double":
            lines[index] += f"\n{lines[index]}"
        elif change == "value" and equals:
            lines[index] = f"{key} = {draw(st.sampled_from(VALUES) | st.text(max_size=20))}"
        else:
            lines[index] = lines[index][: draw(st.integers(0, 10))]
    content = "\n".join(lines).encode("utf-8", "surrogatepass")
    return content + draw(st.sampled_from([b"", b"\n", b"\xff", b"\0", b"\r\n"]))


@given(edited(PATIENT))
def test_a_patient_file_is_read_or_refused(content: bytes) -> None:
    try:
        patient = parse_patient(content)
    except ProtocolError:
        return
    assert 30 <= patient.mass_kg <= 200
    patient.objections("lumbar", "2026-11-22T10:00:00Z")


@given(edited(COURSE))
def test_a_course_file_is_read_or_refused(content: bytes) -> None:
    try:
        course = parse_course(content, Path("course.toml"))
    except ProtocolError:
        return
    plan = schedule(course)
    assert plan
    assert all(one.day < after.day for one, after in pairwise(plan))
