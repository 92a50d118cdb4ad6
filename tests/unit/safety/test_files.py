"""Files under hardware/: what is shipped loads, and every mistake is named with file, line and field."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from traction import units
from traction.errors import ProtocolError, RefusedError, UsageError
from traction.safety.hardware import (
    REGIONS,
    load_operator,
    load_patient,
    load_region,
    load_table,
    session_limits,
    table_names,
)
from traction.safety.limits import LIMIT_NAMES, LimitSource
from traction.shipped import shipped_dir

HARDWARE = shipped_dir("hardware")


def edited(tmp_path: Path, shipped: str, *changes: tuple[str, str]) -> Path:
    """Return a copy of a shipped file with some texts replaced."""
    text = (HARDWARE / shipped).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "edited.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(load, path: Path):
    with pytest.raises(ProtocolError) as caught:
        load(path)
    assert all(problem.file == str(path) for problem in caught.value.problems)
    return [(problem.code, problem.line, problem.field) for problem in caught.value.problems]


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("table", table_names())
@pytest.mark.parametrize("mass_kg", [None, 80.0])
def test_everything_shipped_gives_every_limit(region, table, mass_kg):
    limits = session_limits(region, load_table(table), mass_kg=mass_kg)
    assert limits.region == region
    assert set(limits.sources) == set(LIMIT_NAMES)
    assert all(value > 0 for value in limits.values().values())


def test_the_shipped_tables_are_simulated_and_of_both_drives():
    tables = [load_table(name) for name in table_names()]
    assert [table.name for table in tables] == list(table_names())
    assert {table.drive for table in tables} == {"back-drivable", "self-locking"}
    assert all(table.url.startswith("sim:") for table in tables)


def test_the_protocol_and_the_operator_tighten_a_session():
    protocol = LimitSource("protocol", "mine", {"max_force_n": 300.0})
    operator = LimitSource("operator", "command line", {"max_force_n": 250.0, "max_session_s": 600.0})
    table = load_table("sim")
    limits = session_limits("lumbar", table, mass_kg=80.0, protocol=protocol, operator=(operator,))
    assert limits.max_force_n == 250.0
    assert limits.max_session_s == 600.0
    assert session_limits("lumbar", table, protocol=protocol).sources["max_force_n"] == "protocol mine"


def test_the_weight_limits_the_force_only_below_the_cap():
    light, heavy = load_patient("lumbar", 60.0), load_patient("lumbar", 200.0)
    assert light.values["max_force_n"] == pytest.approx(0.75 * 60.0 * units.STANDARD_GRAVITY)
    assert heavy.values["max_force_n"] == load_patient("lumbar", None).values["max_force_n"] == 900.0


@pytest.mark.parametrize("mass_kg", [29.999, 200.001, 0.0, -80.0, float("nan"), float("inf")])
def test_an_implausible_mass_is_refused(mass_kg):
    with pytest.raises(RefusedError) as caught:
        load_patient("lumbar", mass_kg)
    assert caught.value.code == "E302"


@pytest.mark.parametrize("mass_kg", [30.0, 200.0])
def test_the_ends_of_the_range_of_mass_are_plausible(mass_kg):
    assert load_patient("cervical", mass_kg).values["max_force_n"] <= 200.0


def test_unknown_names_are_usage_errors():
    for call, code in (
        (lambda: load_region("thoracic"), "E191"),
        (lambda: load_patient("thoracic", None), "E191"),
        (lambda: load_table("bench-7"), "E192"),
    ):
        with pytest.raises(UsageError) as caught:
            call()
        assert caught.value.code == code


def test_a_table_that_lacks_the_region_refuses(tmp_path):
    text = (HARDWARE / "tables/sim.toml").read_text(encoding="utf-8")
    path = tmp_path / "lumbar-only.toml"
    path.write_text(text[: text.index("[cervical]")], encoding="utf-8")
    table = load_table(path)
    assert table.source("lumbar").values["max_force_n"] == 900.0
    with pytest.raises(RefusedError) as caught:
        table.source("cervical")
    assert caught.value.code == "E303"


def test_all_mistakes_of_a_file_come_at_once_with_line_and_field(tmp_path):
    path = edited(
        tmp_path,
        "limits/lumbar.toml",
        ('max_force = "900 N"', "max_force = 900"),
        ('max_rate_up = "50 N/s"', 'max_rate_up = "nan N/s"'),
        ('max_hold = "21 min"', 'max_hold = "-21 min"'),
        ('slack = "10 N"', 'slack = "0 N"'),
        ('hold_band = "20 N"', 'hold_bend = "20 N"'),
        ('release_rate = "200 N/s"', 'release_rate = "200 N/sec"'),
    )
    lines = path.read_text(encoding="utf-8").splitlines()
    found = problems(load_region, path)
    assert {(code, field) for code, _, field in found} == {
        ("E110", "limits.max_force"),
        ("E113", "limits.max_rate_up"),
        ("E114", "limits.max_hold"),
        ("E308", "facts.slack"),
        ("E306", "facts.hold_bend"),
        ("E307", "facts.hold_band"),
        ("E111", "facts.release_rate"),
    }
    for _, line, field in found:
        if line is not None:
            assert lines[line - 1].startswith(field.split(".")[-1])
    assert [field for _, line, field in found if line is None] == ["facts.hold_band"]


@pytest.mark.parametrize("value", ['"inf N"', '"1e400 N"', "true", "[900]", "900.0", '"900"', '"900 lb"'])
def test_a_limit_that_is_no_quantity_is_an_error(tmp_path, value):
    path = edited(tmp_path, "limits/lumbar.toml", ('max_force = "900 N"', f"max_force = {value}"))
    ((code, line, field),) = problems(load_region, path)
    assert code.startswith("E11")
    assert (line, field) == (6, "limits.max_force")


def test_zero_is_a_limit_in_a_file_and_refuses_later(tmp_path):
    path = edited(tmp_path, "limits/lumbar.toml", ('max_force = "900 N"', 'max_force = "0 N"'))
    assert load_region(path).source.values["max_force_n"] == 0.0


def test_a_limit_may_be_left_to_other_sources(tmp_path):
    path = edited(tmp_path, "limits/lumbar.toml", ('max_force = "900 N"', ""))
    assert "max_force_n" not in load_region(path).source.values


def test_a_misspelt_limit_is_not_skipped(tmp_path):
    path = edited(tmp_path, "limits/operator.toml", ("max_session", "max_sesion"))
    assert [code for code, _, _ in problems(load_operator, path)] == ["E306", "E306"]


def test_a_key_with_a_dot_in_quotes_does_not_hide_behind_a_known_one(tmp_path):
    path = edited(
        tmp_path, "limits/lumbar.toml", ('region = "lumbar"', 'region = "lumbar"\n"limits.max_force" = "9 N"')
    )
    assert [code for code, _, _ in problems(load_region, path)] == ["E306"]


def test_an_unknown_empty_section_is_an_error(tmp_path):
    path = edited(tmp_path, "limits/lumbar.toml", ("[facts]", "[extra]\n[facts]"))
    assert [(code, field) for code, _, field in problems(load_region, path)] == [("E306", "extra")]


def test_a_region_file_that_names_no_region_is_an_error(tmp_path):
    path = edited(tmp_path, "limits/lumbar.toml", ('region = "lumbar"', 'region = "thoracic"'))
    assert problems(load_region, path) == [("E308", 3, "region")]
    path = edited(tmp_path, "limits/lumbar.toml", ('region = "lumbar"', "region = 7"))
    assert problems(load_region, path) == [("E308", 3, "region")]


def test_a_table_without_a_name_is_an_error(tmp_path):
    path = edited(tmp_path, "tables/sim.toml", ('name = "sim"', ""))
    assert problems(load_table, path) == [("E307", None, "name")]


def test_a_section_where_a_value_belongs_is_an_error(tmp_path):
    path = edited(tmp_path, "tables/sim.toml", ('reaction = "500 ms"', 'reaction.time = "500 ms"'))
    assert {code for code, _, _ in problems(load_table, path)} == {"E110", "E306"}
    path = edited(tmp_path, "limits/operator.toml", ("[lumbar]", "[lumbar.max_force]"))
    assert "E110" in {code for code, _, _ in problems(load_operator, path)}


@pytest.mark.parametrize(
    ("load", "shipped", "change", "field"),
    [
        (
            load_region,
            "limits/lumbar.toml",
            ('fast_release_rate = "300', 'fast_release_rate = "199'),
            "facts",
        ),
        (load_table, "tables/sim.toml", ('stiffest = "60 N/mm"', 'stiffest = "5 N/mm"'), "lumbar"),
        (
            lambda path: load_patient("lumbar", None, path),
            "limits/patient.toml",
            ('"200 kg"', '"20 kg"'),
            "heaviest",
        ),
    ],
)
def test_figures_that_contradict_each_other_are_an_error(tmp_path, load, shipped, change, field):
    found = problems(load, edited(tmp_path, shipped, change))
    assert found[0][0] == "E308"
    assert found[0][2].startswith(field)


@pytest.mark.parametrize(
    "content",
    [
        b"limits = [",
        b"a = 1\na = 2",
        b"\xff\xfe",
        "ä".encode("latin-1"),
        b"#" * 65_537,
        b"a = " + b"[" * 5_000,
    ],
)
def test_a_file_that_is_no_toml_is_one_error(tmp_path, content):
    path = tmp_path / "bad.toml"
    path.write_bytes(content)
    assert [code for code, _, _ in problems(load_region, path)] == ["E305"]


def test_the_line_of_a_syntax_error_is_named(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text("a = 1\nb = \n", encoding="utf-8")
    assert problems(load_region, path) == [("E305", 2, None)]


def test_a_missing_file_is_an_error_not_a_traceback(tmp_path):
    assert problems(load_region, tmp_path / "nowhere.toml") == [("E305", None, None)]


# ---- files that are none -------------------------------------------------------------------------------


def the_code(load, path) -> tuple[str, str]:
    with pytest.raises(ProtocolError) as caught:
        load(path)
    return caught.value.problems[0].code, str(caught.value)


@pytest.mark.timeout(10, func_only=True)
def test_a_pipe_or_a_device_is_no_file_and_nobody_waits_for_it(tmp_path):
    pipe = tmp_path / "pipe.toml"
    os.mkfifo(pipe)
    for load in (load_table, load_region, lambda path: load_patient("lumbar", None, path), load_operator):
        assert the_code(load, pipe)[0] == "E305"
        assert the_code(load, Path("/dev/zero"))[0] == "E305"
        assert the_code(load, tmp_path)[0] == "E305"


def test_a_path_that_cannot_be_one(tmp_path):
    assert the_code(load_table, Path("a\0b.toml"))[0] == "E305"


def test_a_key_of_three_thousand_parts(tmp_path):
    """Three times as many as calls may be within one another."""
    path = tmp_path / "deep.toml"
    path.write_text(".".join("a" * 3_000) + " = 1\n", encoding="utf-8")
    code, text = the_code(load_table, path)
    assert code == "E305"
    assert len(text) < 1000


@pytest.mark.parametrize("name", ["\\u001b[31mred", "two\\nlines", "x" * 201, "\\u202eback"])
@pytest.mark.parametrize("field", ["name", "title", "url"])
def test_a_text_that_would_reach_a_terminal_is_plain_and_short(tmp_path, field, name):
    shipped = (HARDWARE / "tables" / "sim.toml").read_text(encoding="utf-8")
    line = next(one for one in shipped.splitlines() if one.startswith(f"{field} = "))
    path = edited(tmp_path, "tables/sim.toml", (line, f'{field} = "{name}"'))
    code, text = the_code(load_table, path)
    assert code == "E308"
    assert text.isprintable()


# ---- just at the edge of what a file may say -----------------------------------------------------------


@pytest.mark.parametrize("key", ["force_noise", "lumbar.slack_travel", "lumbar.least_rate"])
def test_what_may_be_nothing_may_be_zero(tmp_path, key):
    text = (HARDWARE / "tables" / "sim.toml").read_text(encoding="utf-8").splitlines()
    section, name = (["", *key.split(".")])[-2:]
    start = text.index(f"[{section}]") if section else 0
    index = next(at for at in range(start, len(text)) if text[at].startswith(f"{name} = "))
    words = text[index].split('"')[1].split(" ", 1)
    text[index] = f'{name} = "0 {words[1]}"'
    path = tmp_path / "zero.toml"
    path.write_text("\n".join(text), encoding="utf-8")
    assert load_table(path).name == "sim"


def test_the_checks_of_a_table_count_a_quarter_of_a_year_or_as_long_as_its_file_says(tmp_path):
    text = (HARDWARE / "tables" / "sim.toml").read_text(encoding="utf-8")
    assert "check_every" not in text
    assert load_table("sim").check_every_s == 7_776_000.0
    path = tmp_path / "checked.toml"
    path.write_text(f'check_every = "8784 h"\n{text}', encoding="utf-8")
    assert load_table(path).check_every_s == 31_622_400.0
    path.write_text(f'check_every = "8784.1 h"\n{text}', encoding="utf-8")
    assert problems(load_table, path) == [("E308", 1, "check_every")]


def test_a_file_may_be_as_large_as_64_kib_and_no_larger(tmp_path):
    text = (HARDWARE / "tables" / "sim.toml").read_bytes()
    path = tmp_path / "large.toml"
    path.write_bytes(text + b"#" * (65_536 - len(text)))
    assert load_table(path).name == "sim"
    path.write_bytes(text + b"#" * (65_537 - len(text)))
    assert problems(load_table, path) == [("E305", None, None)]


def test_tables_may_lie_eight_deep_in_each_other_and_no_deeper(tmp_path):
    path = tmp_path / "deep.toml"
    for depth, code in ((8, "E306"), (9, "E305")):
        path.write_text(f"[{'.'.join('a' * depth)}]\nb = 1\n", encoding="utf-8")
        assert code in {found for found, _, _ in problems(load_table, path)}
        assert ("E305" in {found for found, _, _ in problems(load_table, path)}) is (code == "E305")


def test_a_text_may_have_two_hundred_characters(tmp_path):
    shipped = (HARDWARE / "tables" / "sim.toml").read_text(encoding="utf-8")
    title = next(line for line in shipped.splitlines() if line.startswith("title = "))
    assert (
        load_table(edited(tmp_path, "tables/sim.toml", (title, f'title = "{"x" * 200}"'))).title == "x" * 200
    )
    too_long = edited(tmp_path, "tables/sim.toml", (title, f'title = "{"x" * 201}"'))
    assert [code for code, _, _ in problems(load_table, too_long)] == ["E308"]


@pytest.mark.parametrize("name", ["lumbar", "cervical"])
def test_two_figures_that_must_be_in_order_may_be_equal(tmp_path, name):
    path = tmp_path / f"{name}.toml"
    text = (HARDWARE / "limits" / f"{name}.toml").read_text(encoding="utf-8")
    rate = next(line for line in text.splitlines() if line.startswith("release_rate")).split('"')[1]
    fast = next(line for line in text.splitlines() if line.startswith("fast_release_rate"))
    path.write_text(text.replace(fast, f'fast_release_rate = "{rate}"'), encoding="utf-8")
    facts = load_region(path)
    assert facts.release_rate_n_per_s == facts.fast_release_rate_n_per_s
