"""The table's own logic. Board-safe: integers only, imports only ``traction.wire``; runs on a board."""
