"""One year: planned, computed unit by unit, and kept whole."""
