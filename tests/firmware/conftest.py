"""The MicroPython virtual machine, run by Node."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
VM = Path(__file__).resolve().parent / "vm"
PACKAGE = VM / "node_modules" / "@micropython" / "micropython-webassembly-pyscript"
CORE = (f"{ROOT / 'traction/wire'}=/traction/wire", f"{ROOT / 'traction/controller'}=/traction/controller")


@pytest.fixture(scope="session")
def micropython_command() -> Callable[..., list[str]]:
    """Return the command that runs ``module.main(lines of standard input)`` in the virtual machine.

    The core is there already; further folders are given as ``HOST=/VM``.
    """
    node = shutil.which("node")
    if node is None or not PACKAGE.is_dir():
        pytest.skip(
            f"MicroPython is not there: install Node, then run: npm ci --prefix {VM.relative_to(ROOT)}"
        )

    def command(module: str, *folders: str) -> list[str]:
        return [node, str(VM / "run.mjs"), *CORE, *folders, "--", module]

    return command


@pytest.fixture(scope="session")
def micropython(micropython_command: Callable[..., list[str]]) -> Callable[..., str]:
    """Return a function that runs a module in the virtual machine and returns what it prints."""

    def run(module: str, *folders: str, text: str = "") -> str:
        command = micropython_command(module, *folders)
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
        return done.stdout

    return run
