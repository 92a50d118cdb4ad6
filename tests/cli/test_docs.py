"""What the page about the shell tells people to type does what the page says, completion included."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from traction.cli.app import COMMANDS
from traction.shipped import shipped_files

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "shell.md").read_text(encoding="utf-8")
LINES = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]


def test_every_line_of_the_page_works_in_order(shell) -> None:
    Path("stricter.toml").write_text('[cervical]\nmax_force = "100 N"\n', encoding="utf-8")
    assert {shlex.split(line)[1] for line in LINES} == set(COMMANDS)
    for line in LINES:
        command, _, promise = line.partition("  # ends with ")
        done = shell(*shlex.split(command)[1:])
        assert done.code == int(promise or 0), f"{line}\n{done.err}"


def test_every_option_of_run_is_on_the_page() -> None:
    from traction.cli.run import command

    for parameter in command.params:
        for option in parameter.opts:
            assert not option.startswith("--") or option == "--debug" or f"`{option}" in PAGE, option


@pytest.mark.parametrize("kind", ["bash", "zsh", "fish"])
def test_completion_gives_a_script_for_each_shell(kind: str) -> None:
    assert f"_TRACTION_COMPLETE={kind}_source traction" in PAGE
    if kind == "bash":
        return  # click asks the bash that is installed for its version; the others need nothing
    assert "_TRACTION_COMPLETE" in complete(f"{kind}_source")


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("traction ex", {"explain", "export"}),
        ("traction explain E16", {"E160", "E161", "E162", "E164", "E165", "E166"}),
        (
            "traction show cerv-f",
            {name for name in shipped_files("protocols/library") if name.startswith("cerv-f")},
        ),
        ("traction list --region ", {"lumbar", "cervical"}),
        ("traction new mine.toml --from idd-s", {"idd-schimmel", "idd-sham"}),
        ("traction convert cerv-fater --to generic-1", {"generic-10n", "generic-1lb", "generic-1kgf"}),
        ("traction run x --table si", {"sim:", "sim", "sim-self-locking"}),
        ("traction run --max-", {"--max-force", "--max-duration"}),
    ],
)
def test_tab_offers_commands_codes_names_and_options(words: str, offered: set[str]) -> None:
    parts = words.split(" ")
    out = complete("bash_complete", COMP_WORDS=words, COMP_CWORD=str(len(parts) - 1))
    assert {line.partition(",")[2] for line in out.split()} == offered


def complete(instruction: str, **words: str) -> str:
    """Ask the program as a shell would."""
    code = "from traction.cli import main; main()"
    environment = {**os.environ, "_TRACTION_COMPLETE": instruction, **words}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout
