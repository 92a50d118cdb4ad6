"""The table's own logic. Board-safe: whole integers, no imports but ``traction.wire``, runs under MicroPython."""
