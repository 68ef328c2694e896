"""The published file, as the atlas reads it: through Ibis, read-only, one question at a time."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa

from carbon.published import connect_published
from workspace.errors import InputError

# Quantities that are one table of the catalogue; what the others rest on is in the file.
TABLE_QUANTITIES = {
    "energy": "energy_balances",
    "drivers": "drivers",
    "countries": "countries",
    "inventories": "inventories",
}
INPUT_NAMES = {
    "emissions": "emissions",
    "npp": "plant growth (NPP)",
    "temperature": "temperature",
    "precipitation": "precipitation",
    "evapotranspiration": "evapotranspiration",
    "lithology": "rock types",
    "energy_balances": "energy balances",
    "drivers": "national drivers",
    "countries": "country figures",
    "inventories": "emission inventories",
    "zones": "boundaries",
}


OLDER_FILE = "a column that the published file lacks: another version published it"
# Without these columns there is no atlas: other figures may say that their table is absent.
NEEDED_COLUMNS: dict[tuple[str, str], tuple[str, ...]] = {
    ("marts", "dim_cities"): ("city_id", "city_name", "city_name_zh", "province_id", "region_id"),
    ("marts", "fct_city_carbon_budgets"): ("city_id", "year", "cnc_tgco2", "in_study"),
    ("marts", "fct_national_carbon_budgets"): ("nation_id", "nation_name", "year", "cnc_tgco2"),
    ("marts", "dim_boundaries"): ("entity_level", "entity_id", "boundary_wkt"),
}


class AbsentTable(Exception):  # noqa: N818 - not an error: a page says it in a sentence
    """The published file cannot answer: a table is missing, empty, or lacks a column.

    Parameters
    ----------
    table : str
        Its name in schema ``marts``; empty if only a column of it is known to be missing.
    why : str
        The rest of the sentence that begins with the table's name.
    """

    def __init__(self, table: str, why: str) -> None:
        self.table = table
        self.why = why
        super().__init__(f"marts.{table} {why}")

    @property
    def sentence(self) -> str:
        """What a page says in place of the figure."""
        if not self.table:
            return f"This figure needs {self.why}."
        return f"This figure needs the table marts.{self.table}, which {self.why}."


@dataclass(frozen=True)
class Answer:
    """A query and what it returned.

    Attributes
    ----------
    sql : str
        What a reader can run on the published file to get the same rows.
    table : pyarrow.Table
        The rows.
    """

    sql: str
    table: pa.Table

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows as dictionaries."""
        return list(self.table.to_pylist())


class Published:
    """The published file, open for reading.

    Parameters
    ----------
    connection : ibis backend
        Connected read-only; use :func:`open_published`.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._tables = {
            (schema, name)
            for schema, name in connection.raw_sql(
                "select table_schema, table_name from information_schema.tables"
                " where table_catalog = current_database()"
            ).fetchall()
        }
        self._kept: dict[str, Answer] = {}
        self._empty: dict[tuple[str, str], bool] = {}

    def has(self, name: str, *columns: str, schema: str = "marts") -> bool:
        """Whether a table exists, has these columns and at least one row."""
        try:
            self.table(name, *columns, schema=schema)
        except AbsentTable:
            return False
        return True

    def table(self, name: str, *columns: str, schema: str = "marts") -> Any:
        """Return a table as an Ibis expression.

        Parameters
        ----------
        name, schema : str
            Which table.
        *columns : str
            Columns the question needs.

        Returns
        -------
        ibis.expr.types.Table

        Raises
        ------
        AbsentTable
            If it does not exist, lacks one of the columns or has no row.
        """
        if (schema, name) not in self._tables:
            raise AbsentTable(name, "is not in the published file")
        table = self._connection.table(name, database=schema)
        missing = [column for column in columns if column not in table.columns]
        if missing:
            raise AbsentTable(name, f"has no column {missing[0]}")
        if self._is_empty(schema, name):
            raise AbsentTable(name, "is empty in the published file")
        return table

    def _is_empty(self, schema: str, name: str) -> bool:
        key = (schema, name)
        if key not in self._empty:
            first = self._connection.table(name, database=schema).limit(1)
            self._empty[key] = first.count().to_pyarrow().as_py() == 0
        return self._empty[key]

    def check(self, where: str) -> None:
        """Make sure that the file is a published warehouse of a version that this atlas reads.

        Parameters
        ----------
        where : str
            The file, for the message.

        Raises
        ------
        InputError
            If a table or column is missing without which there is no atlas, or there is no city.
        """
        for (schema, name), columns in NEEDED_COLUMNS.items():
            try:
                self.table(name, *columns, schema=schema)
            except AbsentTable as gap:
                version = self.build.get("project_version")
                by = f"; it was published by version {version}" if version else ""
                raise InputError(
                    f"{schema}.{name} {gap.why}{by}",
                    where=where,
                    fix="run `carbon ingest` and `carbon build` with this version, then"
                    " `carbon atlas`",
                ) from gap

    def ask(self, question: Any) -> Answer:
        """Run an Ibis expression.

        Parameters
        ----------
        question : ibis.expr.types.Table
            What to ask.

        Returns
        -------
        Answer
            The rows and the SQL that gives them; asked once, then remembered.
        """
        sql = str(ibis.to_sql(question, dialect="duckdb"))
        if sql not in self._kept:
            self._kept[sql] = Answer(sql, question.to_pyarrow())
        return self._kept[sql]

    def first(self, question: Any) -> dict[str, Any]:
        """Return the first row of a question, or an empty dictionary."""
        rows = self.ask(question.limit(1)).rows
        return rows[0] if rows else {}

    @cached_property
    def build(self) -> dict[str, Any]:
        """The row of ``meta.build``."""
        if not self.has("build", schema="meta"):
            return {}
        return self.first(self.table("build", schema="meta"))

    @cached_property
    def variables(self) -> dict[str, Any]:
        """The choices (``vars``) the file was built with."""
        return dict(json.loads(self.build.get("vars_json") or "{}"))

    @cached_property
    def units(self) -> dict[str, str]:
        """Unit by column name, as far as every mart that has the column says the same."""
        if not self.has("columns", schema="meta"):
            return {}
        columns = self.table("columns", schema="meta")
        found: dict[str, set[str]] = {}
        for row in self.ask(
            columns.filter(columns.schema_name == "marts")
            .select("table_name", "column_name", "unit")
            .order_by("table_name", "column_name")
        ).rows:
            found.setdefault(row["column_name"], set()).add(row["unit"] or "")
        return {name: units.pop() for name, units in found.items() if len(units) == 1}

    @cached_property
    def source_files(self) -> list[dict[str, Any]]:
        """The rows of ``meta.source_files``; a path is cut to the file's own name."""
        if not self.has("source_files", schema="meta"):
            return []
        files = self.ask(self.table("source_files", schema="meta")).rows
        for file in files:
            file["path"] = str(file["path"] or "").replace("\\", "/").rsplit("/", 1)[-1]
        return files

    @cached_property
    def inputs(self) -> dict[str, set[str]]:
        """Layers and tables of the catalogue behind each quantity, from ``ref``.

        A file of an older version does not say: then every quantity rests on every input.
        """
        found = {quantity: {table} for quantity, table in TABLE_QUANTITIES.items()}
        if not self.has("ref_indicator_inputs", schema="ref"):
            return defaultdict(lambda: set(INPUT_NAMES), found)
        table = self.table("ref_indicator_inputs", schema="ref")
        for row in self.ask(table.select("indicator", "input").order_by("indicator", "input")).rows:
            found.setdefault(row["indicator"].lower(), set()).add(row["input"])
        return found

    def synthetic_inputs(
        self, quantities: Iterable[str], collections: Iterable[str] = ()
    ) -> list[str]:
        """Name the synthetic inputs that quantities rest on.

        Parameters
        ----------
        quantities : iterable of str
            Indicators in lower case, and keys of ``TABLE_QUANTITIES``.
        collections : iterable of str
            Collections the layers are taken from; the historical one if none is named.

        Returns
        -------
        list of str
            For a reader; empty if every input is declared to be real.
        """
        wanted = {role for quantity in quantities for role in self.inputs[quantity]}
        taken = set(collections) or {self.variables.get("historical_collection", "historical")}
        found = []
        for role, label in INPUT_NAMES.items():
            if role != "zones" and role not in wanted:
                continue
            for file in self.source_files:
                collection, _, layer = str(file["role"]).rpartition("/")
                own = layer == role and (not collection or collection in taken)
                if own and file["is_synthetic"]:
                    found.append(label)
                    break
        return found


@contextmanager
def older_files_have_gaps() -> Iterator[None]:
    """Turn a column that a table of another version lacks into :class:`AbsentTable`.

    Raises
    ------
    AbsentTable
        Where Ibis found no such column.
    """
    try:
        yield
    except ibis.common.exceptions.IbisTypeError as error:
        raise AbsentTable("", OLDER_FILE) from error
    except AttributeError as error:
        if not isinstance(error.obj, ibis.Table):
            raise
        raise AbsentTable("", OLDER_FILE) from error


@contextmanager
def open_published(path: Path) -> Iterator[Published]:
    """Open the published file for reading.

    Parameters
    ----------
    path : Path
        The DuckDB file.

    Yields
    ------
    Published
        Closed afterwards.

    Raises
    ------
    InputError
        If there is no such file, or it is not a published warehouse.
    """
    connection = ibis.duckdb.from_connection(connect_published(path))
    try:
        published = Published(connection)
        published.check(str(path))
        yield published
    finally:
        connection.disconnect()
