"""Files: which are of this machine, and how they are written whole or not at all."""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from workspace.errors import InputError

#: A path that leaves the local disk: a GDAL virtual file system or an address.
_REMOTE = re.compile(r"^(/vsi|[a-z][a-z0-9+.-]*://)", re.IGNORECASE)


def is_remote(path: str) -> bool:
    """Tell whether GDAL would look for a path elsewhere than among the files of this machine.

    Examples
    --------
    >>> [is_remote(path) for path in ("s3://climate/et.tif", "/vsizip/et.zip/et.tif", "et.tif")]
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
