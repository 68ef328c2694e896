"""Which vector files are opened: those whose format can hold polygons and nothing that leads away.

GDAL decides by content which of its eighty drivers opens a file, and some of them fetch what a file
names from any host: services (WFS, OAPIF), schemas (GML), coordinate systems by link (GeoJSON). So
the content decides here too, before GDAL sees the file.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from workspace.errors import InputError

_HEAD = 4096
_ACCEPTED = "GeoPackage, shapefile, GeoJSON, FlatGeobuf, KML, file geodatabase, GeoParquet"

#: A GeoJSON's coordinate system by link.
_LINKED_CRS = re.compile(rb'"crs"\s*:\s*\{[^{}]*"type"\s*:\s*"(link|url)"', re.IGNORECASE)
#: What may come before the first element of an XML file.
_XML_PROLOGUE = re.compile(rb"\s*(<\?.*?\?>\s*|<!--.*?-->\s*)*", re.DOTALL)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def refuse_foreign(file: Path) -> None:
    """Refuse a vector file whose format is not on the list, or that leads elsewhere.

    Parameters
    ----------
    file : Path
        A file, a folder that is a file geodatabase, or a zip archive of a shapefile.

    Raises
    ------
    InputError
        Naming the formats that are read.
    """
    if file.is_dir():
        if not any(file.glob("*.gdbtable")):
            raise _not_listed(file)
    elif zipfile.is_zipfile(file):
        _refuse_foreign_members(file)
    else:
        _check(file, lambda: file.open("rb"))


def _refuse_foreign_members(archive: Path) -> None:
    try:
        with zipfile.ZipFile(archive) as members:
            for name in members.namelist():
                if Path(name).suffix.lower() not in _COMPANIONS:
                    _check(archive, lambda name=name: members.open(name))  # type: ignore[misc]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise InputError(
            f"cannot be read as an archive ({error})", where=str(archive), fix="unpack it"
        ) from None


#: Parts of a shapefile beside its geometries, and a folder's name.
_COMPANIONS = {"", ".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qpj", ".txt"}


def _check(file: Path, opened: Callable[[], IO[bytes]]) -> None:
    with opened() as stream:
        head = stream.read(_HEAD)
        if not _is_listed(head.removeprefix(_BYTE_ORDER_MARK), file.suffix.lower()):
            raise _not_listed(file)
        if not head.lstrip(_BYTE_ORDER_MARK + b" \t\r\n").startswith(b"{"):
            return
        if _LINKED_CRS.search(head + stream.read()):
            raise InputError(
                "its coordinate reference system is a link, which is not followed",
                where=str(file),
                fix="write the file anew with its CRS by name (ogr2ogr does)",
            )


def _is_listed(head: bytes, suffix: str) -> bool:
    return (
        head.startswith((b"fgb\x03", b"\x00\x00\x27\x0a"))
        or (head.startswith(b"SQLite format 3\0") and suffix in (".gpkg", ".zip"))
        or head.lstrip().startswith(b"{")
        or head[_prologue_of(head) :].startswith((b"<kml", b"<kml:kml"))
    )


def _prologue_of(head: bytes) -> int:
    match = _XML_PROLOGUE.match(head)
    return match.end() if match else 0


def _not_listed(file: Path) -> InputError:
    return InputError(
        "cannot be read as zones: it is in none of the formats that are opened",
        where=str(file),
        fix=f"convert it to one of: {_ACCEPTED}",
    )
