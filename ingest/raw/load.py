"""Atomic replacement of the ``raw`` schema: all of its tables in one transaction, or none.

The tables are what staging models read. The transaction is also the switch between lake
partitions: ``raw.lake_partitions`` names the current ones, so nobody sees half a lake.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ingest.rasters.terms import TERMS
from ingest.raw.state import cannot_open, first_line
from ingest.years import inventories, zonal
from ingest.years.inventories import ZonalEmissions
from ingest.years.jobs import (
    FACTS_FILE,
    SUMS_FILE,
    TOTALS_FILE,
    YearJob,
)
from ingest.years.partitions import remove_superseded
from ingest.years.plan import YearInputs
from ingest.zones.fractions import Weights
from ingest.zones.weights import with_hashes
from workspace.errors import InputError
from workspace.files import parquet_of
from workspace.own import (
    PARTITION_FILE,
    PARTITION_FOLDER,
    UNFINISHED_HASHES,
    WEIGHTS_FILE,
    sweep,
)
from workspace.settings import Settings

#: Layers shown in the quality table, with the flag that tells where they are valid.
_LAYERS: Mapping[str, str] = {
    "temperature_c": "has_temperature",
    "precipitation_mm": "has_precipitation",
    "evapotranspiration_mm": "has_evapotranspiration",
    "runoff_mm": "has_runoff",
    "npp_gc_m2": "has_npp",
    "lithology": "lithology_code is not null",
}
_RESPONSES = tuple(term for term in TERMS if "response" in term)


#: What DuckDB raises when the disk takes no more: on the way, at the commit, at the checkpoint.
_NOT_WRITTEN = (duckdb.IOException, duckdb.TransactionException, duckdb.FatalException)


@contextmanager
def build_database(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the build file for writing.

    Raises
    ------
    InputError
        If another process holds it, or it was written by a newer DuckDB.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection = duckdb.connect(str(path))
    except duckdb.Error as error:
        raise cannot_open(path, error) from None
    try:
        yield connection
    except _NOT_WRITTEN as error:
        raise InputError(
            f"cannot be written ({first_line(error)})",
            where=str(path),
            fix="make room on the disk; the same command goes on from here",
        ) from None
    finally:
        with suppress(*_NOT_WRITTEN):
            connection.close()


def check_writable(path: Path) -> None:
    """Refuse a build file that could not be written, before any work is done for it.

    Raises
    ------
    InputError
        As `build_database`.
    """
    if path.exists():
        with build_database(path):
            pass


def replace_raw(
    path: Path, tables: Mapping[str, pa.Table], jobs: Sequence[YearJob], data: Path
) -> None:
    """Replace every table of the ``raw`` schema in one transaction.

    Parameters
    ----------
    path : Path
        The build file.
    tables : mapping of name to pyarrow.Table
        Tables that go in as they are: cities, neighbours, cells, statistics, sources.
    jobs : sequence of YearJob
        Complete years, whose zonal sums become the zonal tables.
    data : Path
        ``CARBON_DATA``, which lake paths are relative to.
    """
    with build_database(path) as connection:
        for job in jobs:
            job.install()
        connection.execute("begin transaction")
        connection.execute("create schema if not exists raw")
        for name, table in tables.items():
            connection.register("incoming", table)
            connection.execute(f"create or replace table raw.{name} as select * from incoming")
            connection.unregister("incoming")
        _replace_zonal_tables(connection, jobs)
        _replace_layer_years(connection, jobs)
        _replace_lake_partitions(connection, jobs, data)
        _replace_zonal_partitions(connection, jobs, data)
        connection.execute("commit")
        connection.execute("checkpoint")


def _replace_zonal_tables(connection: duckdb.DuckDBPyConnection, jobs: Sequence[YearJob]) -> None:
    incoming = {
        "jobs": _job_table(jobs),
        "groups": _group_table(),
        "sums": _of_all_years(jobs, SUMS_FILE),
        "totals": _of_all_years(jobs, TOTALS_FILE),
    }
    for name, table in incoming.items():
        connection.register(name, table)
    connection.execute(_ZONE_GROUPS)
    connection.execute(_ZONE_YEARS)
    connection.execute(_zonal_city_year_sql())
    connection.execute(_zonal_city_lithology_sql())
    connection.execute(_zonal_city_layers_sql())
    connection.execute(_grid_totals_sql())
    for name in ("zone_groups", "zone_years"):
        connection.execute(f"drop table {name}")
    for name in incoming:
        connection.unregister(name)


def _job_table(jobs: Sequence[YearJob]) -> pa.Table:
    return pa.table(
        {
            "collection": [job.inputs.collection for job in jobs],
            "year": pa.array([job.inputs.year for job in jobs], pa.int32()),
            "npp_source": [job.inputs.layers["npp"].spec.source for job in jobs],
        }
    )


def _replace_layer_years(connection: duckdb.DuckDBPyConnection, jobs: Sequence[YearJob]) -> None:
    """Say what each year rests on: the layer or model of every quantity."""
    connection.execute("""
        create or replace table raw.layer_years (
            collection varchar, year integer, quantity varchar, source_id varchar,
            model varchar, is_climatology boolean
        )
    """)
    connection.executemany(
        "insert into raw.layer_years values (?, ?, ?, ?, ?, ?)",
        [
            (job.inputs.collection, job.inputs.year, *row)
            for job in jobs
            for row in _layers_of(job.inputs)
        ],
    )


def _layers_of(inputs: YearInputs) -> Iterator[tuple[str, str, str | None, bool]]:
    specs = {name: files.spec for name, files in inputs.layers.items()}
    fixed = {name for name, spec in specs.items() if spec.step in ("climatology", "static")}
    for name, spec in specs.items():
        # What a model makes of the same climate every year is the same every year.
        is_fixed = (
            name in fixed if spec.model is None else {"temperature", "precipitation"} <= fixed
        )
        yield name, spec.source, spec.model, is_fixed


def _of_all_years(jobs: Sequence[YearJob], name: str) -> pa.Table:
    """Put one file of every year into one table, with the year it belongs to."""
    tables = []
    for job in jobs:
        table = parquet_of(job.sums.read(name))
        key = pa.table(
            {
                "collection": pa.array([job.inputs.collection] * table.num_rows, pa.string()),
                "year": pa.array([job.inputs.year] * table.num_rows, pa.int32()),
            }
        )
        tables.append(
            pa.table([*key.columns, *table.columns], [*key.schema.names, *table.schema.names])
        )
    return pa.concat_tables(tables)


def _group_table() -> pa.Table:
    """Spell out every group code: its lithology class and the layers it has."""
    codes = range(zonal.GROUP_SPAN)
    split = [zonal.split_group_code(code) for code in codes]
    return pa.table(
        {
            "group_code": pa.array(codes, pa.int32()),
            "lithology_code": pa.array([lithology or None for lithology, _ in split], pa.int32()),
            **{
                flag: [flags[bit] for _, flags in split]
                for bit, (flag, _) in enumerate(zonal.VALIDITY)
            },
        }
    )


# The files carry zone positions and group codes; cities and flags are joined on once, here.
_ZONE_GROUPS = """
create temp table zone_groups as
select
    sums.collection,
    sums.year,
    cities.city_id,
    groups.lithology_code,
    groups.has_temperature,
    groups.has_precipitation,
    groups.has_evapotranspiration,
    groups.has_npp,
    groups.has_runoff,
    sums.* exclude (collection, year, zone_index, group_code),
from sums
inner join groups on sums.group_code = groups.group_code
inner join (select city_id, zone_index from raw.cities) as cities
    on sums.zone_index = cities.zone_index
"""

# A zone that holds no cell centre still has a row under the centre rule: zero cells, zero area.
_ZONE_YEARS = f"""
create temp table zone_years as
select jobs.collection, jobs.year, jobs.npp_source, cities.city_id, rules.zonal_rule
from jobs
cross join raw.cities as cities
cross join (values ('{zonal.FRACTION_RULE}'), ('{zonal.CENTRE_RULE}')) as rules (zonal_rule)
"""


def _zonal_city_year_sql() -> str:
    climate = "has_temperature and has_precipitation"
    joint = f"{climate} and has_npp"
    runoff = "has_runoff"
    columns = [
        _area("climate_area_km2", climate),
        _area("npp_area_km2", "has_npp"),
        _area("joint_area_km2", joint),
        _sum("npp_gc_m2_km2", "npp_joint_tc", joint),
        *(_sum(f"{term}_km2", f"{term}_joint_km2", joint) for term in _RESPONSES),
        *(_sum(f"{term}_km2", f"{term}_climate_km2", climate) for term in _RESPONSES),
        _area("runoff_area_km2", runoff),
        _sum("runoff_mm_km2", "runoff_mm_km2", runoff),
    ]
    return f"""
create or replace table raw.zonal_city_year as
select
    zone_years.collection,
    zone_years.city_id,
    zone_years.year,
    zone_years.zonal_rule,
    any_value(zone_years.npp_source) as npp_source,
    coalesce(sum(zone_groups.cell_count), 0)::bigint as cell_count,
    coalesce(sum(zone_groups.area_km2), 0) as area_km2,
    {", ".join(columns)}
from zone_years
left join zone_groups using (collection, year, city_id, zonal_rule)
group by all
order by all
"""


def _zonal_city_lithology_sql() -> str:
    return """
create or replace table raw.zonal_city_lithology as
select
    collection,
    city_id,
    year,
    zonal_rule,
    lithology_code,
    sum(area_km2) as area_km2,
    sum(runoff_mm_km2) as runoff_mm_km2,
from zone_groups
where lithology_code is not null and has_runoff
group by all
order by all
"""


def _zonal_city_layers_sql() -> str:
    selects = []
    for layer, valid in _LAYERS.items():
        value = (
            "null::double" if layer == "lithology" else f"sum({layer}_km2) filter (where {valid})"
        )
        selects.append(f"""
select
    zone_years.collection,
    zone_years.city_id,
    zone_years.year,
    zone_years.zonal_rule,
    '{layer}' as layer,
    coalesce(sum(cell_count), 0)::bigint as cell_count,
    coalesce(sum(area_km2), 0) as area_km2,
    coalesce(sum(area_km2) filter (where {valid}), 0) as valid_area_km2,
    {value} as value_sum
from zone_years
left join zone_groups using (collection, year, city_id, zonal_rule)
group by all
""")
    union = " union all ".join(selects)
    return f"create or replace table raw.zonal_city_layers as {union} order by all"


def _grid_totals_sql() -> str:
    sums = ", ".join(f"sum({column}) as {column}" for column in ("area_km2", *zonal.SUM_COLUMNS))
    return f"""
create or replace table raw.grid_totals as
with zones as (
    unpivot (
        select collection, year, {sums}
        from zone_groups where zonal_rule = '{zonal.FRACTION_RULE}' group by all
    )
    on columns(* exclude (collection, year)) into name measure value zones_sum
)
select
    totals.collection,
    totals.year,
    totals.measure,
    coalesce(zones.zones_sum, 0) as zones_sum,
    totals.outside_sum,
    totals.grid_sum
from totals
left join zones
    on totals.collection = zones.collection
    and totals.year = zones.year
    and totals.measure = zones.measure
order by all
"""


def _area(name: str, valid: str) -> str:
    return _sum("area_km2", name, valid)


def _sum(column: str, name: str, valid: str) -> str:
    return f"coalesce(sum(zone_groups.{column}) filter (where {valid}), 0) as {name}"


def _replace_lake_partitions(
    connection: duckdb.DuckDBPyConnection, jobs: Sequence[YearJob], data: Path
) -> None:
    kept = [(job, job.cells) for job in jobs if job.cells is not None]
    rows = [
        (job.inputs.collection, job.inputs.year, str(part.relative_to(data)), _rows(part))
        for job, cells in kept
        for part in (cells.folder / name for name in cells.parts if name != FACTS_FILE)
    ]
    connection.execute("""
        create or replace table raw.lake_partitions (
            collection varchar, year integer, path varchar, cell_count bigint
        )
    """)
    if rows:
        connection.executemany("insert into raw.lake_partitions values (?, ?, ?, ?)", rows)


def _replace_zonal_partitions(
    connection: duckdb.DuckDBPyConnection, jobs: Sequence[YearJob], data: Path
) -> None:
    connection.execute("""
        create or replace table raw.zonal_partitions (
            collection varchar, year integer, path varchar
        )
    """)
    connection.executemany(
        "insert into raw.zonal_partitions values (?, ?, ?)",
        [
            (job.inputs.collection, job.inputs.year, str(job.sums.folder.relative_to(data)))
            for job in jobs
        ],
    )


def _rows(part: Path) -> int:
    return int(pq.read_metadata(part).num_rows)


def remove_leftovers(
    settings: Settings, jobs: list[YearJob], weights: Weights, emissions: ZonalEmissions
) -> None:
    """Delete what the raw tables no longer refer to, and what an abandoned run left behind."""
    remove_superseded(settings.zonal, (job.sums.folder for job in jobs))
    remove_superseded(settings.lake, (job.cells.folder for job in jobs if job.cells))
    remove_superseded(settings.data / inventories.FOLDER, emissions.masses)
    sweep(settings.pending, PARTITION_FILE, folders=PARTITION_FOLDER)
    sweep(settings.hashes.parent, UNFINISHED_HASHES)
    sweep(settings.zones, WEIGHTS_FILE, keep=[*weights.kept, *with_hashes(emissions.weights)])
