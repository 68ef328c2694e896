"""Partitions on disk that are written whole or not at all.

A partition is a folder named after the recipe it was made by: a hash of its inputs and choices.
Parts gather in a pending folder elsewhere, which takes its place in one rename. That happens only
when every year of a run is there, so that a run that is refused or stopped half-way leaves what
readers see as it was; the next run goes on with the parts it finds. A changed input makes a new
folder beside the old one, which stays until nothing refers to it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workspace.files import (
    read_json,
    read_proved,
    replace_file,
    sha256_of,
    sync,
    write_json,
)
from workspace.own import (
    PART_FILE,
    PARTITION_FILE,
    PARTITION_FOLDER,
    sweep,
)
from workspace.settings import PENDING

#: File in a partition that tells what it was made from; for people and `ingest.years.provenance`.
RECORD = "recipe.json"

#: Key of a record's SHA-256 of every part.
HASHES = "parts"

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
        return self.is_installed or (
            self._all_parts_in(self.pending) and (self.pending / RECORD).is_file()
        )

    def part(self, name: str) -> Path:
        """Return the path of a part where the partition now stands."""
        return (self.folder if self.is_installed else self.pending) / name

    def read(self, name: str) -> bytes:
        """Read a part of a complete partition.

        Raises
        ------
        InputError
            If it is not what was written.
        """
        path = self.part(name)
        return read_proved(path, _hashes_in(path.parent).get(name))

    @property
    def record(self) -> dict[str, Any] | None:
        """What the partition was made from; None if it is not on record."""
        return read_record(self.folder)

    def complete(self, hashes: Mapping[str, str]) -> None:
        """Put the hashes of all parts on record, when the last one has been written.

        Parameters
        ----------
        hashes : mapping of str to str
            SHA-256 of each part, as it was written.
        """
        write_json({HASHES: {name: hashes[name] for name in self.parts}}, self.pending / RECORD)

    def install(self, record: Mapping[str, Any]) -> None:
        """Put a complete partition in its place, in one step.

        Parameters
        ----------
        record : mapping
            What it was made from, as JSON; kept beside the parts and renewed each time, because
            files may have moved although their content did not change.
        """
        place = self.folder if self.is_installed else self.pending
        hashes = _hashes_in(place) or {name: sha256_of(place / name) for name in self.parts}
        content = json.loads(json.dumps({**record, HASHES: hashes}))
        if read_record(place) != content:
            write_json(content, place / RECORD)
        if place == self.folder:
            return
        sweep(self.pending, PART_FILE, keep=[place / name for name in (*self.parts, RECORD)])
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        if self._has_only_parts(self.pending) and not self.folder.exists():
            sync(self.pending)
            os.replace(self.pending, self.folder)  # noqa: PTH105 - the atomic call, by its own name
        else:  # Parts of it were damaged or deleted, or somebody's own files lie in a folder.
            self.folder.mkdir(exist_ok=True)
            for name in (*self.parts, RECORD):
                replace_file(self.pending / name, self.folder / name)
            sync(self.folder)
        for folder in (self.folder.parent, self.folder.parent.parent, self.root, self.root.parent):
            sync(folder)

    def damage(self) -> dict[Path, str]:
        """Find the files of it that are not what was written, wherever they stand.

        Returns
        -------
        dict of Path to str
            Whether each is ``damaged`` or ``gone``. Parts of an earlier version, which put no
            hashes on record, are not among them.
        """
        places = [folder for folder in (self.folder, self.pending) if (folder / RECORD).is_file()]
        return {path: how for folder in places for path, how in damage_in(folder).items()}

    def _has_only_parts(self, folder: Path) -> bool:
        return {path.name for path in folder.iterdir()} == {*self.parts, RECORD}

    def _all_parts_in(self, folder: Path) -> bool:
        return all((folder / name).is_file() for name in self.parts)


def read_record(folder: Path) -> dict[str, Any] | None:
    """Read what a partition's folder was made from; None if it is not on record, or damaged."""
    content = read_json(folder / RECORD, unsealed=True)
    # Earlier versions had neither a seal nor hashes: one without the other is damage.
    if content is not None and HASHES in content:
        return read_json(folder / RECORD)
    return content


def damage_in(folder: Path) -> dict[Path, str]:
    """Find the files of a partition's folder that are not what its record says.

    Returns
    -------
    dict of Path to str
        Whether each is ``damaged`` or ``gone``; empty for a folder of an earlier version, which
        put no hashes on record.
    """
    record = read_record(folder)
    if record is None:
        return {folder / RECORD: "damaged"} if (folder / RECORD).exists() else {}
    found = {}
    for name, sha256 in record.get(HASHES, {}).items():
        how = damage_of(folder / name, sha256)
        if how:
            found[folder / name] = how
    return found


def damage_of(path: Path, sha256: str) -> str | None:
    """Say whether a file is ``damaged`` or ``gone``; None if it is what was written."""
    try:
        return None if sha256_of(path) == sha256 else "damaged"
    except FileNotFoundError:
        return "gone"


def _hashes_in(folder: Path) -> dict[str, str]:
    return dict((read_record(folder) or {}).get(HASHES, {}))


def remove_superseded(root: Path, current: Iterable[Path]) -> None:
    """Delete every partition under ``root`` that no current table refers to.

    Parameters
    ----------
    root : Path
        Folder of all partitions of one kind.
    current : iterable of Path
        Folders to keep.
    """
    sweep(root, PARTITION_FILE, folders=PARTITION_FOLDER, keep=list(current))
