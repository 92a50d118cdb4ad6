"""Whole sessions with faults in them, on virtual time, judged by the true force."""
