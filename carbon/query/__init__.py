"""``carbon query``: a bounded, read-only question to the published file."""
