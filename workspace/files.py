"""Files: which are of this machine, how they are written whole or not at all, and how proved.

A disk may change a bit, and Parquet tells nobody: most such bits are read as other values. So what
writes a file hashes it on the way, and whoever reads it for a result holds it against that hash.
JSON records carry the hash of their own content, as a seal.
"""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import io
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from workspace.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

#: A path that leaves the local disk: a GDAL virtual file system or an address.
_REMOTE = re.compile(r"^(/[./]*vsi|[a-z][a-z0-9+.-]*://)", re.IGNORECASE)

#: Settings of GDAL under which a file leads nowhere but to the files beside it: what a header, a
#: sidecar or an overview names on a network is not fetched, nor are credentials looked for.
GDAL_STAYS_HERE: Mapping[str, str] = MappingProxyType(
    {
        # Network file systems open this one name, which nothing has.
        "CPL_VSIL_CURL_ALLOWED_FILENAME": "none",
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "none",
        # All other requests would go through a proxy of a kind that does not exist.
        "GDAL_HTTP_PROXY": "none://none",
        "GDAL_HTTPS_PROXY": "none://none",
        "GDAL_HTTP_TIMEOUT": "1",
        "CPL_AWS_AUTODETECT_EC2": "NO",
        "AWS_NO_SIGN_REQUEST": "YES",
        # Sidecars are asked for by name; folders are not searched.
        "GDAL_DISABLE_READDIR_ON_OPEN": "TRUE",
    }
)

#: Key of a record's own hash.
_SEAL = "seal"

# Of renameat2(2): paths are as they stand, and both stay.
_HERE = -100
_RENAME_EXCHANGE = 2


def is_remote(path: str) -> bool:
    """Tell whether GDAL would look for a path elsewhere than among the files of this machine.

    Examples
    --------
    >>> [is_remote(path) for path in ("s3://climate/et.tif", "/./vsizip/et.zip/et.tif", "et.tif")]
    [True, True, False]
    """
    return _REMOTE.match(path) is not None


@contextmanager
def only_one_at_work(data: Path) -> Iterator[None]:
    """Hold a data folder for one ingestion; the lock ends with the process, however it ends.

    Raises
    ------
    InputError
        If another ingestion holds it.
    """
    data.mkdir(parents=True, exist_ok=True)
    with (data / ".ingest.lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(
                "another ingestion is at work in this folder",
                where=str(data),
                fix="wait until it has ended, or set CARBON_DATA to another folder",
            ) from None
        yield


class HashedFile(io.RawIOBase):
    """A file that is written from its beginning to its end, and hashed on the way.

    Parameters
    ----------
    path : Path
        File to write; it must not exist.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = path.open("xb")
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """Hash of all that was written so far, hexadecimal."""
        return self._digest.hexdigest()

    def writable(self) -> bool:
        """Tell that it can be written."""
        return True

    def write(self, content: Any) -> int:
        """Write bytes, or anything that holds them."""
        self._digest.update(content)
        return self._file.write(content)

    def tell(self) -> int:
        """Say how much was written."""
        return self._file.tell()

    def flush(self) -> None:
        """Hand over to the system what was written."""
        if not self._file.closed:
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


@contextmanager
def whole_file(path: Path) -> Iterator[HashedFile]:
    """Write a file that is either absent or whole.

    Parameters
    ----------
    path : Path
        File; it appears at the end of the block, in the place of an older one. Its folder is made.

    Yields
    ------
    HashedFile
        To be written; its hash is that of the file, when the block has ended.
    """
    unfinished = unfinished_part(path)
    try:
        with HashedFile(unfinished) as file:
            yield file
        replace_file(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def write_parquet(table: pa.Table, path: Path, **layout: Any) -> str:
    """Write a Parquet file that is either absent or whole; return its hash.

    Without a layout (options of `pyarrow.parquet.write_table`) it is compressed quickly.
    """
    import pyarrow.parquet as pq  # most commands need no table

    with whole_file(path) as file:
        pq.write_table(table, file, **(layout or {"compression": "zstd", "compression_level": 1}))
    return file.sha256


def write_json(content: Mapping[str, Any], path: Path) -> str:
    """Write a sealed record that is either absent or whole; return the hash of the file."""
    sealed = {**content, _SEAL: _seal(content)}
    with whole_file(path) as file:
        file.write(json.dumps(sealed, ensure_ascii=False, indent=1).encode())
    return file.sha256


def read_json(path: Path, *, unsealed: bool = False) -> dict[str, Any] | None:
    """Read a record of `write_json`.

    Parameters
    ----------
    path : Path
        The file.
    unsealed : bool
        Whether a record without a seal, as earlier versions wrote it, is believed.

    Returns
    -------
    dict or None
        Without its seal; None if the file is not there or is not what was written.
    """
    try:
        content = json.loads(path.read_bytes())
        seal = content.pop(_SEAL, None)
    except (OSError, ValueError, AttributeError, RecursionError):
        return None
    if seal is None and unsealed:
        return dict(content)
    return dict(content) if seal == _seal(content) else None


def stamp_of(path: str | Path) -> list[int]:
    """Say by what a file is known to be the same without reading it.

    Returns
    -------
    list of int
        Size, time of modification, time of the last change of any kind, and inode. Whoever gives a
        file other content may set back the second; the third is the system's own.
    """
    stat = os.stat(path)  # noqa: PTH116 - of a name, and often
    return [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]


def parquet_of(content: bytes) -> pa.Table:
    """Read a table from the bytes of a Parquet file."""
    import pyarrow as pa  # most commands need no table
    import pyarrow.parquet as pq

    return pq.read_table(pa.BufferReader(content))


def read_proved(path: Path, sha256: str | None) -> bytes:
    """Read a file that was hashed when it was written.

    Parameters
    ----------
    path : Path
        The file.
    sha256 : str or None
        Its hash; None if an earlier version wrote it, which knew none.

    Raises
    ------
    InputError
        If it is not what was written.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        content = b""
    if sha256 is not None and hashlib.sha256(content).hexdigest() != sha256:
        raise InputError(
            "is damaged: it is not what was written",
            where=str(path),
            fix="run: carbon ingest, without --zones; it makes the file anew",
        )
    return content


def sha256_of(path: Path) -> str:
    """Hash what a file holds."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def unfinished_part(path: Path) -> Path:
    """Name a file to write first: no other writer's, for two machines may make the same part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(f".{path.name}.{uuid4().hex}")


def replace_file(source: Path, target: Path) -> None:
    """Move a finished file over another one so that a crash leaves one of the two."""
    sync(source)
    source.replace(target)


def exchange(one: Path, other: Path) -> bool:
    """Let two folders take each other's place in one step, if the system can.

    Returns
    -------
    bool
        Whether they did. Where it cannot be done (no Linux, or a file system without it), nothing
        has happened.
    """
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    paths = os.fsencode(one), os.fsencode(other)
    return int(rename(_HERE, paths[0], _HERE, paths[1], _RENAME_EXCHANGE)) == 0


def sync(path: Path) -> None:
    """Make renames in a folder, or what a file holds, last through a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Make all that a folder holds last through a power cut, before it takes its place."""
    for base, _, files in os.walk(folder, topdown=False):
        for name in (*files, "."):
            sync(Path(base, name))


def _seal(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
