"""Compiled code on disk must not outlive the equations it was made from."""

import ast
import os
import subprocess
import sys
from importlib import resources

from traction.sim import entry
from traction.sim.caching import fingerprint

SIM = resources.files("traction.sim")

RUN = """
import sys
from traction.sim.caching import cached

def made_from(number):
    @cached
    def add(x):
        _ = number
        return x + 1.0
    return add

add = made_from(int(sys.argv[1]))
assert add(1.0) == 2.0
print(sum(add.stats.cache_hits.values()))
"""


def imported_by(module):
    tree = ast.parse(SIM.joinpath(f"{module}.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("traction.sim"):
            name = node.module.removeprefix("traction.sim").removeprefix(".")
            yield from [name] if name else [alias.name for alias in node.names]


def test_the_entry_points_are_made_from_every_file_whose_code_or_constants_they_hold():
    # caching compiles and patient only fills numbers in: neither leaves anything in the compiled code
    found, left = set(), ["entry"]
    while left:
        for name in set(imported_by(left.pop())) - found - {"caching", "patient", "parameter"}:
            found.add(name)
            left.append(name)
    assert found == set(entry.MADE_FROM)


def test_the_fingerprint_knows_every_file():
    every = fingerprint(*entry.MADE_FROM)
    assert every == fingerprint(*entry.MADE_FROM)
    assert len({every, *(fingerprint(name) for name in entry.MADE_FROM)}) == 1 + len(entry.MADE_FROM)


def test_another_number_closed_over_is_compiled_anew_and_the_same_one_is_not(tmp_path):
    script = tmp_path / "made.py"
    script.write_text(RUN, encoding="utf-8")
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    environment.pop("NUMBA_DISABLE_JIT", None)

    def hits(number):
        told = [sys.executable, "-W", "error", str(script), str(number)]
        return int(subprocess.check_output(told, env=environment, text=True))

    assert [hits(1), hits(1), hits(2)] == [0, 1, 0]
