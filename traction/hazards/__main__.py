"""``python -m traction.hazards``: the page of hazards, on stdout."""

import sys

from traction.hazards.load import load_hazards
from traction.hazards.page import markdown

sys.stdout.writelines(f"{line}\n" for line in markdown(load_hazards()))
