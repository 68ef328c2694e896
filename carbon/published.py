"""The published file: where it is, and what to say when there is none."""

from __future__ import annotations

from pathlib import Path

from workspace.errors import InputError


def require_published(path: Path) -> None:
    """Refuse to go on where nothing was published.

    Parameters
    ----------
    path : Path
        Of the published file.

    Raises
    ------
    InputError
        If there is no such file.
    """
    if not path.is_file():
        raise InputError("nothing was published yet", where=str(path), mend="run: carbon build")
