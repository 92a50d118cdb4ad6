"""The host's handles on a table, and the guard none of them goes without."""
