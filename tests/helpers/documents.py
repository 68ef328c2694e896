"""What a document claims: its fenced blocks, and the table that follows a block."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```\n", re.DOTALL | re.MULTILINE)
_TABLE = re.compile(r"\n((?:\|.*\|\n)+)")


@dataclass(frozen=True)
class Block:
    """A fenced block of a Markdown document.

    Attributes
    ----------
    language : str
        The word after the fence.
    text : str
        What stands between the fences.
    line : int
        Line of the document on which the text begins.
    table : tuple of tuple of str
        Cells of the table that follows at once, its header first; empty if there is none.
    """

    language: str
    text: str
    line: int
    table: tuple[tuple[str, ...], ...]


def blocks(document: Path, *languages: str) -> list[Block]:
    """Find the fenced blocks in one of these languages, in order."""
    content = document.read_text(encoding="utf-8")
    found = []
    for match in _FENCE.finditer(content):
        follows = _TABLE.match(content, match.end())
        rows = [row.strip("|\n").split("|") for row in follows[1].splitlines()] if follows else []
        found.append(
            Block(
                language=match[1],
                text=match[2],
                line=content.count("\n", 0, match.start()) + 2,
                table=tuple(
                    tuple(cell.strip() for cell in row)
                    for place, row in enumerate(rows)
                    if place != 1
                ),
            )
        )
    return [block for block in found if block.language in languages]
