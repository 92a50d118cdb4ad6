"""What the README tells a newcomer to type does what the README says."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import traction
from traction.cli.app import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def shell_lines() -> list[str]:
    lines = [line.split("  #")[0].strip() for block in blocks("sh") for line in block.splitlines()]
    return [line for line in lines if line]


def run_line(line: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    words = shlex.split(line)
    assert words[0] == "traction"
    command = [sys.executable, "-m", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120)


def test_every_command_of_the_readme_works_in_order(tmp_path: Path) -> None:
    lines = [line for line in shell_lines() if not line.startswith("make ")]
    assert len(lines) >= 6
    for line in lines:
        done = run_line(line, tmp_path)
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        assert (done.stdout + done.stderr).strip(), line  # what was written is told on stderr
    assert (tmp_path / "uconn.mcap").stat().st_size > 0
    assert (tmp_path / "uconn.png").read_bytes().startswith(b"\x89PNG")


def test_the_make_targets_of_the_readme_exist() -> None:
    targets = {line.split()[1] for line in shell_lines() if line.startswith("make ")}
    assert targets == {"demo", "test"}
    for target in targets:
        subprocess.run(["make", "-n", target], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def test_the_demo_runs_thirty_minutes_and_leaves_a_record_and_a_picture(tmp_path: Path) -> None:
    plan = subprocess.check_output(["make", "-n", "demo"], cwd=ROOT, text=True)
    lines = [line.partition("bin/")[2] for line in plan.splitlines() if "bin/traction " in line]
    (tmp_path / "demo").mkdir()
    for line in lines:
        done = run_line(line, tmp_path)
        assert done.returncode == 0, f"{line}\n{done.stderr}"
    assert (tmp_path / "demo/lumbar-disc-30min.mcap").stat().st_size > 0
    assert (tmp_path / "demo/lumbar-disc-30min.png").read_bytes().startswith(b"\x89PNG")


def test_the_python_example_runs(tmp_path: Path) -> None:
    (example,) = blocks("python")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", example],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "COMPLETED" in done.stdout


def test_the_readme_names_every_command_and_every_public_name() -> None:
    for command in COMMANDS:
        assert f"traction {command}" in README, command
    for name in traction.__all__:
        assert name == "__version__" or re.search(rf"`{name}[`(]", README), name


def test_the_protocol_example_is_accepted(tmp_path: Path) -> None:
    (example,) = blocks("toml")
    path = tmp_path / "example.toml"
    path.write_text(example, encoding="utf-8")
    done = run_line(f"traction check {path} --mass 80kg", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "page", sorted([ROOT / "README.md", *ROOT.glob("docs/*.md"), *ROOT.glob("*/README.md")])
)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:")):
            assert (page.parent / target).exists(), f"{page.name}: {os.fspath(target)}"
