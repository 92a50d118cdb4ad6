"""Acceptance checks of a table, its calibration, and looking at it: what a bench needs beside sessions.

A check pulls on a test load, never on a person. Whatever it measures goes through the guarded driver.
"""
