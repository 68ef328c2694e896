"""Write the reference documents: ``python -m reference``.

Those of commands and functions go into docs/ and git; the data dictionary goes beside the published
file, which it describes.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from ingest.config import load_settings
from reference.commands import commands_document
from reference.dictionary import dictionary_document
from reference.functions import functions_document
from reference.lineage import parse_manifest


def main() -> None:
    """Write the three documents and say where they are."""
    settings = load_settings()
    project = settings.project
    with tempfile.TemporaryDirectory(prefix="reference-") as folder:
        manifest = parse_manifest(project, Path(folder))
    documents = {
        project / "docs" / "COMMANDS.md": commands_document(),
        project / "docs" / "FUNCTIONS.md": functions_document(),
        settings.published / "DATA_DICTIONARY.md": dictionary_document(manifest),
    }
    for path, text in documents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
