"""One session of a protocol on a table: preflight, the loop, its requests, and the record it leaves."""
