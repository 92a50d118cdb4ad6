"""Courses: several sessions of one patient over weeks, by rules in a file, with their history."""
