"""Markdown tables, and the line on top of a document that is written by a program."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

WRITTEN_BY = "<!-- Written by `make docs`; change its source, not this file. -->\n\n"


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    r"""Write a Markdown table.

    Parameters
    ----------
    header : sequence of str
        Names of the columns.
    rows : iterable of sequence
        Cells; a bar and a line break inside one are written so that they stay in it.

    Returns
    -------
    str
        Lines of the table.

    Examples
    --------
    >>> print(table(["a", "b"], [["x|y", None]]), end="")
    | a | b |
    |---|---|
    | x\|y |  |
    """
    lines = [_row(header), "|" + "---|" * len(header) + "\n"]
    return "".join([*lines, *map(_row, rows)])


def _row(cells: Iterable[object]) -> str:
    texts = ("" if cell is None else " ".join(str(cell).split()) for cell in cells)
    return "| " + " | ".join(text.replace("|", "\\|") for text in texts) + " |\n"
