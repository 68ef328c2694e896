"""What of the project a build depends on: the files that dbt reads, and the vars."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import yaml

PROJECT_FILE = "dbt_project.yml"

#: Folders whose files make the marts what they are, or hold them to account.
_FOLDERS = ("macros", "models", "seeds", "tests/dbt", "udfs")
_FILES = ("carbon/functions.sql", "carbon/publishing.py")
_SUFFIXES = (".csv", ".md", ".py", ".sql", ".yml")


def project_files(project: Path) -> dict[str, str]:
    """Hash every file that a build depends on.

    Parameters
    ----------
    project : Path
        Root of the dbt project.

    Returns
    -------
    dict of str to str
        SHA-256 by path below the root; without ``dbt_project.yml``, whose vars are compared one by
        one.
    """
    found = [path for folder in _FOLDERS for path in (project / folder).rglob("*")]
    paths = sorted(
        path
        for path in [*found, *(project / name for name in _FILES)]
        if path.suffix in _SUFFIXES and path.is_file()
    )
    return {
        path.relative_to(project).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
    }


def project_vars(project: Path) -> dict[str, Any]:
    """Read the scientific choices, in the form in which JSON gives them back."""
    content = yaml.safe_load((project / PROJECT_FILE).read_text(encoding="utf-8"))
    choices: dict[str, Any] = json.loads(json.dumps(content.get("vars", {})))
    return choices
