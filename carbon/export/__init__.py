"""``carbon export``: the marts as open files with their metadata."""
