"""The published file: how all that read it open it, and what to say when there is none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workspace.errors import InputError

if TYPE_CHECKING:
    import duckdb


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
        raise InputError("nothing was published yet", where=str(path), fix="run: carbon build")


def connect_published(
    path: Path, config: Mapping[str, Any] | None = None
) -> duckdb.DuckDBPyConnection:
    """Open the published file, to be read only.

    Parameters
    ----------
    path : Path
        Of the published file.
    config : mapping, optional
        Settings of DuckDB.

    Returns
    -------
    duckdb.DuckDBPyConnection
        To be closed by the caller.

    Raises
    ------
    InputError
        If there is no such file, or DuckDB cannot open it.
    """
    import duckdb  # not every command that names the file opens it

    require_published(path)
    try:
        return duckdb.connect(str(path), read_only=True, config=dict(config or {}))
    except duckdb.Error as error:
        raise InputError(
            f"cannot be opened as a DuckDB file ({str(error).splitlines()[0]})",
            where=str(path),
            fix="run: carbon build",
        ) from None
