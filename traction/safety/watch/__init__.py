"""The supervisor's checks, one object for each kind of hazard.

Each is a pure function of the samples it has seen: it keeps what it needs of them, reads no clock, and
returns a verdict or None. Comparisons are written so that only a value known to be good passes.
"""
