"""Where an answer may go."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from workspace.errors import InputError
from workspace.files import replace_file, sync
from workspace.own import Written, require_replaceable, work_folder


@dataclass(frozen=True)
class Output:
    """A file for an answer, and what it may replace.

    Attributes
    ----------
    path : Path
        The file.
    written : Written
        The record of earlier answers.
    never : mapping of str to files
        What is never replaced, by what it is.
    force : bool
        Whether any other file may be.
    """

    path: Path
    written: Written
    never: Mapping[str, Collection[Path]] = field(default_factory=dict)
    force: bool = False

    def check(self) -> None:
        """Refuse a place where no answer may be written.

        Raises
        ------
        InputError
            If there is no such folder, or something there that must not be replaced.
        """
        if not self.path.parent.is_dir():
            raise InputError(
                "is not a folder",
                where=str(self.path.parent),
                fix="make it, or choose another place",
            )
        require_replaceable(self.path, self.written, self.never, force=self.force)


@contextmanager
def replacing(output: Output) -> Iterator[Path]:
    """Give a path beside a file, and put what was written there in its place at the end.

    Parameters
    ----------
    output : Output
        Checked before and after.

    Yields
    ------
    Path
        For a new file.
    """
    output.check()
    with work_folder(output.path) as folder:
        path = folder / output.path.name
        yield path
        output.check()  # It took a while.
        replace_file(path, output.path)
        sync(output.path.parent)
    output.written.add(output.path)
