"""What the project may delete or replace: what it wrote itself, and can tell that it did.

This is the one home of that rule. There are four ways to tell:

- A folder that is written as a whole (an export, the atlas, the sample) holds a list of its files
  with their hashes. It is replaced while it holds exactly what its list names, unchanged.
- What is unfinished lies in a folder with a name that nothing else has (`work_folder`).
- In ``CARBON_DATA`` files come and go one by one. There they have names that nothing else has:
  `PARTITION_FILE`, `WEIGHTS_FILE`. What is called otherwise stays, whichever folder it lies in.
- A single file that a command wrote anywhere is on record with its hash (`Written`).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from uuid import uuid4

from workspace.errors import InputError
from workspace.files import exchange, read_json, sha256_of, sync, sync_tree, write_json

#: The list of a folder that was written as a whole.
LIST = ".files.json"

_NONE: Mapping[str, str] = MappingProxyType({})

_UNFINISHED = r"[0-9a-f]{32}"
_PART = (
    r"(cells-\d{5,}\.parquet|sums\.parquet|totals\.parquet|facts\.json|recipe\.json|masses\.parquet"
    r"|unit-\d{5,}\.(json|parquet|totals\.parquet))"
)
_KINDS = "(lake|zonal|inventories)"
_PARTITION = r"collection=[^/]+/year=\d+/[0-9a-f]{16}"

#: A file in the folder of one partition.
PART_FILE = re.compile(rf"{_PART}|\.{_PART}\.{_UNFINISHED}")

#: A file in the folder of all partitions of a kind, or of all that are pending.
PARTITION_FILE = re.compile(
    rf"({_KINDS}/)?{_PARTITION}/({PART_FILE.pattern})|ground-[0-9a-f]{{32}}(\.{_UNFINISHED})?"
)

#: Folders in which partitions lie.
PARTITION_FOLDER = re.compile(
    rf"{_KINDS}|({_KINDS}/)?collection=[^/]+(/year=\d+(/[0-9a-f]{{16}})?)?"
)

#: A table of weights, or one that a stopped run began to write.
WEIGHTS_FILE = re.compile(rf"\.?[0-9a-f]{{64}}\.(parquet|sha256)(\.partial|\.{_UNFINISHED})?")

#: The memory of hashes of inputs, while it is written.
UNFINISHED_HASHES = re.compile(rf"\.hashes\.json\.{_UNFINISHED}")


def sweep(
    root: Path,
    names: re.Pattern[str],
    *,
    folders: re.Pattern[str] | None = None,
    keep: Collection[Path] = (),
) -> None:
    """Delete the files under a folder that are ours by their names, and folders that are empty.

    Parameters
    ----------
    root : Path
        Folder; links in it are neither followed nor deleted.
    names, folders : re.Pattern
        Of whole paths below ``root``. Folders of such names go when nothing is left in them, and
        so does ``root``.
    keep : collection of Path
        Files, or folders with all that is in them, that stay.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("ab.tmp", "thesis.tmp", "a.txt"):
    ...         Path(folder, name).touch()
    ...     sweep(Path(folder), re.compile("[a-f]{2}.tmp"))
    ...     sorted(os.listdir(folder))
    ['a.txt', 'thesis.tmp']
    """
    kept = set(keep)
    for base, _, files in os.walk(root, topdown=False):
        here = Path(base)
        if not kept.isdisjoint((here, *here.parents)):
            continue
        for path in (here / name for name in files):
            is_ours = names.fullmatch(path.relative_to(root).as_posix()) and path not in kept
            if is_ours and _is_file(path):
                path.unlink(missing_ok=True)  # A worker given up for lost may be at work still.
        if here == root or (folders and folders.fullmatch(here.relative_to(root).as_posix())):
            with suppress(OSError):  # Something is left in it.
                here.rmdir()


@contextmanager
def replacing_folder(
    target: Path, maker: str, *, earlier: Mapping[str, str] = _NONE
) -> Iterator[Path]:
    """Write a folder whole or not at all, in the place of one that the same command wrote.

    Parameters
    ----------
    target : Path
        The folder.
    maker : str
        What writes it, such as ``export``: part of its list.
    earlier : mapping of str to str
        Files by name, with their hashes, of a folder that was written before there were lists.

    Yields
    ------
    Path
        A folder beside it, to be filled. It gets a list of its files and takes the target's
        place at the end.

    Raises
    ------
    InputError
        If the target holds anything that ``maker`` did not write, or that was changed since.
        It stays as it was.
    """
    require_own(target, maker, earlier)
    target.parent.mkdir(parents=True, exist_ok=True)
    with work_folder(target) as work:
        following, previous = work / "following", work / "previous"
        following.mkdir()
        yield following
        _write_list(following, maker)
        sync_tree(following)
        require_own(target, maker, earlier)  # It took a while.
        if not target.exists():
            following.rename(target)
        elif not exchange(following, target):
            target.rename(previous)
            try:
                following.rename(target)
            except BaseException:
                previous.rename(target)
                raise
        sync(target.parent)


@contextmanager
def work_folder(target: Path) -> Iterator[Path]:
    """Make a folder for what is unfinished, beside what it will be; it is gone afterwards.

    First those that killed commands left there are deleted.

    Parameters
    ----------
    target : Path
        What is to be written; its folder is there.

    Yields
    ------
    Path
        The folder, ``.NAME-`` and 32 hexadecimal digits.
    """
    remove_unfinished(target)
    folder, lock = _own_work_folder(target)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def remove_unfinished(target: Path) -> None:
    """Delete the work folders that killed commands left beside what they were to write.

    A command at work holds a lock on its own, which ends with the process, however it ends.
    """
    name = re.compile(rf"\.{re.escape(target.name)}-{_UNFINISHED}")
    left = target.parent.iterdir() if target.parent.is_dir() else ()
    for folder in left:
        if name.fullmatch(folder.name) and folder.is_dir() and not folder.is_symlink():
            lock = _lock(folder, wait=False)
            if lock is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(lock)


def _own_work_folder(target: Path) -> tuple[Path, int]:
    while True:
        folder = target.with_name(f".{target.name}-{uuid4().hex}")
        folder.mkdir()
        lock = _lock(folder, wait=True)
        if lock is None:
            continue
        if folder.exists():
            return folder, lock
        os.close(lock)  # Another command swept it before it was held.


def _lock(folder: Path, *, wait: bool) -> int | None:
    """Lock a folder; None if it is gone, or held by another process and one does not wait.

    On a file system without locks nothing is swept.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:
        if not wait:
            os.close(descriptor)
            return None
    return descriptor


def require_own(target: Path, maker: str, earlier: Mapping[str, str] = _NONE) -> None:
    """Refuse to replace a folder that holds what its maker did not write, or wrote otherwise.

    Raises
    ------
    InputError
        Naming the first such entry.
    """
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        what = "is a link" if target.is_symlink() else "is not a folder"
        raise InputError(what, where=str(target), fix=f"name a folder for the {maker}")
    if not target.exists():
        return
    listed = _listed(target, maker) or earlier
    for path in sorted(target.rglob("*")):
        name = path.relative_to(target).as_posix()
        if name == LIST and listed:
            continue
        if path.is_dir() and not path.is_symlink():
            if any(other.startswith(f"{name}/") for other in listed):
                continue
            what = f"holds a folder that no {maker} made: {name}"
        elif name not in listed or not _is_file(path):
            what = f"holds what no {maker} wrote: {name}"
        elif sha256_of(path) != listed[name]:
            what = f"holds a file that was changed since the {maker} was written: {name}"
        else:
            continue
        raise InputError(
            what,
            where=str(target),
            fix="move it away; only what the project wrote is ever replaced",
        )


def _write_list(folder: Path, maker: str) -> None:
    files = {
        path.relative_to(folder).as_posix(): sha256_of(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    write_json({"made_by": f"carbon {maker}", "files": files}, folder / LIST)


def _listed(folder: Path, maker: str) -> Mapping[str, str]:
    """Read a folder's list; empty if it has none, or another's."""
    content = read_json(folder / LIST) or {}
    files = content.get("files")
    if content.get("made_by") != f"carbon {maker}" or not isinstance(files, dict):
        return {}
    return files


class Written:
    """The record of single files that a command wrote wherever it was told to.

    Parameters
    ----------
    folder : Path
        Of the record, which holds a small file for each. Without it, as after ``make clean``,
        nothing is known to be ours.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, path: Path) -> None:
        """Put a file on record; a folder that cannot be written keeps no record."""
        entry = {"path": str(path.absolute()), "sha256": sha256_of(path)}
        with suppress(OSError):
            write_json(entry, self._place(path))

    def holds(self, path: Path) -> bool:
        """Tell whether a file is on record and still what was written."""
        entry = read_json(self._place(path)) or {}
        return entry.get("path") == str(path.absolute()) and entry.get("sha256") == sha256_of(path)

    def _place(self, path: Path) -> Path:
        name = hashlib.sha256(os.fsencode(path.absolute())).hexdigest()
        return self._folder / f"{name}.json"


def require_replaceable(
    output: Path, written: Written, never: Mapping[str, Collection[Path]], *, force: bool
) -> None:
    """Refuse to write over anything but a file that the same command wrote.

    Parameters
    ----------
    output : Path
        File to be written.
    written : Written
        The record of earlier ones.
    never : mapping
        Files that are not replaced even with ``force``, by what they are.
    force : bool
        Whether any other regular file may be replaced.

    Raises
    ------
    InputError
        If the output is a link, a device or a folder, one of ``never``, or somebody's file.
    """
    try:
        mode = output.lstat().st_mode
    except FileNotFoundError:
        return
    another = "choose another name"
    if not stat.S_ISREG(mode):
        kind = "a link" if stat.S_ISLNK(mode) else "a folder" if stat.S_ISDIR(mode) else "a device"
        raise InputError(f"is {kind}, not a file", where=str(output), fix=another)
    for what, files in never.items():
        if any(file.exists() and file.samefile(output) for file in files):
            raise InputError(f"is {what}", where=str(output), fix=another)
    if not force and not written.holds(output):
        raise InputError(
            "is there already, and is no earlier answer as it was written",
            where=str(output),
            fix=f"{another}, or replace it with --force",
        )


def _is_file(path: Path) -> bool:
    """Tell whether a path is a file itself: no link, pipe or device."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False
