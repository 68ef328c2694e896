"""Write the reference documents: ``python -m tools.reference``.

Those of commands and functions and the record for Zenodo go into git; the data dictionary goes
beside the published file, which it describes.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from carbon.atlas.dbt_page import parse_manifest
from tools.reference.commands import commands_document
from tools.reference.dictionary import dictionary_document
from tools.reference.functions import functions_document
from tools.release import zenodo_record
from workspace.settings import load_settings


def main() -> None:
    """Write the documents and say where they are."""
    settings = load_settings()
    project = settings.project
    with tempfile.TemporaryDirectory(prefix="reference-") as folder:
        manifest = parse_manifest(project, Path(folder))
    documents = {
        project / "docs" / "COMMANDS.md": commands_document(),
        project / "docs" / "FUNCTIONS.md": functions_document(),
        project / ".zenodo.json": zenodo_record(),
        settings.published / "DATA_DICTIONARY.md": dictionary_document(manifest),
    }
    for path, text in documents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
