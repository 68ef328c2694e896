"""A small country in closed form: the raw schema and lake that ingestion would have written.

Three provinces (Gamma is not in the study), five cities, three years and a grid of three rows by
four columns of 100 km2 cells. Cells 3, 10 and 11 lie in no city. Cell 5 has no NPP, cell 9 has no
known rock type, city `e` has no emissions, city `d` loses them in the last year, and one emission
unit of Beta belongs to no city.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

YEARS = (2001, 2002, 2003)
CELL_AREA_KM2 = 100.0
CELLS = range(12)
BARREN_CELL = 5
UNKNOWN_ROCK_CELL = 9
CARBONATE, UNKNOWN_ROCK = 6, 15
FRACTIONS = {
    "a": {0: 1.0, 1: 0.5},
    "b": {1: 0.5, 2: 1.0},
    "c": {4: 1.0, 5: 1.0},
    "d": {6: 1.0, 7: 0.25},
    "e": {8: 1.0, 9: 1.0},
}
PROVINCE_OF = {"a": "100000", "b": "100000", "c": "200000", "d": "200000", "e": "300000"}
PROVINCES = (
    ("100000", "Alpha", "甲", "Northern coast", True),
    ("200000", "Beta", "乙", "Southwest", True),
    ("300000", "Gamma", "丙", None, False),
)
#: Grids of emissions: what they weigh, and Tg of each city.
GRIDS = (
    ("carbon_grid", "C", {"a": 0.3, "b": 0.6, "e": 0.9}),
    ("dioxide_grid", "CO2", {"a": 0.033, "b": 3.0, "e": 2.0}),
)
TERMS = (
    "npp_gc_m2",
    "temperature_response_monthly",
    "precipitation_response_monthly",
    "temperature_response_annual",
    "precipitation_response_annual",
)
LAYERS = (
    "temperature_c",
    "precipitation_mm",
    "evapotranspiration_mm",
    "runoff_mm",
    "npp_gc_m2",
    "lithology",
)


def cell_value(term: str, cell: int, year: int) -> float | None:
    """Value of one annual term in one cell; every one is a plain number."""
    step = year - YEARS[0]
    if term == "npp_gc_m2":
        return None if cell == BARREN_CELL else 600.0 + 10 * cell + 5 * step
    return {
        "temperature_c": 10.0 + cell,
        "precipitation_mm": 800.0 + cell,
        "evapotranspiration_mm": 500.0 + cell,
        "runoff_mm": 300.0 + 10 * step,
        "temperature_response_monthly": 20.0 + cell + step,
        "precipitation_response_monthly": 30.0 + 2 * cell,
        "temperature_response_annual": 2.0 + cell / 10,
        "precipitation_response_annual": 4.0 + step / 10,
    }[term]


def cell_lithology(cell: int) -> int:
    """Rock type of one cell: carbonate, but for the one that is unknown."""
    return UNKNOWN_ROCK if cell == UNKNOWN_ROCK_CELL else CARBONATE


def emission_rows() -> list[tuple[Any, ...]]:
    """Emission units: two counties in `a`, one each in `b`, `c` and `d`, and one in no city."""
    rows: list[tuple[Any, ...]] = []
    for year in YEARS:
        step = year - YEARS[0]
        units: list[tuple[str, str | None, str, float | None]] = [
            ("a1", "a", "100000", 0.01 + 0.001 * step),
            ("a2", "a", "100000", 0.02),
            ("b1", "b", "100000", 1.5),
            ("c1", "c", "200000", 0.5),
            ("d1", "d", "200000", None if step == 2 else 0.25),
            ("x1", None, "200000", 0.125),
        ]
        rows += [
            ("inventory", unit, unit.upper(), city, city, province, None, year, ce)
            for unit, city, province, ce in units
        ]
    return rows


def write_raw(data: Path, *, keep_cells: bool = True) -> Path:
    """Write the raw schema and the lake of the small country.

    Parameters
    ----------
    data : Path
        What CARBON_DATA will point to.
    keep_cells : bool
        Write the lake; without it `raw.lake_partitions` is empty.

    Returns
    -------
    Path
        The build file.
    """
    path = data / "build" / "carbon_budget.duckdb"
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("drop schema if exists raw cascade")
        connection.execute("create schema raw")
        _write_places(connection)
        _write_zonal(connection)
        _write_statistics(connection)
        _write_provenance(connection)
        _write_lake(connection, data, keep_cells=keep_cells)
    return path


def _create(
    connection: duckdb.DuckDBPyConnection, table: str, columns: str, rows: list[tuple[Any, ...]]
) -> None:
    connection.execute(f"create table raw.{table} ({columns})")
    if rows:
        marks = ", ".join("?" for _ in rows[0])
        connection.executemany(f"insert into raw.{table} values ({marks})", rows)


def _write_places(connection: duckdb.DuckDBPyConnection) -> None:
    areas = {city: sum(f.values()) * CELL_AREA_KM2 for city, f in FRACTIONS.items()}
    _create(
        connection,
        "cities",
        "city_id varchar, city_name varchar, city_name_zh varchar, province_id varchar,"
        " area_km2 double, grid_area_km2 double, longitude double, latitude double,"
        " boundary_wkt varchar",
        [
            (city, city.upper(), None, PROVINCE_OF[city], area, area, 100.0, 30.0, None)
            for city, area in areas.items()
        ],
    )
    _create(
        connection,
        "provinces",
        "source_id varchar, province_id varchar, province_name varchar, province_name_zh varchar,"
        " region_name varchar, in_study boolean",
        [("places", *province) for province in PROVINCES],
    )
    _create(
        connection,
        "collections",
        "collection varchar, first_year integer, last_year integer",
        [("historical", YEARS[0], YEARS[-1])],
    )
    _create(
        connection,
        "neighbours",
        "city_id varchar, neighbour_id varchar, contact varchar",
        [("a", "b", "contiguity"), ("b", "a", "contiguity")],
    )
    shares = {
        cell: [(f[cell], city) for city, f in FRACTIONS.items() if cell in f] for cell in CELLS
    }
    _create(
        connection,
        "cells",
        "cell_id bigint, row_index integer, column_index integer, longitude double,"
        " latitude double, area_km2 double, zones_ratio double, city_id varchar",
        [
            (
                cell,
                cell // 4,
                cell % 4,
                100.0 + cell % 4,
                30.0 - cell // 4,
                CELL_AREA_KM2,
                sum(share for share, _ in shares[cell]),
                max(shares[cell])[1] if shares[cell] else None,
            )
            for cell in CELLS
        ],
    )


def _weighted(weights: dict[int, float], term: str, year: int, *, joint: bool) -> float:
    total = 0.0
    for cell, weight in weights.items():
        value = cell_value(term, cell, year)
        if value is not None and not (joint and cell == BARREN_CELL):
            total += weight * CELL_AREA_KM2 * value
    return total


def _city_terms(weights: dict[int, float], year: int) -> dict[str, float]:
    area = sum(weights.values()) * CELL_AREA_KM2
    joint_area = area - weights.get(BARREN_CELL, 0.0) * CELL_AREA_KM2
    terms = {
        "area_km2": area,
        "climate_area_km2": area,
        "npp_area_km2": joint_area,
        "joint_area_km2": joint_area,
        "npp_joint_tc": _weighted(weights, "npp_gc_m2", year, joint=True),
    }
    for mask in ("joint", "climate"):
        for term in TERMS[1:]:
            terms[f"{term}_{mask}_km2"] = _weighted(weights, term, year, joint=mask == "joint")
    terms["runoff_area_km2"] = area
    terms["runoff_mm_km2"] = _weighted(weights, "runoff_mm", year, joint=False)
    return terms


def _rules() -> list[tuple[str, dict[str, dict[int, float]]]]:
    centre = {
        city: {cell: 1.0 for cell, share in weights.items() if share > 0.5}
        for city, weights in FRACTIONS.items()
    }
    return [("fraction", FRACTIONS), ("centre", centre)]


def _write_zonal(connection: duckdb.DuckDBPyConnection) -> None:
    names = list(_city_terms(FRACTIONS["a"], YEARS[0]))
    zonal, lithologies, layers, totals = [], [], [], []
    for year in YEARS:
        for rule, cities in _rules():
            for city, weights in cities.items():
                key = ("historical", city, year, rule)
                terms = _city_terms(weights, year)
                zonal.append((*key, "npp_source", len(weights), *terms.values()))
                for rock in sorted({cell_lithology(cell) for cell in weights}):
                    part = {c: w for c, w in weights.items() if cell_lithology(c) == rock}
                    area = sum(part.values()) * CELL_AREA_KM2
                    runoff = _weighted(part, "runoff_mm", year, joint=False)
                    lithologies.append((*key, rock, area, runoff))
                for layer in LAYERS:
                    joint = layer == "npp_gc_m2"
                    valid = terms["joint_area_km2"] if joint else terms["area_km2"]
                    value = (
                        None
                        if layer == "lithology"
                        else _weighted(weights, layer, year, joint=joint)
                    )
                    layers.append((*key, layer, len(weights), terms["area_km2"], valid, value))
        grid = _city_terms(dict.fromkeys(CELLS, 1.0), year)
        for name in names:
            inside = sum(_city_terms(weights, year)[name] for weights in FRACTIONS.values())
            totals.append(("historical", year, name, inside, grid[name] - inside, grid[name]))
    columns = "collection varchar, city_id varchar, year integer, zonal_rule varchar"
    terms_sql = ", ".join(f"{name} double" for name in names)
    _create(
        connection,
        "zonal_city_year",
        f"{columns}, npp_source varchar, cell_count bigint, {terms_sql}",
        zonal,
    )
    _create(
        connection,
        "zonal_city_lithology",
        f"{columns}, lithology_code integer, area_km2 double, runoff_mm_km2 double",
        lithologies,
    )
    _create(
        connection,
        "zonal_city_layers",
        f"{columns}, layer varchar, cell_count bigint, area_km2 double, valid_area_km2 double,"
        " value_sum double",
        layers,
    )
    _create(
        connection,
        "grid_totals",
        "collection varchar, year integer, measure varchar, zones_sum double,"
        " outside_sum double, grid_sum double",
        totals,
    )


def _write_statistics(connection: duckdb.DuckDBPyConnection) -> None:
    grid_rows = [
        ("historical", source, city, year, substance, "covered", place, mass, mass / 2, 4, 1.0)
        for place, (source, substance, masses) in enumerate(GRIDS, start=1)
        for city, mass in masses.items()
        for year in YEARS[:2]
    ]
    grid_masses: dict[tuple[str, int], float] = {}
    for _, source, _, year, _, _, _, mass, *_ in grid_rows:
        grid_masses[source, year] = grid_masses.get((source, year), 0.0) + mass
    _create(
        connection,
        "emissions",
        "source_id varchar, unit_id varchar, unit_name varchar, city_id varchar,"
        " city_name varchar, province_id varchar, province_name varchar, year integer,"
        " ce_mtco2 double",
        emission_rows(),
    )
    _create(
        connection,
        "zonal_city_emissions",
        "collection varchar, source_id varchar, city_id varchar, year integer, substance varchar,"
        " allocation varchar, position integer, mass_tg double, shared_mass_tg double,"
        " cell_count bigint, known_ratio double",
        grid_rows,
    )
    _create(
        connection,
        "emission_grid_totals",
        "collection varchar, source_id varchar, year integer, zones_mass_tg double,"
        " outside_mass_tg double, grid_mass_tg double",
        [
            ("historical", source, year, mass, 0.5, mass + 0.5)
            for (source, year), mass in grid_masses.items()
        ],
    )
    _create(
        connection,
        "layer_years",
        "collection varchar, year integer, quantity varchar, source_id varchar, model varchar,"
        " is_climatology boolean",
        [
            ("historical", year, quantity, f"{quantity}_source", None, quantity == "lithology")
            for year in YEARS
            for quantity in ("temperature", "precipitation", "evapotranspiration", "npp")
        ],
    )
    _create(
        connection,
        "energy_balances",
        "source_id varchar, province_id varchar, year integer, fuel varchar,"
        " consumption double, activity_unit varchar",
        [
            ("balance", "100000", 2001, "coal", 100.0, "10^4 t"),
            ("balance", "100000", 2001, "natural_gas", 1.0, "10^8 m3"),
        ],
    )
    _create(
        connection,
        "drivers",
        "source_id varchar, entity_level varchar, entity_id varchar, year integer,"
        " population_persons double, urban_ratio double, gdp_lcu double, gdp_volume_ratio double,"
        " secondary_industry_ratio double, energy_tce double, coal_ratio double",
        [],
    )
    _create(
        connection,
        "countries",
        "source_id varchar, country_code varchar, country_name varchar, indicator varchar,"
        " indicator_name varchar, year integer, value double",
        [],
    )


def _write_provenance(connection: duckdb.DuckDBPyConnection) -> None:
    _create(
        connection,
        "sources",
        "source_id varchar, producer varchar, title varchar, licence varchar, citation varchar,"
        " url varchar, version varchar, is_synthetic boolean, input_grade varchar,"
        " calibrated_to varchar, note varchar",
        [
            (
                source,
                "tests",
                source,
                "CC0-1.0",
                "closed form",
                None,
                "1",
                True,
                "synthetic",
                None,
                None,
            )
            for source in ("places", "npp_source", "inventory", "balance")
        ],
    )
    _create(
        connection,
        "source_files",
        "path varchar, source_id varchar, role varchar, sha256 varchar, size_bytes bigint,"
        " crs varchar, unit varchar, nodata varchar, value_min double, value_max double",
        [("emissions.csv", "inventory", "emissions", "0" * 64, 1, None, "Mt", None, 0.0, 1.5)],
    )
    _create(
        connection,
        "ingest",
        "catalogue varchar, catalogue_sha256 varchar, title varchar, grid_crs varchar,"
        " grid_resolution double, grid_width integer, grid_height integer, ingested_at timestamp,"
        " software varchar",
        [("fixture.yml", "0" * 64, "fixture", "EPSG:4326", 1.0, 4, 3, "2024-01-01", "tests")],
    )


def _write_lake(connection: duckdb.DuckDBPyConnection, data: Path, *, keep_cells: bool) -> None:
    columns = (*LAYERS[:5], *TERMS[1:])
    partitions = []
    for year in YEARS if keep_cells else ():
        relative = f"lake/collection=historical/year={year}/cells.parquet"
        path = data / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        connection.execute(
            "create or replace temp table cell_terms (cell_id bigint, "
            + ", ".join(f"{name} double" for name in columns)
            + ", lithology_code smallint)"
        )
        connection.executemany(
            f"insert into cell_terms values ({', '.join('?' for _ in range(len(columns) + 2))})",
            [
                (cell, *(cell_value(name, cell, year) for name in columns), cell_lithology(cell))
                for cell in CELLS
            ],
        )
        connection.execute(f"copy cell_terms to '{path}' (format parquet, compression zstd)")
        partitions.append(("historical", year, relative, len(CELLS)))
    _create(
        connection,
        "lake_partitions",
        "collection varchar, year integer, path varchar, cell_count bigint",
        partitions,
    )
