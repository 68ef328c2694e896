"""What formats share: the request for one file, and plain reading.

Every file becomes an Ibis table of text columns with the row each value stands in. Casting, units
and checks happen once for all formats, in `ingest.tables.checking`, so that an error can quote the
cell exactly as it is written.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb
import ibis
import openpyxl
import pyarrow as pa

from ingest.tables.kinds import SOURCE_ROW, TableKind
from workspace.errors import InputError

#: Endings of files that have sheets.
WORKBOOKS = (".xlsx", ".xlsm")


@dataclass(frozen=True)
class TableRequest:
    """One statistics file to read.

    Attributes
    ----------
    kind : str
        A table kind, such as ``emissions``.
    path : str or Path
        A local file.
    format : str
        A published layout, such as ``chen2020``.
    source : str
        The source card's id, stored as ``source_id``.
    unit : str, optional
        Unit of the measured column.
    sheet : str, optional
        Sheet of a workbook; the first one if left out.
    columns : mapping
        Canonical column name to the header it has in this file.
    """

    kind: str
    path: str | Path
    format: str
    source: str
    unit: str | None = None
    sheet: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """The file and sheet, for errors."""
        return f"{self.path} [{self.sheet}]" if self.sheet else str(self.path)


@dataclass(frozen=True)
class Adapted:
    """A file in the columns of its table kind, still as text.

    Attributes
    ----------
    table : ibis.Table
        Text columns named as in the kind, with ``source_row`` and, for wide layouts,
        ``source_column``.
    headers : mapping
        Canonical name to the header it was read from.
    units : mapping
        Canonical name to the unit that the layout or the header fixes.
    notes : tuple of str
        What a careful reader of the file should know.
    """

    table: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Format:
    """One published layout.

    Attributes
    ----------
    name : str
        What a catalogue calls it.
    kind : str
        The table kind it fills.
    suffixes : tuple of str
        File endings it is published in.
    layout : str
        One line that describes the layout.
    adapt : callable
        ``(request, kind) -> Adapted``.
    reads_all_sheets : bool
        Whether a workbook's sheets are all read, not one of them.
    """

    name: str
    kind: str
    suffixes: tuple[str, ...]
    layout: str
    adapt: Callable[[TableRequest, TableKind], Adapted]
    reads_all_sheets: bool = False


@dataclass(frozen=True)
class Sheet:
    """A rectangular file: text columns under one header row.

    Attributes
    ----------
    table : ibis.Table
        Text columns and ``source_row``.
    headers : tuple of str
        In the order of the file; a repeated header gets ``(2)``, ``(3)`` behind it.
    repeated : frozenset of str
        Headers that stand more than once, in lower case.
    """

    table: Any
    headers: tuple[str, ...]
    repeated: frozenset[str] = frozenset()


def read_sheet(request: TableRequest) -> Sheet:
    """Read a file whose first row is the header.

    Parameters
    ----------
    request : TableRequest
        CSV, TSV, Parquet or XLSX, by the ending of its path.

    Returns
    -------
    Sheet
        Blank rows are left out; ``source_row`` still counts them in workbooks.

    Raises
    ------
    InputError
        If the file is absent, unreadable, of another type, or has no such sheet.
    """
    path = local_file(request)
    if path.suffix.lower() in WORKBOOKS:
        return sheet_from_rows(read_workbook(request), request)
    if path.suffix.lower() == ".parquet":
        return _through_duckdb(request, "read_parquet")
    delimiter, header = _header(path, request)
    sheet = _through_duckdb(
        request, "read_csv", all_varchar=True, header=True, skip=0, delim=delimiter
    )
    return replace(sheet, repeated=_repeated(header))


def read_rows(request: TableRequest) -> list[tuple[int, list[str | None]]]:
    """Read a file whose layout is not rectangular: metadata above, footnotes below.

    Returns
    -------
    list of (int, list)
        Row number from 1 and the cells as text; blank cells are None.

    Raises
    ------
    InputError
        If the file is absent or unreadable.
    """
    path = local_file(request)
    if path.suffix.lower() in WORKBOOKS:
        return read_workbook(request)
    # Statistics offices export in UTF-8 with a mark or in the Chinese national encoding.
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise InputError(
            "the text is neither UTF-8 nor GB 18030", where=request.where, fix="save it as UTF-8"
        )
    reader = csv.reader(io.StringIO(text, newline=""))
    rows = []
    try:
        for cells in reader:
            rows.append((reader.line_num, [cell.strip() or None for cell in cells]))
    except csv.Error as error:
        raise InputError(
            f"line {reader.line_num} is not CSV ({error})", where=request.where
        ) from None
    return rows


def read_workbook(request: TableRequest) -> list[tuple[int, list[str | None]]]:
    """Read one sheet of a workbook as text, the first if none is named.

    Whole numbers stay without a decimal point (``110000``), other numbers keep all their digits.
    """
    with _Workbook(request) as book:
        return book.rows(request.sheet)


def sheets_left_out(request: TableRequest) -> str | None:
    """Say which sheets of a workbook are not read because none is named; None if there is none."""
    if request.sheet is not None or Path(request.path).suffix.lower() not in WORKBOOKS:
        return None
    with _Workbook(request) as book:
        first, *others = book.names
    if not others:
        return None
    shown = ", ".join(map(repr, others[:5])) + (", ..." if len(others) > 5 else "")
    return f"{request.path}: read the sheet {first!r}, and not {shown}"


def workbook_sheets(request: TableRequest) -> dict[str, list[tuple[int, list[str | None]]]]:
    """Read every sheet of a workbook as text, by name."""
    with _Workbook(request) as book:
        return {name: book.rows(name) for name in book.names}


def sheet_from_rows(
    rows: Sequence[tuple[int, Sequence[str | None]]], request: TableRequest
) -> Sheet:
    """Make a sheet of rows of which the first is the header."""
    filled = [(number, cells) for number, cells in rows if any(cells)]
    if not filled:
        raise InputError("the table is empty", where=request.where, fix="name another sheet")
    width = max(len(cells) for _, cells in filled)
    header = [*filled[0][1], *[None] * (width - len(filled[0][1]))]
    used = [
        index
        for index in range(width)
        if header[index] or any(len(cells) > index and cells[index] for _, cells in filled)
    ]
    stated = [header[index] or f"column {index + 1}" for index in used]
    names = _distinct(stated)
    data = {
        name: [cells[index] if index < len(cells) else None for _, cells in filled[1:]]
        for name, index in zip(names, used, strict=True)
    }
    sheet = _sheet(data, [number for number, _ in filled[1:]])
    return replace(sheet, repeated=_repeated(stated))


def text_table(data: Mapping[str, Sequence[str | None]], rows: Sequence[int]) -> Any:
    """Make an Ibis table of text columns and the row of each value."""
    columns = {name: pa.array(values, pa.string()) for name, values in data.items()}
    return ibis.memtable(pa.table(columns | {SOURCE_ROW: pa.array(rows, pa.int64())}))


def local_file(request: TableRequest) -> Path:
    """Check that the requested file is there and can be opened.

    Raises
    ------
    InputError
        If it is absent, a folder, or not readable.
    """
    path = Path(request.path)
    try:
        with path.open("rb"):
            return path
    except FileNotFoundError:
        raise InputError(
            "the file does not exist",
            where=request.where,
            fix=f"correct tables.{request.kind}.path",
        ) from None
    except OSError as error:
        raise InputError(
            f"the file cannot be opened ({error.strerror})", where=request.where
        ) from None


def select_columns(
    sheet: Sheet, request: TableRequest, kind: TableKind, keep: Sequence[str] = ()
) -> Adapted:
    """Rename the columns of a sheet to those of its kind, by declaration or by header.

    Parameters
    ----------
    sheet : Sheet
        As read.
    request : TableRequest
        ``columns`` goes before everything else.
    kind : TableKind
        Its names and aliases; headers are compared without case.
    keep : sequence of str
        Further headers to keep as they are.

    Returns
    -------
    Adapted
        Only the columns found.

    Raises
    ------
    InputError
        If ``columns`` names what is not there, or two headers could be the same column.
    """
    known = [column.name for column in kind.columns if column.name != "source_id"]
    plain = {header.strip().lower(): header for header in reversed(sheet.headers)}
    headers: dict[str, str] = {}
    units: dict[str, str] = {}
    for name, header in request.columns.items():
        if name not in known:
            raise InputError(
                f"columns names {name!r}, which is not a column of {kind.name}",
                where=request.where,
                fix=f"known: {', '.join(known)}",
            )
        if header not in sheet.headers:
            raise InputError(
                f"there is no column {header!r}", where=request.where, fix=found(sheet, header)
            )
        headers[name] = header
    taken = set(headers.values())
    for column in kind.columns:
        if column.name in headers or column.name == "source_id":
            continue
        if plain.get(column.name) not in (None, *taken):
            headers[column.name] = plain[column.name]
            continue
        candidates = [
            (plain[alias], unit)
            for alias, unit in column.aliases.items()
            if alias in plain and plain[alias] not in taken
        ]
        if len(candidates) > 1:
            raise InputError(
                f"{candidates[0][0]!r} and {candidates[1][0]!r} could both be {column.name}",
                where=request.where,
                fix=f"say which under columns: {{{column.name}: ...}}",
            )
        for header, unit in candidates:
            headers[column.name] = header
            if unit:
                units[column.name] = unit
    for header in headers.values():
        if header.strip().lower() in sheet.repeated:
            raise InputError(
                f"two columns are called {header!r}",
                where=request.where,
                fix="remove one of them, or give it another header",
            )
    table = sheet.table.select(
        SOURCE_ROW,
        *keep,
        **{name: sheet.table[header] for name, header in headers.items()},
    )
    return Adapted(table=table, headers=headers, units=units)


def found(sheet: Sheet, wanted: str) -> str:
    """Say which headers there are, the closest first."""
    close = difflib.get_close_matches(wanted, sheet.headers, n=1)
    listed = ", ".join(sheet.headers[:12]) + (", ..." if len(sheet.headers) > 12 else "")
    return (f"did you mean {close[0]!r}? " if close else "") + f"the file has: {listed}"


#: Bytes of a part of a workbook that are accepted however well they are packed, and how many
#: times its packed size a larger one may be. Sheets of numbers are packed ten to thirty times.
_PLAIN_SIZE, _MOST_PACKED = 32 << 20, 100


def _refuse_bomb(path: Path, request: TableRequest) -> None:
    """Refuse a workbook with a part that is packed as no table is: it would fill the memory."""
    try:
        with zipfile.ZipFile(path) as parts:
            for part in parts.infolist():
                if part.file_size > max(_PLAIN_SIZE, _MOST_PACKED * part.compress_size):
                    raise InputError(
                        f"its part {part.filename} holds {part.file_size >> 20} MB in "
                        f"{part.compress_size >> 10} kB, as no table does",
                        where=request.where,
                        fix="save the table alone as a new workbook or CSV",
                    )
    except (zipfile.BadZipFile, OSError, ValueError):
        return  # which openpyxl says better


class _Workbook:
    """An open XLSX file."""

    def __init__(self, request: TableRequest) -> None:
        self._request = request
        path = local_file(request)
        _refuse_bomb(path, request)
        try:
            self._book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        # openpyxl lets many kinds of error through, one for each way a file can be broken.
        except Exception as error:
            raise InputError(
                f"not a readable XLSX workbook ({type(error).__name__}: {error})",
                where=request.where,
                fix="save it again as .xlsx",
            ) from None

    def __enter__(self) -> _Workbook:
        return self

    def __exit__(self, *_: object) -> None:
        self._book.close()

    @property
    def names(self) -> list[str]:
        return [sheet.title for sheet in self._book.worksheets]

    def rows(self, name: str | None) -> list[tuple[int, list[str | None]]]:
        if name is not None and name not in self.names:
            raise InputError(
                f"there is no sheet {name!r}",
                where=str(self._request.path),
                fix=f"its sheets: {', '.join(self.names)}",
            )
        sheet = self._book.worksheets[self.names.index(name) if name else 0]
        # Some writers record a wrong extent, and reading would stop at it.
        sheet.reset_dimensions()
        try:
            return [
                (number, [_as_text(value) for value in cells])
                for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1)
            ]
        except Exception as error:
            raise InputError(
                f"the sheet {sheet.title!r} cannot be read ({type(error).__name__}: {error})",
                where=str(self._request.path),
                fix="save it again as .xlsx",
            ) from None


def _as_text(value: Any) -> str | None:
    """Write a cell as text that reads back as the same value."""
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return (repr(value) if isinstance(value, float) else str(value)).strip() or None


def _through_duckdb(request: TableRequest, reader: str, **options: Any) -> Sheet:
    """Read a CSV or Parquet file with Ibis on DuckDB, every column as text."""
    backend = ibis.duckdb.connect()
    # Brackets keep DuckDB from expanding a * in a file's name to its neighbours.
    pattern = re.sub(r"([*?\[])", r"[\1]", str(request.path))
    try:
        table = getattr(backend, reader)(pattern, **options)
        arrow = table.select(
            **{name: table[name].cast("string") for name in table.columns}
        ).to_pyarrow()
    except (duckdb.Error, ibis.common.exceptions.IbisError, ValueError) as error:
        raise InputError(
            f"not a readable {Path(request.path).suffix.lstrip('.').upper() or 'CSV'} file "
            f"({_first_line(error)})",
            where=request.where,
            fix="check that every row has as many cells as the header, in UTF-8",
        ) from None
    finally:
        backend.disconnect()
    first = 1 if reader == "read_parquet" else 2
    data = {name: arrow[name].to_pylist() for name in arrow.column_names}
    return _sheet(data, range(first, first + arrow.num_rows))


def _sheet(data: Mapping[str, Sequence[str | None]], rows: Sequence[int]) -> Sheet:
    headers = tuple(name for name in data if name != SOURCE_ROW)
    return Sheet(table=text_table({name: data[name] for name in headers}, rows), headers=headers)


def _repeated(headers: Sequence[str]) -> frozenset[str]:
    """Find headers that stand more than once, whatever their case."""
    counted = Counter(header.strip().lower() for header in headers)
    return frozenset(header for header, count in counted.items() if count > 1)


def _header(path: Path, request: TableRequest) -> tuple[str, list[str]]:
    """Take the commonest separator of the header row, and what stands between them."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            header = file.readline()
    except UnicodeDecodeError:
        raise InputError(
            "the text is not UTF-8", where=request.where, fix="save it as CSV in UTF-8"
        ) from None
    if not header.strip():
        raise InputError(
            "the first row, which should hold the column names, is blank", where=request.where
        )
    delimiter = max(",;\t|", key=header.count)
    try:
        return delimiter, next(csv.reader([header], delimiter=delimiter))
    except csv.Error as error:
        raise InputError(
            f"the header is not CSV ({error})", where=request.where, fix="save it as CSV in UTF-8"
        ) from None


def _first_line(error: Exception) -> str:
    """Keep the sentence of a library's message that says what is wrong."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return re.sub(r"^[A-Za-z ]+Error: ", "", " ".join(lines[:2]))[:200]


def _distinct(names: Sequence[str]) -> list[str]:
    """Tell repeated headers apart by a number.

    Examples
    --------
    >>> _distinct(["code", "name", "name"])
    ['code', 'name', 'name (2)']
    """
    seen: dict[str, int] = {}
    distinct = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        distinct.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return distinct
