"""Trace every hazard to the last result of each of its tests, and back.

    python -m tests.hazards RESULTS.xml ... [--folder build/proof]

RESULTS are JUnit files that pytest has written. Writes trace.html, trace.csv and trace-back.csv to FOLDER,
then about.json and packages.csv, and last manifest.sha256 with the hash of everything there.
Ends with 0 when every test that a hazard names has run and passed, and nothing stands alone on either side;
else with 5, or with 2 where a file cannot be read.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

from tests.hazards.evidence import write_about, write_manifest
from tests.hazards.things import ROOT, things
from traction.hazards.load import load_hazards
from traction.hazards.results import back, read, steps, unshown
from traction.hazards.trace import problems
from traction.report.hazard_about import about
from traction.report.hazard_trace import trace_csv, trace_page, verdict


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.hazards")
    parser.add_argument("results", nargs="+", type=Path, metavar="RESULTS.xml")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "proof")
    asked = parser.parse_args(words)
    try:
        ended = read(asked.results)
    except (OSError, ET.ParseError) as error:
        print(f"the results cannot be read: {error}", file=sys.stderr)
        return 2
    known = load_hazards()
    there, again = list(steps(known, ended)), list(back(known, things()))
    wrong = [*unshown(there), *problems(known, ROOT, things())]
    asked.folder.mkdir(parents=True, exist_ok=True)
    made = about(shlex.join(["python", "-m", "tests.hazards", *words]))
    forth, reverse = trace_csv(there, again)
    for name, text in (
        ("trace.html", trace_page(there, again, made)),
        ("trace.csv", forth),
        ("trace-back.csv", reverse),
    ):
        (asked.folder / name).write_text(text, encoding="utf-8")
    write_about(asked.folder, made)
    files = write_manifest(asked.folder)
    for one in wrong:
        print(one, file=sys.stderr)
    print(f"{verdict(there)} The trace is in {asked.folder}, with the hashes of its {files} files")
    return 5 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
