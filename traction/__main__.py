"""``python -m traction`` is the shell."""

from traction.cli import main

main()
