"""The record of every source file: what it is, how large, and its content hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from workspace.errors import InputError
from workspace.files import is_remote, read_json, sha256_of, stamp_of, write_json

#: GDAL's virtual file systems whose files lie in a local archive.
_ARCHIVES = ("vsizip", "vsitar", "vsigzip")


@dataclass(frozen=True)
class FileIdentity:
    """What a file holds, whatever its name.

    Attributes
    ----------
    sha256 : str
        Of the content.
    size_bytes : int
        Length of the file.
    """

    sha256: str
    size_bytes: int


class FileHashes:
    """Content hashes, remembered between runs for files that have not changed (`stamp_of`).

    Parameters
    ----------
    memory : Path
        JSON file that remembers them.
    """

    def __init__(self, memory: Path) -> None:
        self._memory = memory
        self._known = read_json(memory) or {}
        self._fresh: dict[str, list[object]] = {}

    def identify(self, path: str) -> FileIdentity:
        """Hash a file, or recall its hash.

        Raises
        ------
        InputError
            If the file cannot be read, or was changed since this object has seen it.

        Notes
        -----
        A file in an archive is known by the archive, a folder (such as a file geodatabase) by the
        files in it. What lies on a network is known by its address alone, with a size of 0: give
        new content a new address.
        """
        if is_remote(path):
            archive = archive_of(path)
            if archive is None:
                return FileIdentity(hashlib.sha256(path.encode()).hexdigest(), 0)
            return self.identify(archive)
        if Path(path).is_dir():
            members = [self.identify(str(file)) for file in sorted(Path(path).iterdir())]
            return combined(members)
        return self._identify_file(path)

    def _identify_file(self, path: str) -> FileIdentity:
        file = Path(path)
        try:
            stamp = stamp_of(file)
            entry = self._fresh.get(path)
            if entry is not None and entry[:-1] != stamp:
                raise changed_while_read(path)
            entry = entry or self._known.get(path)
            if entry is None or entry[:-1] != stamp:
                entry = [*stamp, sha256_of(file)]
                if stamp_of(file) != stamp:
                    raise changed_while_read(path)
        except OSError as error:
            raise InputError(
                f"cannot be read ({error.strerror})", where=path, fix="check the path"
            ) from None
        self._fresh[path] = entry
        return FileIdentity(sha256=str(entry[-1]), size_bytes=stamp[0])

    def changed(self) -> list[str]:
        """Name the files that are not any more what they were when this object saw them first.

        What was read from them meanwhile may be neither the one nor the other.
        """
        return [path for path, entry in self._fresh.items() if _stamp_or_none(path) != entry[:-1]]

    def remember(self, *, keep_others: bool = False) -> None:
        """Keep the hashes of this run for the next one.

        Parameters
        ----------
        keep_others : bool
            Whether to keep those of files that this run did not look at.
        """
        known = self._known if keep_others else {}
        if {**known, **self._fresh} != self._known:
            with suppress(FileNotFoundError):  # An ingestion swept it up; it is a memory only.
                write_json({**known, **self._fresh}, self._memory)


def combined(identities: Sequence[FileIdentity]) -> FileIdentity:
    """Identify several files as one, in the order given; one alone stays what it is."""
    if len(identities) == 1:
        return identities[0]
    digest = hashlib.sha256()
    for identity in identities:
        digest.update(identity.sha256.encode())
    return FileIdentity(digest.hexdigest(), sum(identity.size_bytes for identity in identities))


def is_there(path: str) -> bool:
    """Tell whether a file can be there; of what lies on a network that is not asked."""
    if not is_remote(path):
        return Path(path).exists()
    return _kind_of(path) not in _ARCHIVES or archive_of(path) is not None


def changed_while_read(path: str) -> InputError:
    """Say that a file was changed between its hash and the reading of its values."""
    return InputError(
        "was changed while it was read",
        where=path,
        fix="let nothing write to the inputs meanwhile, and run the same command again",
    )


def stamps_of(paths: Iterable[str]) -> dict[str, list[int] | None]:
    """Stamp the local files that paths lead to (`stamp_of`); None for one that is gone."""
    files = [path if not is_remote(path) else archive_of(path) for path in paths]
    return {path: _stamp_or_none(path) for path in files if path is not None}


def _stamp_or_none(path: str) -> list[int] | None:
    try:
        return stamp_of(path)
    except OSError:
        return None


def archive_of(path: str) -> str | None:
    """Return the local archive that a path of GDAL's leads into, such as /vsizip/a.zip/b.tif."""
    if _kind_of(path) not in _ARCHIVES:
        return None
    file = Path(path.removeprefix("/").partition("/")[2].strip("{}"))
    return next((str(part) for part in (file, *file.parents) if part.is_file()), None)


def _kind_of(path: str) -> str:
    return path.removeprefix("/").partition("/")[0]
