"""The second routine of the proof: interval arithmetic over the fields of the compiled segments.

Written apart from the closed form: it reads only the numbers a segment is made of, never a figure it states
of itself, and every result is an enclosure whose ends are rounded outwards.
"""
