"""What users install works without the repository: the demo, other models, functions alone.

The fixture ``sample`` is the demo: it runs from the wheel, in another folder, and fails if anything
of the installation was written.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.helpers.installation import Installation, build_wheel
from tests.helpers.workplace import PROJECT, Workplace
from workspace.project import PROJECT_PARTS, project_files

pytestmark = pytest.mark.pipeline

_HEAVY = ("dbt", "geopandas", "ibis", "netCDF4", "pandas", "rasterio", "typer")


@pytest.fixture
def environment(installed: Installation | None) -> Installation:
    if installed is None:
        pytest.skip("uv or the packages of requirements-run.lock could not be had")
    return installed


def test_the_demo_ends_with_its_answer(sample: Workplace, environment: Installation) -> None:
    said = (sample.folder / "demo.txt").read_text(encoding="utf-8")
    for head in ("balance ", "cities ", "2060 ", "careful ", "look "):
        assert f"\n{head}" in said
    assert (sample.folder / "published" / "atlas" / "index.html").is_file()
    told = environment.run("carbon", "summary", cwd=sample.folder)
    assert said.endswith(told)


def test_the_published_file_is_that_of_the_repository(
    sample: Workplace, environment: Installation
) -> None:
    with duckdb.connect(str(sample.published_file), read_only=True) as connection:
        files = dict(connection.execute("from meta.project_files").fetchall())
        catalogue = connection.execute("select catalogue from raw.ingest").fetchone()
    assert files == project_files(PROJECT)
    assert catalogue is not None
    assert Path(catalogue[0]).is_relative_to(environment.packages)


def test_queries_and_status_work_in_the_folder(
    sample: Workplace, environment: Installation
) -> None:
    query = "select count(*) from {{ ref('dim_cities') }}"
    told = environment.run("carbon", "query", query, "--format", "csv", cwd=sample.folder)
    assert told.splitlines()[-1] == "372"
    assert "stale" not in environment.run("carbon", "status", cwd=sample.folder)


def test_eject_writes_the_project(environment: Installation, tmp_path: Path) -> None:
    environment.run("carbon", "eject", "mine", cwd=tmp_path)
    for part in PROJECT_PARTS:
        assert (tmp_path / "mine" / part).exists()
    assert project_files(tmp_path / "mine") == project_files(PROJECT)
    listed = environment.run(
        "carbon", "init", "my.yml", cwd=tmp_path, CARBON_PROJECT=str(tmp_path / "mine")
    )
    assert "carbon check my.yml" in listed


def test_functions_need_nothing_heavy(environment: Installation, tmp_path: Path) -> None:
    code = f"""
import sys, duckdb, udfs
connection = duckdb.connect()
udfs.register(connection)
print(connection.execute("select mann_kendall([1, 3, 2, 4, 5]).s").fetchone()[0])
print([name for name in {_HEAVY} if name in sys.modules])
"""
    assert environment.run("python", "-c", code, cwd=tmp_path).split("\n")[:2] == ["8", "[]"]


def test_two_builds_are_equal_bytes(tmp_path: Path) -> None:
    wheels = [build_wheel(tmp_path / name).read_bytes() for name in ("a", "b")]
    assert wheels[0] == wheels[1]
