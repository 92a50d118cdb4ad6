"""What host and controller say to each other. Board-safe: this folder also runs under MicroPython."""
