"""Reference documents, written from what they document.

`python -m tools.reference`, or `make docs`: `dictionary` reads dbt's manifest, `functions` the
registry of SQL functions, `commands` the command line. Nothing here is written by hand twice, and a
test fails where a document differs from its source.
"""
