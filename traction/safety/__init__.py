"""Limits, the proof before a run, and the supervisor beside it. Pure: no clock, no table, no threads."""
