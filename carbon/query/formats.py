"""Forms of an answer. The command line names them in its help, so nothing heavy is imported."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from workspace.errors import InputError


class Format(StrEnum):
    """Form of an answer."""

    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"


def format_for(chosen: Format | None, output: Path | None) -> Format:
    """Decide the form of an answer: as asked, else by the file's suffix, else a table.

    Parameters
    ----------
    chosen : Format or None
        What the user asked for.
    output : Path or None
        Where the answer goes; None is the terminal.

    Returns
    -------
    Format
        The form.

    Raises
    ------
    InputError
        For Parquet without a file, and for a file whose suffix says nothing.

    Examples
    --------
    >>> format_for(None, Path("surplus.parquet")).value
    'parquet'
    """
    if chosen is None and output is not None:
        suffix = output.suffix.removeprefix(".").lower()
        if suffix not in [form.value for form in Format]:
            raise InputError(
                f"its suffix {output.suffix!r} names no format",
                where=str(output),
                fix="end the file's name in .csv, .json or .parquet, or give --format",
            )
        return Format(suffix)
    if chosen is Format.parquet and output is None:
        raise InputError(
            "Parquet is not for a terminal", fix="name a file: --output answer.parquet"
        )
    return chosen or Format.table
