"""Whom a session is for: patient files without names, and the checklists that are held against them."""
