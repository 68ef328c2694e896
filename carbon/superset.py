"""``carbon bi``: a dashboard of the published file, as Superset imports it.

The bundle is the zip of YAML that ``superset import-dashboards`` reads: the database, a data set
for each table of schema ``bi`` with the labels, formats and metrics that ``meta.columns`` gives
them, eight charts and a dashboard. Identifiers depend on names alone, so that a second import
replaces the first.
"""

from __future__ import annotations

import re
import uuid
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import yaml

from carbon.published import connect_published
from workspace.errors import InputError

#: Read-only does not keep SQL from the server's other files; these two settings do.
URI_OPTIONS = "access_mode=read_only&enable_external_access=false&lock_configuration=true"
FOLDER = "carbon_budget_superset"
_NAMESPACE = uuid.UUID("2f5c3a52-6d0e-5b1f-9a43-0c1de7b4c0a2")
_VERSION = "1.0.0"
_COLUMNS = """
select columns.*, tables.comment as table_comment
from meta.columns as columns
inner join duckdb_tables() as tables using (schema_name, table_name)
where schema_name = 'bi' and tables.database_name = current_database()
order by table_name, column_index
"""
_TILE_ROWS, _TILE_COLUMNS = 50, 6


@dataclass(frozen=True)
class Chart:
    """A chart: its title, kind and table, and what Superset's form would hold of it."""

    title: str
    kind: str
    table: str
    form: Mapping[str, Any]

    @property
    def slug(self) -> str:
        """Its name in a path."""
        return re.sub(r"\W+", "_", self.title).strip("_")


def superset_bundle(published: Path, target: Path, seen_as: str | None = None) -> int:
    """Write the bundle.

    Parameters
    ----------
    published : Path
        The published file.
    target : Path
        The zip to write.
    seen_as : str, optional
        Path of the published file where Superset runs; as it is here by default.

    Returns
    -------
    int
        Number of charts.

    Raises
    ------
    InputError
        If nothing was published, or by a version that does not say how columns add up.
    """
    with connect_published(published) as connection:
        try:
            rows = _rows(connection, _COLUMNS)
            formulas = dict(
                connection.execute("select measure, formula from meta.formulas").fetchall()
            )
            last_year, title = connection.execute(
                "select (select max(year) from bi.carbon_budgets), title from meta.build"
            ).fetchall()[0]
        except duckdb.Error as error:
            raise InputError(
                f"does not say how its columns add up ({str(error).splitlines()[0]})",
                where=str(published),
                fix="an older version published it: run carbon build",
            ) from None
    tables: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        tables.setdefault(row["table_name"], []).append(row)
    charts = list(_charts(int(last_year)))
    files = dict(_files(tables, formulas, charts, str(title), seen_as or str(published.resolve())))
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in files.items():
            # A fixed time: the same file gives the same bundle.
            entry = zipfile.ZipInfo(f"{FOLDER}/{name}", date_time=(2000, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            bundle.writestr(entry, yaml.safe_dump(content, sort_keys=False, allow_unicode=True))
    return len(charts)


def metric_sql(column: Mapping[str, Any], formula: str | None = None) -> str | None:
    """Write the metric by which a column may be put together.

    Where rows of several levels, scenarios or years would be counted together, it is NULL.

    Parameters
    ----------
    column : mapping
        A row of ``meta.columns``.
    formula : str, optional
        Of a ratio of sums, from ``meta.formulas``.

    Returns
    -------
    str or None
        An SQL aggregate; None for a column of which no aggregate means anything.

    Examples
    --------
    >>> metric_sql({"column_name": "ce", "aggregation": "sum", "sum_within": "entity_level"})
    'case when count(distinct entity_level) = 1 then sum(ce) end'
    >>> metric_sql({"column_name": "r", "aggregation": "ratio of sums", "numerator": "a",
    ...             "denominator": "b", "sum_within": None})
    'sum(a) / nullif(sum(b), 0)'
    """
    name, kind = column["column_name"], column["aggregation"]
    if kind == "sum":
        sql = f"sum({name})"
    elif kind == "mean":
        weight = column["denominator"]
        known = f"sum(case when {name} is not null then {weight} end)"
        sql = f"sum({name} * {weight}) / nullif({known}, 0)"
    elif kind == "ratio of sums":
        parts = (column["numerator"], column["denominator"])
        sql = formula or f"{parts[0]} / nullif({parts[1]}, 0)"
        for part in parts:
            sql = re.sub(rf"\b{part}\b", f"sum({part})", sql)
    else:
        return None
    within = column["sum_within"]
    if not within:
        return sql
    guard = " and ".join(f"count(distinct {held}) = 1" for held in within.split(", "))
    return f"case when {guard} then {sql} end"


def _files(
    tables: Mapping[str, list[dict[str, Any]]],
    formulas: Mapping[str, str],
    charts: Iterable[Chart],
    title: str,
    place: str,
) -> Iterator[tuple[str, dict[str, Any]]]:
    charts = list(charts)
    yield (
        "metadata.yaml",
        {"version": _VERSION, "type": "Dashboard", "timestamp": "2000-01-01T00:00:00+00:00"},
    )
    yield (
        "databases/carbon_budget.yaml",
        {
            "database_name": "carbon_budget",
            "sqlalchemy_uri": f"duckdb:///{quote(place)}?{URI_OPTIONS}",
            "cache_timeout": None,
            "expose_in_sqllab": True,
            "allow_run_async": False,
            "allow_ctas": False,
            "allow_cvas": False,
            "allow_dml": False,
            "allow_file_upload": False,
            "extra": {"allows_virtual_table_explore": True},
            "uuid": _uuid("database"),
            "version": _VERSION,
        },
    )
    for table, columns in tables.items():
        yield f"datasets/carbon_budget/{table}.yaml", _dataset(table, columns, formulas)
    for chart in charts:
        yield f"charts/{chart.slug}.yaml", _chart(chart)
    yield "dashboards/carbon_budget.yaml", _dashboard(charts, title)


def _dataset(
    table: str, columns: list[dict[str, Any]], formulas: Mapping[str, str]
) -> dict[str, Any]:
    names = [column["column_name"] for column in columns]
    metrics = []
    for column in columns:
        expression = metric_sql(column, formulas.get(column["column_name"]))
        if expression:
            metrics.append(
                {
                    "metric_name": f"{column['column_name']}_all",
                    "verbose_name": column["label"],
                    "metric_type": None,
                    "expression": expression,
                    "description": column["description"],
                    "d3format": column["format"],
                    "extra": None,
                    "warning_text": None,
                }
            )
    return {
        "table_name": table,
        "main_dttm_col": "year_date" if "year_date" in names else None,
        "description": columns[0]["table_comment"],
        "default_endpoint": None,
        "offset": 0,
        "cache_timeout": None,
        "schema": "bi",
        "sql": None,
        "params": None,
        "template_params": None,
        "filter_select_enabled": True,
        "fetch_values_predicate": None,
        "extra": None,
        "uuid": _uuid(f"dataset {table}"),
        "metrics": metrics,
        "columns": [
            {
                "column_name": column["column_name"],
                "verbose_name": column["label"],
                "is_dttm": column["data_type"] == "DATE",
                "is_active": True,
                "type": column["data_type"],
                "advanced_data_type": None,
                # A measure is put together by its metric, never grouped by.
                "groupby": column["aggregation"] is None or column["unit"] == "year",
                "filterable": True,
                "expression": None,
                "description": column["description"],
                "python_date_format": None,
                "extra": None,
            }
            for column in columns
        ],
        "version": _VERSION,
        "database_uuid": _uuid("database"),
    }


def _charts(last_year: int) -> Iterator[Chart]:
    budgets = "carbon_budgets"
    nation, region, province, city = (
        _equals("entity_level", level) for level in ("nation", "region", "province", "city")
    )
    now = _equals("year", last_year)
    yield Chart(
        f"Carbon neutral capacity of the nation, {last_year}",
        "big_number_total",
        budgets,
        {"metric": "cnc_tgco2_all", "adhoc_filters": [nation, now], "subheader": "Tg CO2 yr-1"},
    )
    yield Chart(
        f"Share of emissions absorbed, {last_year}",
        "big_number_total",
        budgets,
        {"metric": "absorbed_ratio_all", "adhoc_filters": [nation, now], "y_axis_format": ".1%"},
    )
    yield Chart(
        "Emissions and sinks of the nation",
        "echarts_timeseries_line",
        budgets,
        {
            **_by_year(),
            "metrics": ["ce_tgco2_all", "ecs_tgco2_all"],
            "groupby": [],
            "adhoc_filters": [nation],
        },
    )
    yield Chart(
        "Emissions to the end of the scenarios",
        "echarts_timeseries_line",
        "history_and_scenarios",
        {**_by_year(), "metrics": ["ce_tgco2_all"], "groupby": ["scenario"], "adhoc_filters": []},
    )
    yield Chart(
        f"Share absorbed by province, {last_year}",
        "country_map",
        budgets,
        {
            "entity": "iso_3166_2",
            "metric": "absorbed_ratio_all",
            "select_country": "china",
            "number_format": ".0%",
            "linear_color_scheme": "superset_seq_1",
            "adhoc_filters": [province, now],
        },
    )
    yield Chart(
        f"Emissions by region, {last_year}",
        "pie",
        budgets,
        {
            "groupby": ["entity_name"],
            "metric": "ce_tgco2_all",
            "adhoc_filters": [region, now],
            "row_limit": 100,
            "donut": True,
        },
    )
    yield Chart(
        f"Budgets of the cities, {last_year}",
        "table",
        budgets,
        {
            "query_mode": "aggregate",
            "groupby": ["entity_name", "verdict", "input_grade"],
            "metrics": ["cnc_tgco2_all", "ce_tgco2_all", "ecs_tgco2_all", "absorbed_ratio_all"],
            "adhoc_filters": [city, now],
            "order_desc": True,
            "row_limit": 1000,
            "server_page_length": 20,
        },
    )
    yield Chart(
        "Carbon neutral capacity of provinces by year",
        "pivot_table_v2",
        budgets,
        {
            "groupbyRows": ["entity_name"],
            "groupbyColumns": ["year"],
            "metrics": ["cnc_tgco2_all"],
            "metricsLayout": "COLUMNS",
            "aggregateFunction": "Sum",
            "rowTotals": False,
            "colTotals": False,
            "adhoc_filters": [province],
            "row_limit": 10000,
        },
    )


def _by_year() -> dict[str, Any]:
    return {"x_axis": "year_date", "time_grain_sqla": "P1Y", "row_limit": 10000}


def _equals(column: str, value: object) -> dict[str, Any]:
    return {
        "expressionType": "SIMPLE",
        "clause": "WHERE",
        "subject": column,
        "operator": "==",
        "comparator": value,
    }


def _chart(chart: Chart) -> dict[str, Any]:
    return {
        "slice_name": chart.title,
        "description": None,
        "certified_by": None,
        "certification_details": None,
        "viz_type": chart.kind,
        "params": {"viz_type": chart.kind, "time_range": "No filter", **chart.form},
        "query_context": None,
        "cache_timeout": None,
        "uuid": _uuid(f"chart {chart.title}"),
        "version": _VERSION,
        "dataset_uuid": _uuid(f"dataset {chart.table}"),
    }


def _dashboard(charts: list[Chart], title: str) -> dict[str, Any]:
    position: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "parents": ["ROOT_ID"], "children": []},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": title}},
    }
    for number, chart in enumerate(charts):
        row, tile = f"ROW-{number // 2}", f"CHART-{number}"
        if row not in position:
            position["GRID_ID"]["children"].append(row)
            position[row] = {
                "type": "ROW",
                "id": row,
                "parents": ["ROOT_ID", "GRID_ID"],
                "children": [],
                "meta": {"background": "BACKGROUND_TRANSPARENT"},
            }
        position[row]["children"].append(tile)
        position[tile] = {
            "type": "CHART",
            "id": tile,
            "parents": ["ROOT_ID", "GRID_ID", row],
            "children": [],
            "meta": {
                "chartId": number + 1,  # of the bundle; an import puts its own
                "uuid": _uuid(f"chart {chart.title}"),
                "sliceName": chart.title,
                "width": _TILE_COLUMNS,
                "height": _TILE_ROWS,
            },
        }
    return {
        "dashboard_title": title,
        "description": "Made by carbon bi from the published file.",
        "css": "",
        "slug": "carbon-budget",
        "uuid": _uuid("dashboard"),
        "position": position,
        "metadata": {"color_scheme": "supersetColors", "cross_filters_enabled": True},
        "version": _VERSION,
    }


def _uuid(name: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, name))


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    result = connection.execute(sql)
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
