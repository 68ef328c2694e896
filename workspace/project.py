"""Where the dbt project is, and what of it a build depends on: its files and its vars."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

PROJECT_FILE = "dbt_project.yml"

#: The folder that holds the packages: the repository, or where an installation puts them.
PACKAGES = Path(__file__).resolve().parents[1]

#: Where an installation has the dbt project (`tools/wheel.py` puts it there).
INSTALLED_PROJECT = PACKAGES / "carbon" / "project"

#: What the dbt project consists of, below its root.
PROJECT_PARTS = (PROJECT_FILE, "profiles.yml", "analyses", "macros", "models", "seeds", "tests/dbt")

#: Where a user's own models are among ours.
OWN_MODELS = "models/own"

#: Folders whose files make the marts what they are, or hold them to account.
_FOLDERS = ("macros", "models", "seeds", "tests/dbt")
_CODE = ("udfs", "carbon/boundaries.py", "carbon/functions.sql")
_SUFFIXES = (".csv", ".md", ".py", ".sql", ".yml")
#: Of a user's own models: what dbt reads and this project's tests know how to read.
_OWN_SUFFIXES = (".md", ".sql", ".yml")


def project_files(project: Path, own: Path | None = None) -> dict[str, str]:
    """Hash every file that a build depends on.

    Parameters
    ----------
    project : Path
        Root of the dbt project.
    own : Path, optional
        Folder of a user's own models, which a build puts among ours.

    Returns
    -------
    dict of str to str
        SHA-256 by path below the root; without ``dbt_project.yml``, whose vars are compared one by
        one.
    """
    found = {
        path.relative_to(root).as_posix(): path
        for root, names in ((project, _FOLDERS), (PACKAGES, _CODE))
        for name in names
        for path in (root / name, *(root / name).rglob("*"))
        if path.suffix in _SUFFIXES and path.is_file()
    }
    found |= {f"{OWN_MODELS}/{name}": path for name, path in own_files(own)}
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in sorted(found.items())
    }


def own_files(own: Path | None) -> Iterator[tuple[str, Path]]:
    """List the files of a user's own models by name below their folder: SQL, YAML, Markdown."""
    if own is None:
        return
    for path in sorted(own.rglob("*")):
        if path.suffix in _OWN_SUFFIXES and path.is_file():
            yield path.relative_to(own).as_posix(), path


def project_vars(project: Path) -> dict[str, Any]:
    """Read the scientific choices, in the form in which JSON gives them back."""
    content = yaml.safe_load((project / PROJECT_FILE).read_text(encoding="utf-8"))
    choices: dict[str, Any] = json.loads(json.dumps(content.get("vars", {})))
    return choices
