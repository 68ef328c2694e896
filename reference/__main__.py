"""Write the reference documents into docs/: ``python -m reference``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from ingest.config import find_project
from reference.commands import commands_document
from reference.dictionary import dictionary_document
from reference.functions import functions_document
from reference.lineage import parse_manifest


def main() -> None:
    """Write the three documents into docs/ and say where they are."""
    project = find_project()
    with tempfile.TemporaryDirectory(prefix="reference-") as folder:
        manifest = parse_manifest(project, Path(folder))
    documents = {
        "COMMANDS.md": commands_document(),
        "FUNCTIONS.md": functions_document(),
        "DATA_DICTIONARY.md": dictionary_document(manifest),
    }
    for name, text in documents.items():
        path = project / "docs" / name
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
