"""Partitions on disk that are written whole or not at all.

A partition is a folder named after the recipe it was made by: a hash of its inputs and choices.
Parts gather in a pending folder elsewhere, which takes its place in one rename. That happens only
when every year of a run is there, so that a run that is refused or stopped half-way leaves what
readers see as it was; the next run goes on with the parts it finds. A changed input makes a new
folder beside the old one, which stays until nothing refers to it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from ingest.config import PENDING
from ingest.errors import InputError

#: File in a partition that tells what it was made from; for people and `ingest.provenance`.
RECORD = "recipe.json"

_RECIPE_LENGTH = 16


def recipe_of(ingredients: Mapping[str, Any]) -> str:
    """Hash everything a result depends on.

    Parameters
    ----------
    ingredients : mapping
        JSON values only.

    Returns
    -------
    str
        Sixteen hexadecimal digits.

    Examples
    --------
    >>> recipe_of({"a": 1, "b": 2}) == recipe_of({"b": 2, "a": 1})
    True
    """
    text = json.dumps(ingredients, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_RECIPE_LENGTH]


@dataclass(frozen=True)
class Partition:
    """The partition of one collection and year, made by one recipe.

    Attributes
    ----------
    root : Path
        Folder of all partitions of this kind.
    collection : str
        Such as ``historical``.
    year : int
        Calendar year.
    recipe : str
        From `recipe_of`.
    parts : tuple of str
        Names of the files that make it complete.
    """

    root: Path
    collection: str
    year: int
    recipe: str
    parts: tuple[str, ...]

    @property
    def folder(self) -> Path:
        """Where readers find the partition."""
        return self.root / self._place

    @property
    def pending(self) -> Path:
        """Where its parts gather until the run is finished: ``<data>/pending/<kind>/...``."""
        return self.root.parent / PENDING / self.root.name / self._place

    @property
    def _place(self) -> Path:
        return Path(f"collection={self.collection}", f"year={self.year}", self.recipe)

    @property
    def is_installed(self) -> bool:
        """Whether readers can have it."""
        return self._all_parts_in(self.folder)

    @property
    def is_complete(self) -> bool:
        """Whether every part of it has been written, here or there."""
        return self.is_installed or self._all_parts_in(self.pending)

    def part(self, name: str) -> Path:
        """Return the path of a part where the partition now stands."""
        return (self.folder if self.is_installed else self.pending) / name

    @property
    def record(self) -> dict[str, Any] | None:
        """What the partition was made from; None if it is not on record."""
        return read_record(self.folder)

    def install(self, record: Mapping[str, Any]) -> None:
        """Put a complete partition in its place, in one step.

        Parameters
        ----------
        record : mapping
            What it was made from, as JSON; kept beside the parts and renewed each time, because
            files may have moved although their content did not change.
        """
        if self.is_installed:
            if self.record != json.loads(json.dumps(record)):
                write_json(record, self.folder / RECORD)
            return
        if self.folder.exists():  # Parts of it were deleted by hand.
            shutil.rmtree(self.folder)
        for path in self.pending.iterdir():
            if path.name not in self.parts:
                path.unlink(missing_ok=True)  # A worker given up for lost may be at work still.
        write_json(record, self.pending / RECORD)
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        os.replace(self.pending, self.folder)  # noqa: PTH105 - the atomic call, by its own name
        sync_folder(self.folder.parent)

    def _all_parts_in(self, folder: Path) -> bool:
        return all((folder / name).is_file() for name in self.parts)


def read_record(folder: Path) -> dict[str, Any] | None:
    """Read what a partition's folder was made from; None if it is not on record."""
    try:
        content = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


@contextmanager
def only_one_at_work(data: Path) -> Iterator[None]:
    """Hold a data folder for one ingestion; the lock ends with the process, however it ends.

    Raises
    ------
    InputError
        If another ingestion holds it.
    """
    data.mkdir(parents=True, exist_ok=True)
    with (data / ".ingest.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(
                "another ingestion is at work in this folder",
                where=str(data),
                mend="wait until it has ended, or set CARBON_DATA to another folder",
            ) from None
        yield


def write_parquet(table: pa.Table, path: Path, *, compression: str = "zstd") -> None:
    """Write a Parquet file that is either absent or whole."""
    unfinished = unfinished_part(path)
    pq.write_table(table, unfinished, compression=compression, compression_level=1)
    replace_file(unfinished, path)


def write_json(content: Any, path: Path) -> None:
    """Write a JSON file that is either absent or whole."""
    unfinished = unfinished_part(path)
    unfinished.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    replace_file(unfinished, path)


def unfinished_part(path: Path) -> Path:
    """Name a file to write first: no other writer's, for two machines may make the same part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(f".{path.name}.{uuid4().hex}")


def replace_file(source: Path, target: Path) -> None:
    """Move a finished file over another one so that a crash leaves one of the two."""
    with source.open("rb") as handle:
        os.fsync(handle.fileno())
    source.replace(target)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_superseded(root: Path, current: Iterable[Path]) -> int:
    """Delete every partition under ``root`` that no current table refers to.

    Parameters
    ----------
    root : Path
        Folder of all partitions of one kind.
    current : iterable of Path
        Folders to keep.

    Returns
    -------
    int
        Number of folders deleted.
    """
    keep = {path.resolve() for path in current}
    stale = [path for path in root.glob("collection=*/year=*/*") if path.resolve() not in keep]
    for path in stale:
        shutil.rmtree(path)
    for folder in (*root.glob("collection=*/year=*"), *root.glob("collection=*")):
        if not any(folder.iterdir()):
            folder.rmdir()
    return len(stale)
