"""``carbon diff``: which figures of two published files differ, by how much, and why."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from carbon.export.schema import literal
from carbon.published import require_published
from workspace.errors import InputError

_TABLES = """
select table_name from duckdb_tables() where database_name = ? and schema_name = 'marts'
order by table_name
"""
_COLUMNS = """
select column_name, data_type from duckdb_columns()
where database_name = ? and schema_name = 'marts' and table_name = ? order by column_index
"""
_KEY = """
select column_name from {}.meta.keys
where table_name = ? and key_type = 'primary' order by key_index
"""
_NUMBERS = ("DOUBLE", "FLOAT", "BIGINT", "INTEGER", "SMALLINT", "DECIMAL")


@dataclass(frozen=True)
class Change:
    """A figure that differs: the row's key, the column, both values and their difference."""

    key: dict[str, Any]
    column: str
    old: Any
    new: Any
    difference: float | None


@dataclass(frozen=True)
class ColumnChange:
    """A column of which figures differ: how many, and the largest difference, also relative."""

    column: str
    rows: int
    largest: float | None
    largest_ratio: float | None


@dataclass(frozen=True)
class TableChange:
    """A mart that differs.

    Attributes
    ----------
    table : str
        Its name.
    state : str
        ``added``, ``removed``, ``keyed otherwise`` or ``changed``.
    added, removed, changed : int
        Rows that only the new or the old file has, and rows with a figure that differs.
    columns : list of ColumnChange
        Of which figures differ, the most rows first.
    new_columns, old_columns : list of str
        That only one of the files has.
    changes : list of Change
        The largest differences.
    """

    table: str
    state: str
    added: int = 0
    removed: int = 0
    changed: int = 0
    columns: list[ColumnChange] = field(default_factory=list)
    new_columns: list[str] = field(default_factory=list)
    old_columns: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


@dataclass(frozen=True)
class Cause:
    """What may be the reason: its kind (var, seed, source file, code, version), name and values."""

    kind: str
    name: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Difference:
    """Two published files, the marts that differ, those that do not, and what may be the reason."""

    old: dict[str, str]
    new: dict[str, str]
    tables: list[TableChange]
    same: list[str]
    causes: list[Cause]


def compare(old: Path, new: Path, *, tolerance: float = 0.0, rows: int = 10) -> Difference:
    """Compare the marts of two published files.

    Parameters
    ----------
    old, new : Path
        Two published files; they are opened read-only.
    tolerance : float
        Relative difference of two numbers that counts as none.
    rows : int
        Largest differences to list of each mart; 0 for all.

    Returns
    -------
    Difference
        What differs, and what of the two builds does.

    Raises
    ------
    InputError
        If a file is missing, is the other one, or is no published file of this version.
    """
    for path in (old, new):
        require_published(path)
    if old.resolve() == new.resolve():
        raise InputError(
            "is compared with itself", where=str(old), fix="keep a copy before you build anew"
        )
    with duckdb.connect() as connection:
        for name, path in (("old", old), ("new", new)):
            _attach(connection, path, name)
        names = {side: _names(connection, side) for side in ("old", "new")}
        tables, same = [], []
        for table in sorted(names["old"] | names["new"]):
            found = _table_change(connection, table, names, tolerance, rows)
            if found is None:
                same.append(table)
            else:
                tables.append(found)
        return Difference(
            old=_build(connection, "old", old),
            new=_build(connection, "new", new),
            tables=tables,
            same=same,
            causes=list(_causes(connection)),
        )


def difference_json(found: Difference) -> str:
    """Write a difference as JSON."""
    return json.dumps(asdict(found), ensure_ascii=False, indent=2, default=str)


def difference_text(found: Difference) -> str:
    """Write a difference for a terminal."""
    return "\n".join(_lines(found))


def difference_page(found: Difference) -> str:
    """Write a difference as a page that needs nothing else."""
    parts = [
        f"<h1>What changed</h1><p>{_escaped(_span(found))}</p>",
        _html_table("Why", ("kind", "name", "before", "after"), map(_cause_row, found.causes)),
        _html_table(
            "Marts", ("mart", "", "added", "removed", "changed"), map(_table_row, found.tables)
        ),
    ]
    for table in found.tables:
        parts.append(f"<h2>{_escaped(table.table)}</h2>")
        if table.columns:
            rows = [
                (c.column, c.rows, _size(c.largest), _share(c.largest_ratio)) for c in table.columns
            ]
            parts.append(_html_table("", ("column", "rows", "largest", "relative"), rows))
        if table.changes:
            changes = [
                (_key_text(c.key), c.column, c.old, c.new, _size(c.difference))
                for c in table.changes
            ]
            parts.append(_html_table("", ("row", "column", "before", "after", "change"), changes))
    same = ", ".join(found.same) or "none"
    parts.append(f"<h2>Marts without a difference</h2><p>{_escaped(same)}</p>")
    return _PAGE.replace("BODY", "\n".join(parts))


_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>What changed</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;margin:1rem 0}td,th{border-bottom:1px solid #ccc;padding:.2rem .7rem;
text-align:left;vertical-align:top}@media(prefers-color-scheme:dark){body{background:#111;color:#eee}}
</style>
<body>
BODY
</body></html>
"""


def _attach(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> None:
    try:
        connection.execute(f"attach {literal(str(path))} as {name} (read_only)")
        connection.execute(f"select 1 from {name}.meta.keys, {name}.meta.build limit 1")
    except duckdb.Error as error:
        raise InputError(
            f"is no published file ({str(error).splitlines()[0]})",
            where=str(path),
            fix="name a file that carbon build published",
        ) from None


def _names(connection: duckdb.DuckDBPyConnection, side: str) -> set[str]:
    return {name for (name,) in connection.execute(_TABLES, [side]).fetchall()}


def _table_change(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    names: Mapping[str, set[str]],
    tolerance: float,
    rows: int,
) -> TableChange | None:
    """Compare one mart; None if it is the same in both files."""
    for side, other in (("new", "old"), ("old", "new")):
        if table not in names[other]:
            (count,) = connection.execute(
                f'select count(*) from {side}.marts."{table}"'
            ).fetchall()[0]
            if side == "new":
                return TableChange(table, "added", added=count)
            return TableChange(table, "removed", removed=count)
    columns = {side: dict(connection.execute(_COLUMNS, [side, table]).fetchall()) for side in names}
    keys = {side: _key(connection, side, table) for side in names}
    extra = {
        "new_columns": [name for name in columns["new"] if name not in columns["old"]],
        "old_columns": [name for name in columns["old"] if name not in columns["new"]],
    }
    if keys["old"] != keys["new"] or not keys["new"]:
        return TableChange(
            table,
            "keyed otherwise",
            new_columns=extra["new_columns"],
            old_columns=extra["old_columns"],
        )
    common = {
        name: kind
        for name, kind in columns["new"].items()
        if name in columns["old"] and name not in keys["new"]
    }
    found = _Joined(connection, table, keys["new"], common, tolerance).change(rows, extra)
    is_same = not (found.added or found.removed or found.changed or any(extra.values()))
    return None if is_same else found


def _key(connection: duckdb.DuckDBPyConnection, side: str, table: str) -> list[str]:
    return [name for (name,) in connection.execute(_KEY.format(side), [table]).fetchall()]


class _Joined:
    """The rows of a mart of both files, side by side."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        table: str,
        key: list[str],
        columns: Mapping[str, str],
        tolerance: float,
    ) -> None:
        self._connection = connection
        self._table = table
        self._key = key
        self._columns = columns
        self._tolerance = tolerance
        on = " and ".join(f'o."{name}" is not distinct from n."{name}"' for name in key)
        self._join = (
            f'(select *, true as _is_here from old.marts."{table}") as o'
            f' full join (select *, true as _is_here from new.marts."{table}") as n on {on}'
        )

    def change(self, rows: int, extra: Mapping[str, list[str]]) -> TableChange:
        """Count what differs, and list the largest differences."""
        both = "o._is_here and n._is_here"
        any_differs = " or ".join(map(self._differs, self._columns)) or "false"
        asked = [
            "count(*) filter (where o._is_here is null)",
            "count(*) filter (where n._is_here is null)",
            f"count(*) filter (where {both} and ({any_differs}))",
        ]
        for name in self._columns:
            asked.append(f"count(*) filter (where {both} and {self._differs(name)})")
            asked += [
                f"max({size}) filter (where {both} and {self._differs(name)})"
                for size in (f"abs({self._step(name)})", self._ratio(name))
            ]
        (answer,) = self._connection.execute(
            f"select {', '.join(asked)} from {self._join}"
        ).fetchall()
        columns = [
            ColumnChange(name, *answer[3 + 3 * place : 6 + 3 * place])
            for place, name in enumerate(self._columns)
            if answer[3 + 3 * place]
        ]
        columns.sort(key=lambda column: -column.rows)
        changes = [change for column in columns for change in self._largest(column.column, rows)]
        changes.sort(key=lambda change: -abs(change.difference or 0.0))
        return TableChange(
            self._table,
            "changed",
            added=answer[0],
            removed=answer[1],
            changed=answer[2],
            columns=columns,
            new_columns=extra["new_columns"],
            old_columns=extra["old_columns"],
            changes=changes[:rows] if rows else changes,
        )

    def _largest(self, name: str, rows: int) -> Iterator[Change]:
        keys = ", ".join(f'n."{key}"' for key in self._key)
        limit = f"limit {rows}" if rows else ""
        answer = self._connection.execute(
            f'select {keys}, o."{name}", n."{name}", {self._step(name)} as step from {self._join}'
            f" where o._is_here and n._is_here and {self._differs(name)}"
            f" order by abs(step) desc nulls last, {keys} {limit}"
        ).fetchall()
        for row in answer:
            key = dict(zip(self._key, row, strict=False))
            yield Change(key, name, *row[len(self._key) :])

    def _is_number(self, name: str) -> bool:
        return self._columns[name].startswith(_NUMBERS) and "[" not in self._columns[name]

    def _differs(self, name: str) -> str:
        distinct = f'(o."{name}" is distinct from n."{name}")'
        if not self._is_number(name) or not self._tolerance:
            return distinct
        scale = f'greatest(abs(o."{name}"), abs(n."{name}"))'
        near = f"coalesce(abs({self._step(name)}) <= {self._tolerance!r} * {scale}, false)"
        return f"({distinct} and not {near})"

    def _step(self, name: str) -> str:
        if not self._is_number(name):
            return "null::double"
        return f'(n."{name}"::double - o."{name}"::double)'

    def _ratio(self, name: str) -> str:
        if not self._is_number(name):
            return "null::double"
        return f'abs({self._step(name)}) / nullif(abs(o."{name}"::double), 0)'


def _build(connection: duckdb.DuckDBPyConnection, side: str, path: Path) -> dict[str, str]:
    row = connection.execute(
        f"select built_at, project_version, git_commit, title from {side}.meta.build"
    ).fetchall()[0]
    names = ("built_at", "project_version", "git_commit", "title")
    return {"file": path.name} | {name: str(value) for name, value in zip(names, row, strict=True)}


def _causes(connection: duckdb.DuckDBPyConnection) -> Iterator[Cause]:
    """Compare what the two builds say that they rest on."""
    sides = []
    for side in ("old", "new"):
        row = connection.execute(
            "select vars_json, dbt_version, duckdb_version, software, catalogue_sha256, grid_crs,"
            f" grid_resolution from {side}.meta.build"
        ).fetchall()[0]
        facts = {("var", name): json.dumps(value) for name, value in json.loads(row[0]).items()}
        names = ("dbt", "DuckDB", "ingestion", "catalogue", "grid CRS", "grid resolution")
        facts |= {("version", name): str(value) for name, value in zip(names, row[1:], strict=True)}
        for path, sha256 in connection.execute(f"from {side}.meta.project_files").fetchall():
            facts["seed" if path.startswith("seeds/") else "code", path] = sha256[:12]
        files = connection.execute(f"select role, path, sha256 from {side}.meta.source_files")
        for role, path, sha256 in files.fetchall():
            facts["source file", f"{role}: {path}"] = sha256[:12]
        sides.append(facts)
    old, new = sides
    order = {kind: place for place, kind in enumerate(("source file", "var", "seed", "code"))}
    for kind, name in sorted({*old, *new}, key=lambda fact: (order.get(fact[0], 9), fact[1])):
        before, after = old.get((kind, name)), new.get((kind, name))
        if before != after:
            yield Cause(kind, name, before, after)


def _span(found: Difference) -> str:
    sides = (found.old, found.new)
    return " -> ".join(f"{side['file']}, built {side['built_at']} UTC" for side in sides)


def _lines(found: Difference) -> Iterator[str]:
    yield _span(found)
    yield ""
    for cause in found.causes:
        yield f"{cause.kind:<12} {cause.name}: {cause.old or 'none'} -> {cause.new or 'none'}"
    if not found.causes:
        yield "nothing that the builds rest on differs"
    for table in found.tables:
        yield ""
        yield (
            f"{table.table}: {table.state}; {table.added:,} rows added, {table.removed:,} removed,"
            f" {table.changed:,} changed"
        )
        for name, kind in [(n, "new") for n in table.new_columns] + [
            (n, "gone") for n in table.old_columns
        ]:
            yield f"  column {name} is {kind}"
        for column in table.columns:
            yield (
                f"  {column.column}: {column.rows:,} rows, by up to {_size(column.largest)}"
                f" ({_share(column.largest_ratio)})"
            )
        for change in table.changes:
            yield f"    {_key_text(change.key)} {change.column}: {change.old} -> {change.new}"
    yield ""
    yield f"{len(found.same)} marts are the same"


def _key_text(key: Mapping[str, Any]) -> str:
    return ", ".join(str(value) for value in key.values())


def _size(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2%}"


def _cause_row(cause: Cause) -> tuple[object, ...]:
    return cause.kind, cause.name, cause.old, cause.new


def _table_row(table: TableChange) -> tuple[object, ...]:
    return table.table, table.state, table.added, table.removed, table.changed


def _html_table(title: str, header: tuple[str, ...], rows: Any) -> str:
    head = "".join(f"<th>{_escaped(name)}</th>" for name in header)
    body = "".join(
        "<tr>" + "".join(f"<td>{_escaped('' if v is None else v)}</td>" for v in row) + "</tr>"
        for row in rows
    )
    heading = f"<h2>{_escaped(title)}</h2>" if title else ""
    return f"{heading}<table><tr>{head}</tr>{body}</table>"


def _escaped(value: object) -> str:
    return html.escape(str(value))
