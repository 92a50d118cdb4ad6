"""For tests of drivers and controllers, yours and ours; needs pytest, and is never imported at run time."""
