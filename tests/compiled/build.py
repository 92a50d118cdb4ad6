"""A copy of the package in which the modules of a session are compiled to C, from their own source, by mypyc.

The copy is for trying many sessions in little time. It is made anew wherever a source has changed, and is
never part of what is installed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.planting import ROOT, apply, copied

HERE = Path(__file__).parent
FOLDER = ROOT / "build" / "compiled"
MODULES = tuple((HERE / "modules.txt").read_text(encoding="utf-8").split())
"""What is compiled: all that runs in every tick, and every class that derives from a class of these."""

STAMP = "made-of"


@dataclass(frozen=True)
class Text:
    """A text of one file that mypyc takes otherwise than Python does, and what says the same to it."""

    file: str
    old: str
    new: str


REPLACED = (
    Text("traction/controller/core.py", "def hello(self, token: int)", "def hello(self, token: Any)"),
    Text(
        "traction/controller/core.py",
        "def load_limits(self, values: tuple[int, ...])",
        "def load_limits(self, values: Any)",
    ),
    Text("traction/controller/core.py", "def go(self, nonce: int)", "def go(self, nonce: Any)"),
    Text(
        "traction/controller/core.py",
        "self, target_mn: int, rate_mn_per_s: int, mode: int, lease_ms: int, echo_seq: int)",
        "self, target_mn: Any, rate_mn_per_s: Any, mode: Any, lease_ms: Any, echo_seq: Any)",
    ),
    Text(
        "traction/controller/session.py",
        "def load(self, values: tuple[int, ...])",
        "def load(self, values: Any)",
    ),
    Text(
        "traction/controller/session.py",
        "self, target_mn: int, rate_mn_per_s: int, mode: int, lease_ms: int, echo_seq: int, seq: int",
        "self, target_mn: Any, rate_mn_per_s: Any, mode: Any, lease_ms: Any, echo_seq: Any, seq: int",
    ),
    Text("traction/controller/core.py", "def reset(self, fault: int)", "def reset(self, fault: Any)"),
    Text(
        "traction/controller/latch.py", "def may_reset(self, fault: int,", "def may_reset(self, fault: Any,"
    ),
    Text("traction/controller/limits.py", "def check(values: tuple[int, ...],", "def check(values: Any,"),
    Text(
        "traction/campaign/hosts.py",
        "    realtime = may_sleep = False\n",
        "    realtime = False\n    may_sleep = False\n",
    ),
    Text(
        "traction/campaign/hosts.py",
        "class VirtualDisk(MemoryFile):",
        "@mypyc_attr(native_class=False)\nclass VirtualDisk(MemoryFile):",
    ),
    Text(
        "traction/campaign/hosts.py",
        "import errno\n",
        "import errno\n\nfrom mypy_extensions import mypyc_attr\n",
    ),
    Text(
        "traction/campaign/history.py",
        "if TYPE_CHECKING:\n    from traction.runner.outcome import Cause, Outcome\n",
        "from traction.runner.outcome import Cause, Outcome\n\nif TYPE_CHECKING:\n",
    ),
)
"""The controller itself says no to what is no integer, where C would not even ask it. And mypyc cannot do:
two names at once in a class, a class of its own kind over one of Python's, and types not imported."""

COMPILE = """
import sys
from mypyc.build import mypycify
from setuptools import Distribution
modules = mypycify(sys.argv[2:], opt_level="2", debug_level="0", multi_file=True)
made = Distribution({"name": "compiled", "ext_modules": modules})
command = made.get_command_obj("build_ext")
command.inplace, command.parallel = True, int(sys.argv[1])
command.ensure_finalized()
command.run()
"""


def compiled(folder: Path = FOLDER, source: Path = ROOT) -> Path:
    """Return the folder to import the compiled copy from, which is made where it is not there yet."""
    root, stamp = folder / "copy", _stamp(source)
    told = folder / STAMP
    if told.is_file() and told.read_text(encoding="ascii") == stamp:
        return root
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    copied(folder, (), source)
    apply(root, REPLACED)
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")  # how mypy is to read the source
    settings = settings.replace("strict = true", "strict = true\nwarn_unused_ignores = false")
    (root / "pyproject.toml").write_text(settings, encoding="utf-8")
    for name in MODULES:
        path = root / name
        path.write_text(ready(path.read_text(encoding="utf-8"), name), encoding="utf-8")
    words = [sys.executable, "-P", "-c", COMPILE, str(os.cpu_count() or 1), *MODULES]
    done = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the copy could not be compiled:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    told.write_text(stamp, encoding="ascii")
    return root


def environment(root: Path) -> dict[str, str]:
    """Return the environment in which Python takes the package from ``root``."""
    return {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}


def ready(text: str, name: str) -> str:
    """Return the source as mypyc takes it, with the same meaning.

    Its classes have slots of their own kind. The constants of what also runs on a board, where there is no
    module ``typing``, are said to be constants.
    """
    text = text.replace("@dataclass(slots=True)", "@dataclass").replace(", slots=True", "")
    if not name.startswith(("traction/controller/", "traction/wire/")):
        return text
    text = re.sub(r"^([A-Z][A-Z0-9_]*) = (?=\(\")", r"\1: Final[tuple[str, ...]] = ", text, flags=re.M)
    text = re.sub(r"^([A-Z][A-Z0-9_]*) = (?=\(0,\) \*)", r"\1: Final[tuple[int, ...]] = ", text, flags=re.M)
    text = text.replace("int | None", "Any")  # a reading may be anything: the code looks for itself
    text = re.sub(r"^([A-Z][A-Z0-9_]*) = ", r"\1: Final = ", text, flags=re.M)
    end = text.index('"""', 3) + 3
    return f"{text[:end]}\n\nfrom typing import Any, Final\n{text[end:]}"


def _stamp(source: Path) -> str:
    sha = hashlib.sha256(sys.version.encode())
    own = (Path(__file__), HERE / "modules.txt", ROOT / "pyproject.toml")  # which names the version of mypyc
    for path in (*own, *sorted((source / "traction").rglob("*.py"))):
        sha.update(path.read_bytes())
    return sha.hexdigest()
