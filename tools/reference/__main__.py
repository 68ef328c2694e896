"""Write the reference documents into docs/: ``python -m tools.reference``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from carbon.atlas.dbt_page import parse_manifest
from tools.reference.commands import commands_document
from tools.reference.dictionary import dictionary_document
from tools.reference.functions import functions_document
from workspace.settings import find_project


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
