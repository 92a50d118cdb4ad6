"""Force as a function of time, in closed form: ``segments`` (the pieces) and ``profile`` (the whole).

Pure: no clock, no files, no state. NumPy is imported only where an array is handed in.
"""
