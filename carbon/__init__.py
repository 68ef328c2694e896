"""The command people type, and all that reads or writes the published file."""
