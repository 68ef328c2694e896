"""``carbon export`` on the sample: valid to frictionless, equal to the marts, keys declared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import geopandas as gpd
import numpy as np
import openpyxl
import pyarrow.parquet as pq
import pytest
import shapely
import yaml

from tests.helpers.client_programs import SCRIPTS, program, run
from tests.helpers.workplace import Workplace

pytestmark = pytest.mark.pipeline

EQUAL_AREA = "+proj=cea +datum=WGS84"

#: The star as a modeller draws it: a fact, its dimension, and the column that joins them.
STAR = {
    ("fct_city_carbon_budgets", "dim_cities", "city_id"),
    ("fct_city_clusters", "dim_cities", "city_id"),
    ("fct_data_quality", "dim_cities", "city_id"),
    ("fct_cell_trends", "dim_cities", "city_id"),
    ("fct_province_carbon_budgets", "dim_provinces", "province_id"),
    ("fct_energy_emissions", "dim_provinces", "province_id"),
    ("fct_inequalities", "dim_provinces", "province_id"),
    ("fct_region_carbon_budgets", "dim_regions", "region_id"),
    ("dim_cities", "dim_provinces", "province_id"),
    ("dim_provinces", "dim_regions", "region_id"),
}


@pytest.fixture(scope="module")
def exported(sample: Workplace) -> Path:
    """The folder that ``carbon export`` writes."""
    folder = sample.folder / "budgets"
    assert "datapackage.json" in sample.carbon("export", str(folder), "--star")
    return folder


@pytest.fixture(scope="module")
def package(exported: Path) -> dict[str, Any]:
    return dict(json.loads((exported / "datapackage.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def reader(sample: Workplace) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(sample.published_file), read_only=True) as connection:
        yield connection


def hashes(folder: Path) -> dict[str, str]:
    """Hashes of every file that the same rows always make alike; some hold the time."""
    content = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    return {
        item["path"]: item["hash"]
        for item in content["resources"]
        if item["format"] not in ("duckdb", "gpkg", "xlsx")
    }


def test_frictionless_finds_no_fault(exported: Path, package: dict[str, Any]) -> None:
    python = program("newest", "bin", "python")
    answer = run(python, SCRIPTS / "validate_package.py", exported / "datapackage.json", "200")
    assert answer["resource_count"] == len(package["resources"])
    assert answer["faults"] == {}


def test_package_says_what_the_published_file_says(
    exported: Path, package: dict[str, Any], reader: duckdb.DuckDBPyConnection
) -> None:
    tables = {
        item["name"]: item
        for item in package["resources"]
        if "schema" in item and item["format"] == "parquet"
    }
    assert set(tables) == {
        name
        for (name,) in reader.execute(
            "select table_name from duckdb_tables()"
            " where schema_name = 'marts' and table_name != 'dim_boundaries'"
        ).fetchall()
    }
    for item in package["resources"]:
        content = (exported / item["path"]).read_bytes()
        assert item["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    units = {
        (table, field["name"]): (field.get("unit"), field["description"])
        for table, item in tables.items()
        for field in item["schema"]["fields"]
    }
    described = reader.execute(
        "select table_name, column_name, unit, description from meta.columns"
        " where schema_name = 'marts' and table_name != 'dim_boundaries'"
    ).fetchall()
    assert units == {(table, column): tuple(rest) for table, column, *rest in described}
    named = {source["name"]: source["isSynthetic"] for source in package["sources"]}
    assert named == dict(
        reader.execute("select source_id, is_synthetic from meta.sources").fetchall()
    )
    assert any(named.values())
    assert package["licenses"][0]["name"] == "CC-BY-4.0"
    assert package["keywords"]
    assert package["contributors"]


def test_parquet_holds_the_marts(
    exported: Path, package: dict[str, Any], reader: duckdb.DuckDBPyConnection
) -> None:
    for item in package["resources"]:
        if item["format"] == "parquet" and "schema" in item:
            path = exported / item["path"]
            assert pq.read_metadata(path).num_rows == item["rows"]
            (difference,) = reader.execute(
                f"select count(*) from ((from marts.{item['name']} except from '{path}')"
                f" union all (from '{path}' except from marts.{item['name']}))"
            ).fetchone() or (None,)
            assert difference == 0, item["name"]
            told = {
                field.name: {k.decode(): v.decode() for k, v in field.metadata.items()}
                for field in pq.read_schema(path)
            }
            for field in item["schema"]["fields"]:
                assert told[field["name"]]["description"] == field["description"]
                assert told[field["name"]]["unit"] == field.get("unit", "")


def test_star_has_keys_and_comments(exported: Path, reader: duckdb.DuckDBPyConnection) -> None:
    path = exported / "carbon_budget_star.duckdb"
    comments = (
        "select table_name, column_name, comment from duckdb_columns()"
        " where schema_name = 'marts' and database_name = current_database() order by all"
    )
    with duckdb.connect(str(path), read_only=True) as star:
        drawn = star.execute(
            "select fact.table_name, dimension.table_name, fact.column_name"
            " from information_schema.referential_constraints as links"
            " inner join information_schema.key_column_usage as fact"
            " on links.constraint_name = fact.constraint_name"
            " inner join information_schema.key_column_usage as dimension"
            " on links.unique_constraint_name = dimension.constraint_name"
        ).fetchall()
        keyed = star.execute(
            "select table_name, constraint_column_names from duckdb_constraints()"
            " where constraint_type = 'PRIMARY KEY'"
        ).fetchall()
        assert star.execute(comments).fetchall() == reader.execute(comments).fetchall()
    assert set(drawn) >= STAR
    assert set(drawn) == set(
        reader.execute(
            "select table_name, referenced_table, column_name from meta.keys"
            " where key_type = 'foreign' and orphan_count = 0"
        ).fetchall()
    )
    assert {table: tuple(columns) for table, columns in keyed} == {
        table: tuple(columns)
        for table, columns in reader.execute(
            "select table_name, list(column_name order by key_index) from meta.keys"
            " where key_type = 'primary' group by table_name"
        ).fetchall()
    }


def test_shapes(exported: Path, reader: duckdb.DuckDBPyConnection) -> None:
    shapes = exported / "shapes"
    for name, id_name in (("cities", "city_id"), ("provinces", "province_id")):
        full = gpd.read_parquet(shapes / f"{name}.parquet")
        simple = gpd.read_file(shapes / f"{name}.geojson")
        assert full.crs.to_epsg() == simple.crs.to_epsg() == 4326
        assert list(full[id_name]) == list(simple[id_name])
        assert full.geometry.is_valid.all()
        assert simple.geometry.is_valid.all()
        # Simplified shapes have fewer corners and lie where the full ones do.
        corners = [shapely.get_num_coordinates(frame.geometry).sum() for frame in (full, simple)]
        assert corners[1] < 0.7 * corners[0]
        plane = [frame.geometry.to_crs(EQUAL_AREA) for frame in (full, simple)]
        overlap = plane[0].intersection(plane[1]).area / plane[0].area
        assert overlap.median() > 0.98
        # The area on the ellipsoid is the one of the dimension.
        assert np.abs(plane[0].area / 1e6 / full["area_km2"] - 1).max() < 0.01
        content = json.loads((shapes / f"{name}.geojson").read_text(encoding="utf-8"))
        assert "crs" not in content
        assert len(content["bbox"]) == 4
        assert content["bbox"] == pytest.approx(simple.total_bounds, abs=1e-4)
    geo = json.loads(pq.read_schema(shapes / "cities.parquet").metadata[b"geo"])
    assert geo["version"] == "1.1.0"
    assert "bbox" in geo["columns"]["geometry"]["covering"]
    ids = {row[0] for row in reader.execute("select city_id from marts.dim_cities").fetchall()}
    assert set(gpd.read_parquet(shapes / "cities.parquet")["city_id"]) == ids


def test_a_release_can_be_read_cited_and_checked(exported: Path) -> None:
    sums = dict(
        reversed(line.split("  ", 1))
        for line in (exported / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    )
    files = {
        path.relative_to(exported).as_posix(): path
        for path in exported.rglob("*")
        if path.is_file() and path.name != "SHA256SUMS" and not path.name.startswith(".")
    }
    assert set(sums) == set(files)
    for name, path in files.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == sums[name], name
    assert {"README.md", "LICENCE.md", "CITATION.cff"} <= set(files)
    assert "Some inputs are made up" in (exported / "README.md").read_text(encoding="utf-8")
    licence = (exported / "LICENCE.md").read_text(encoding="utf-8")
    assert "| MIT |" in licence
    citation = yaml.safe_load((exported / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["type"] == "dataset"
    assert citation["references"]
    # The star is asked for; without it the release is small.
    assert sum(path.stat().st_size for name, path in files.items() if "star" not in name) < 17e6


def test_tables_for_people(exported: Path, reader: duckdb.DuckDBPyConnection) -> None:
    path = exported / "csv" / "carbon_budgets.csv"
    ask = "select count(*), sum(ecs_tgco2), sum(ce_tgco2) from {}"
    published, written = (
        reader.execute(ask.format(source)).fetchall()[0]
        for source in ("bi.carbon_budgets", f"read_csv('{path}')")
    )
    assert written == pytest.approx(published, rel=1e-9)
    book = openpyxl.load_workbook(exported / "carbon_budget.xlsx")
    assert book.sheetnames[-2:] == ["columns", "sources"]
    sheet = book["carbon_budgets"]
    heads = {cell.value: cell.comment.text for cell in sheet[1]}
    assert "Do not sum" in heads["absorbed_ratio"]
    years = {row[list(heads).index("year")] for row in sheet.iter_rows(2, values_only=True)}
    assert len(years) == 21


def test_a_geopackage_has_measures(exported: Path, reader: duckdb.DuckDBPyConnection) -> None:
    for layer, level in (("cities", "city"), ("provinces", "province")):
        places = gpd.read_file(exported / "shapes" / "places.gpkg", layer=layer)
        assert places.crs.to_epsg() == 4326
        (total,) = reader.execute(
            "select sum(cnc_tgco2) from bi.carbon_budgets where entity_level = ? and year = 2017",
            [level],
        ).fetchall()[0]
        assert places["cnc_tgco2"].sum() == pytest.approx(total, rel=1e-9)
        assert set(places["year"]) == {2017}


def test_an_export_is_replaced_whole_and_nothing_else_is(
    sample: Workplace, exported: Path, tmp_path: Path
) -> None:
    before = hashes(exported)
    (exported / "datapackage.json").touch()
    sample.carbon("export", str(exported), "--star")
    assert hashes(exported) == before
    assert [path.name for path in exported.parent.glob(".budgets-*")] == []
    mine = tmp_path / "mine.txt"
    mine.write_text("work of years", encoding="utf-8")
    # A data package too, but not ours.
    (tmp_path / "datapackage.json").write_text('{"name": "mine"}', encoding="utf-8")
    process = sample.start("export", str(tmp_path))
    output, _ = process.communicate()
    assert process.returncode == 2
    assert "holds what no export wrote" in output
    assert mine.read_text(encoding="utf-8") == "work of years"
