"""What a session leaves on disk: one self-contained MCAP file, written as it happens."""
