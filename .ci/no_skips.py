"""Read a JUnit file, print the plain closing line, and fail when a test failed, was skipped, or none ran."""

import sys
import xml.etree.ElementTree as ET

suite = ET.parse(sys.argv[1]).getroot().find("testsuite")
total, failures, errors, skipped = (int(suite.get(key)) for key in ("tests", "failures", "errors", "skipped"))
for case in suite.iter("testcase"):
    if case.find("skipped") is not None:
        print(
            f"skipped, which is a failure here: {case.get('classname')}::{case.get('name')}", file=sys.stderr
        )
failed = failures + errors
print(f"{total - failed - skipped} passed, {failed} failed, {skipped} skipped")
sys.exit(bool(failed or skipped or total == 0))
