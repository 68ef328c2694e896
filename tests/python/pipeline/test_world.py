"""docs/WORLD.md as a reader follows it: every country's budget from files as they are published."""

from __future__ import annotations

import csv
import shlex
import shutil
import statistics
from pathlib import Path

import duckdb
import pyogrio
import pytest
import yaml

from tests.helpers.documents import blocks
from tests.helpers.workplace import PROJECT, Workplace

pytestmark = pytest.mark.pipeline

WORLD = PROJECT / "docs" / "WORLD.md"
COUNTRIES = Path(pyogrio.__file__).parent / "tests" / "fixtures" / "naturalearth_lowres"
#: Names of countries that the table of national totals spells otherwise.
SPELT = {"United States": "United States of America"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Workplace:
    """Follow the document up to its questions."""
    workplace = Workplace(tmp_path_factory.mktemp("world"))
    (catalogue,) = blocks(WORLD, "yaml")
    content = yaml.safe_load(catalogue.text)
    layers = content["collections"]["historical"]["layers"]
    inputs = workplace.folder / "inputs"
    inputs.mkdir()
    for name in {layer["path"] for layer in layers if "path" in layer}:
        if not (shared_data / name).is_file():
            pytest.skip(f"{name} is not at hand")
        (inputs / name).symlink_to(shared_data / name)
    if not COUNTRIES.is_dir():
        pytest.skip("pyogrio has no fixture of countries")
    shutil.copytree(COUNTRIES, inputs / "countries")
    path = workplace.folder / "world.yml"
    path.write_text(catalogue.text, encoding="utf-8")
    (commands,) = blocks(WORLD, "console")
    for line in commands.text.splitlines():
        words = line.removeprefix("$ carbon ").replace("world.yml", str(path))
        verb, _, rest = words.partition(" ")
        workplace.carbon(verb, *shlex.split(rest))
    return workplace


@pytest.fixture(scope="module")
def reader(world: Workplace) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(world.build_file), read_only=True)


def test_the_document_says_what_comes_out(reader: duckdb.DuckDBPyConnection) -> None:
    questions = blocks(WORLD, "sql")
    assert len(questions) >= 3
    for question in questions:
        answer = reader.execute(question.text)
        assert answer.description is not None
        header, *printed = question.table
        assert tuple(column[0] for column in answer.description) == header
        rows = answer.fetchall()
        assert [tuple(map(_say, row)) for row in rows] == printed, question.text


def _say(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "NULL"}[value]
    return f"{value:,}" if isinstance(value, float) and value >= 1000 else str(value)


def test_nearly_all_emissions_of_the_land_are_in_a_country(
    reader: duckdb.DuckDBPyConnection,
) -> None:
    rows = reader.execute(
        "select year, zones_mass_tg, outside_mass_tg, grid_mass_tg from raw.emission_grid_totals"
    ).fetchall()
    assert [row[0] for row in sorted(rows)] == [2000, 2010]
    for year, inside, outside, grid in rows:
        assert inside + outside == pytest.approx(grid, rel=1e-9)
        assert inside / grid > 0.995, year
    assert {row[0]: row[3] for row in rows}[2010] == pytest.approx(8694.8, abs=0.05)


def test_large_emitters_agree_with_their_national_totals(
    reader: duckdb.DuckDBPyConnection, project: Path
) -> None:
    with (project / "carbon/sample/sources/owid_co2.csv").open(encoding="utf-8") as file:
        totals = {
            (SPELT.get(row["country"], row["country"]), int(row["year"])): float(row["co2"])
            for row in csv.DictReader(file)
            if row["co2"]
        }
    found = {
        (country, year): value
        for country, year, value in reader.execute(
            "select city_id, year, ce_tgco2 from marts.fct_city_carbon_budgets"
            " where ce_tgco2 is not null"
        ).fetchall()
    }
    errors = sorted(abs(found[key] / totals[key] - 1) for key in found.keys() & totals.keys())
    assert len(errors) == 8
    assert statistics.median(errors) < 0.05
    assert errors[-1] < 0.10


def test_every_country_has_its_sinks_and_no_trend_of_a_climatology(
    reader: duckdb.DuckDBPyConnection,
) -> None:
    (countries, budgets, sources) = reader.execute("""
        select count(*), count(cnc_tgco2),
            list(distinct (npp_source, runoff_source, is_climatology))
        from marts.fct_city_carbon_budgets where year = 2010
    """).fetchall()[0]
    assert (countries, budgets) == (177, 174)
    assert sources == [("miami", "unh_grdc", True)]
    rows = reader.execute("""
        select count(*) filter (where no_trend_reason like 'constant%'), count(slope_tgco2_yr)
            + count(mk_z) + count(hurst_raw) + count(first_significant_year)
        from marts.fct_trends where indicator in ('NPP', 'NEP', 'RCS', 'ECS')
    """).fetchall()[0]
    assert rows[0] > 4 * 174
    assert rows[1] == 0
    assert reader.execute(
        "select count(*) from marts.fct_mutation_points where indicator != 'CE'"
    ).fetchall() == [(0,)]
