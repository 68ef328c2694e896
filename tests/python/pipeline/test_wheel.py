"""What users install works without the repository: the demo, other models, functions alone.

Nothing of the installation may be written to; an administrator could, so its files are compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.helpers.installation import Installation, build_wheel, install
from tests.helpers.workplace import PROJECT, Workplace
from workspace.project import PROJECT_PARTS, project_files

pytestmark = pytest.mark.pipeline

_HEAVY = ("dbt", "geopandas", "ibis", "netCDF4", "rasterio", "typer")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("installed")
    installed = install(build_wheel(folder), folder / "environment")
    if installed is None:
        pytest.skip("uv or the packages of requirements-run.lock could not be had")
    before = installed.files()
    yield installed
    assert installed.files() == before


@pytest.fixture(scope="module")
def demo(environment: Installation, tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """The demo, from the wheel, in a folder that the repository does not know."""
    workplace = Workplace(tmp_path_factory.mktemp("demo"))
    said = environment.run("carbon", "demo", ".", cwd=workplace.folder)
    (workplace.folder / "demo.txt").write_text(said, encoding="utf-8")
    return workplace


def test_the_demo_ends_with_its_answer(demo: Workplace, environment: Installation) -> None:
    said = (demo.folder / "demo.txt").read_text(encoding="utf-8")
    for head in ("balance ", "cities ", "2060 ", "careful ", "look "):
        assert f"\n{head}" in said
    assert (demo.folder / "published" / "atlas" / "index.html").is_file()
    told = environment.run("carbon", "summary", cwd=demo.folder)
    assert said.endswith(told)


def test_the_published_file_is_that_of_the_repository(
    demo: Workplace, environment: Installation
) -> None:
    with duckdb.connect(str(demo.published_file), read_only=True) as connection:
        files = dict(connection.execute("from meta.project_files").fetchall())
        catalogue = connection.execute("select catalogue from meta.build").fetchone()
    assert files == project_files(PROJECT)
    assert catalogue is not None
    assert Path(catalogue[0]).is_relative_to(environment.packages)


def test_queries_and_status_work_in_the_folder(demo: Workplace, environment: Installation) -> None:
    query = "select count(*) from {{ ref('dim_cities') }}"
    told = environment.run("carbon", "query", query, "--format", "csv", cwd=demo.folder)
    assert told.splitlines()[-1] == "372"
    assert "stale" not in environment.run("carbon", "status", cwd=demo.folder)


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
