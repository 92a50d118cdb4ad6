"""What people write: read it, say everything that is wrong with it, and compile it into a profile."""
