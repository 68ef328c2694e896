"""`dbt build` on a small country in closed form: values, identities, publishing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.helpers.client_programs import SCRIPTS, program, run
from tests.helpers.raw_fixture import (
    BARREN_CELL,
    CELL_AREA_KM2,
    CELLS,
    FRACTIONS,
    PROVINCE_OF,
    UNKNOWN_ROCK_CELL,
    YEARS,
    cell_value,
    emission_rows,
    write_raw,
)
from tests.helpers.reading import published_fingerprint, readers_at_work

ROOT = Path(__file__).resolve().parents[3]
C_MONTH = 0.22 * 30 * 0.465
TO_TG_CO2 = 44 / 12 / 1e6

pytestmark = pytest.mark.pipeline


class Workspace:
    """Folders of one warehouse, and dbt to build it."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.published = folder / "published"
        self.file = self.published / "carbon_budget.duckdb"
        self.environment = {
            **os.environ,
            "CARBON_DATA": str(self.data),
            "CARBON_PUBLISHED": str(self.published),
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
        }

    def dbt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "dbt.cli.main", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )

    def run_sql(self, sql: str) -> None:
        with duckdb.connect(str(self.data / "build" / "carbon_budget.duckdb")) as connection:
            connection.execute(sql)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    space = Workspace(tmp_path_factory.mktemp("warehouse"))
    write_raw(space.data)
    leftovers = space.published / ".next"
    leftovers.mkdir(parents=True)
    (leftovers / "carbon_budget.duckdb").write_bytes(b"half a file")
    (leftovers / "carbon_budget.duckdb.wal").write_bytes(b"of a killed run")
    done = space.dbt("build")
    assert done.returncode == 0, done.stdout
    assert f"published: {space.file}" in done.stdout
    return space


@pytest.fixture
def reader(built: Workspace) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(built.file), read_only=True) as connection:
        yield connection


def expected_nep(city: str, year: int, base: str, policy: str) -> float:
    total = 0.0
    for cell, share in FRACTIONS[city].items():
        npp = cell_value("npp_gc_m2", cell, year)
        if npp is None and policy == "valid":
            continue
        term = "monthly" if base == "monthly" else "annual"
        temperature = cell_value(f"temperature_response_{term}", cell, year)
        rain = cell_value(f"precipitation_response_{term}", cell, year)
        assert temperature is not None
        assert rain is not None
        months = 1 if base == "monthly" else 12
        respiration = months * C_MONTH * (temperature + rain)
        total += share * CELL_AREA_KM2 * ((npp or 0.0) - respiration)
    return total * TO_TG_CO2


def expected_rcs(city: str, year: int) -> float:
    total = 0.0
    for cell, share in FRACTIONS[city].items():
        runoff = cell_value("runoff_mm", cell, year)
        assert runoff is not None
        if cell != UNKNOWN_ROCK_CELL:
            total += share * CELL_AREA_KM2 * 1.586 * runoff * 12e-3
    return total * TO_TG_CO2


def expected_ce(city: str, year: int) -> float | None:
    values = [row[8] for row in emission_rows() if row[3] == city and row[7] == year]
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def test_city_budgets_in_closed_form(reader: duckdb.DuckDBPyConnection) -> None:
    rows = reader.execute(
        "select city_id, year, ce_tgco2, nep_tgco2, nep_monthly_valid_tgco2,"
        " nep_monthly_barren_as_zero_tgco2, nep_annual_x12_valid_tgco2,"
        " nep_annual_x12_barren_as_zero_tgco2, rcs_tgco2, ecs_tgco2, cnc_tgco2, carbon_state"
        " from marts.fct_city_carbon_budgets"
    ).fetchall()
    assert len(rows) == len(FRACTIONS) * len(YEARS)
    for city, year, ce, nep, *choices, rcs, ecs, cnc, state in rows:
        expected = [
            expected_nep(city, year, base, policy)
            for base in ("monthly", "annual_x12")
            for policy in ("valid", "barren_as_zero")
        ]
        assert choices == pytest.approx(expected, rel=1e-12)
        assert nep == choices[0]
        assert rcs == pytest.approx(expected_rcs(city, year), rel=1e-12)
        assert ecs == pytest.approx(nep + rcs, rel=1e-12)
        wanted = expected_ce(city, year)
        if wanted is None:
            assert (ce, cnc, state) == (None, None, None)
        else:
            assert ce == pytest.approx(wanted, rel=1e-12)
            assert cnc == pytest.approx(ecs - wanted, rel=1e-12)
            assert state == ("surplus" if cnc > 0 else "deficit")


def test_inventories_stand_side_by_side(reader: duckdb.DuckDBPyConnection) -> None:
    rows = reader.execute("""
        select inventory, inventory_kind, is_headline, ce_tgco2, shared_ratio, inventory_count,
            low_tgco2, high_tgco2, spread_ratio
        from marts.fct_city_emission_inventories where city_id = 'a' and year = 2001
        order by inventory
    """).fetchall()
    dioxide, carbon, table = 0.033, 0.3 * 44 / 12, expected_ce("a", 2001)
    assert table is not None
    spread = (carbon - table) / 2 / ((dioxide + carbon + table) / 3)
    common = [3, *map(pytest.approx, (table, carbon, spread))]
    assert [list(row) for row in rows] == [
        ["carbon_grid", "grid", False, pytest.approx(carbon), pytest.approx(0.5), *common],
        ["dioxide_grid", "grid", False, pytest.approx(dioxide), pytest.approx(0.5), *common],
        ["inventory", "table", True, pytest.approx(table), None, *common],
    ]
    # A grid alone is shown, and is not taken for the headline's gap.
    alone = reader.execute("""
        select inventory, is_headline, spread_ratio is not null
        from marts.fct_city_emission_inventories where city_id = 'e' and year = 2002 order by 1
    """).fetchall()
    assert alone == [("carbon_grid", False, True), ("dioxide_grid", False, True)]
    budget = "select ce_tgco2 from marts.fct_city_carbon_budgets where city_id = 'e'"
    assert set(reader.execute(budget).fetchall()) == {(None,)}


def test_provinces_and_nation_sum_their_parts(reader: duckdb.DuckDBPyConnection) -> None:
    provinces = {
        (province, year): rest
        for province, year, *rest in reader.execute(
            "select province_id, year, ce_tgco2, unassigned_ce_tgco2, ecs_tgco2, cnc_tgco2,"
            " in_study, ce_city_count from marts.fct_province_carbon_budgets"
        ).fetchall()
    }
    assert len(provinces) == len(set(PROVINCE_OF.values())) * len(YEARS)
    for (province, year), (ce, unassigned, ecs, cnc, in_study, _) in provinces.items():
        units = [row[8] for row in emission_rows() if row[5] == province and row[7] == year]
        cities = [city for city, parent in PROVINCE_OF.items() if parent == province]
        sinks = sum(
            expected_nep(city, year, "monthly", "valid") + expected_rcs(city, year)
            for city in cities
        )
        assert ecs == pytest.approx(sinks, rel=1e-12)
        assert in_study == (province != "300000")
        if units:
            assert ce == pytest.approx(sum(value or 0.0 for value in units), rel=1e-12)
            assert unassigned == (0.125 if province == "200000" else 0.0)
            assert cnc == pytest.approx(ecs - ce, rel=1e-12)
        else:
            assert (ce, cnc) == (None, None)
    assert provinces["200000", YEARS[-1]][-1] == 1
    national = reader.execute(
        "select year, ce_tgco2, ecs_tgco2, cnc_tgco2 from marts.fct_national_carbon_budgets"
    ).fetchall()
    for year, ce, ecs, cnc in national:
        studied = [provinces["100000", year], provinces["200000", year]]
        assert ce == pytest.approx(sum(row[0] for row in studied), rel=1e-12)
        assert ecs == pytest.approx(sum(row[2] for row in studied), rel=1e-12)
        assert cnc == pytest.approx(ecs - ce, rel=1e-12)


def test_cells_map_and_quality(reader: duckdb.DuckDBPyConnection) -> None:
    cells = dict(
        reader.execute("select cell_id, nep_gc_m2 from marts.fct_cell_carbon_sinks").fetchall()
    )
    assert set(cells) == set(CELLS)
    assert cells[BARREN_CELL] is None
    middle = YEARS[1]
    terms = [
        cell_value(name, 7, middle)
        for name in (
            "npp_gc_m2",
            "temperature_response_monthly",
            "precipitation_response_monthly",
        )
    ]
    npp, temperature, rain = (term for term in terms if term is not None)
    # Every term of the fixture is linear in the year, so the mean is the middle year.
    assert cells[7] == pytest.approx(npp - C_MONTH * (temperature + rain), rel=1e-12)
    quality = {
        (city, layer): rest
        for city, layer, *rest in reader.execute(
            "select city_id, layer, valid_ratio, cell_count, centre_rule_difference_ratio"
            f" from marts.fct_data_quality where year = {YEARS[-1]}"
        ).fetchall()
    }
    assert quality["c", "npp_gc_m2"][0] == 0.5
    assert quality["a", "lithology"] == [1.0, 2, pytest.approx(-1 / 3)]
    assert quality["a", "emissions"][0] == 1.0
    assert quality["d", "emissions"][0] == 0.0
    assert quality["e", "emissions"][0] == 0.0


def test_energy_emissions_follow_eq_1(reader: duckdb.DuckDBPyConnection) -> None:
    emissions = {
        (fuel, factors): co2
        for fuel, factors, co2 in reader.execute(
            "select fuel, factor_set, co2_tgco2 from marts.fct_energy_emissions"
        ).fetchall()
    }
    assert emissions["coal", "ipcc2006"] == pytest.approx(2.44068, rel=1e-12)
    assert emissions["coal", "ceads"] == pytest.approx(1.8645088, rel=1e-12)
    assert emissions["natural_gas", "nbs_ncv"] == pytest.approx(0.21840291, rel=1e-12)


def test_published_file_describes_itself(reader: duckdb.DuckDBPyConnection) -> None:
    schemas = {
        row[0]
        for row in reader.execute(
            "select distinct schema_name from duckdb_columns() where not internal"
        ).fetchall()
    }
    assert schemas == {"ref", "marts", "bi", "meta"}
    columns = (
        "select schema_name, table_name, column_name, column_index, data_type, {0}"
        " from {1} order by all"
    )
    # What the YAML says is what the file has, types and comments too.
    found = reader.execute(columns.format("comment", "duckdb_columns() where not internal"))
    described = found.fetchall()
    assert described == reader.execute(columns.format("description", "meta.columns")).fetchall()
    assert all(comment for *_, comment in described)
    silent = "select count(*) from duckdb_tables() where coalesce(comment, '') = ''"
    assert reader.execute(silent).fetchone() == (0,)
    views = "select count(*) from duckdb_views() where not internal"
    assert reader.execute(views).fetchone() == (0,)
    row = reader.execute("select dbt_version, vars_json from meta.build").fetchone()
    assert row is not None
    assert row[0].startswith("1.11.")
    assert json.loads(row[1])["rh_temperature_coefficient"] == 0.0913


@pytest.mark.parametrize(
    ("suffix", "unit"),
    [
        ("_tgco2", "Tg CO2 yr-1"),
        ("_gc_m2", "g C m-2 yr-1"),
        ("_km2", "km2"),
        ("_ratio", "1"),
        ("_count", "1"),
    ],
)
def test_suffix_unit_comment_and_dictionary_agree(
    reader: duckdb.DuckDBPyConnection, suffix: str, unit: str
) -> None:
    rows = reader.execute(
        "select columns.column_name, columns.comment, dictionary.unit"
        " from duckdb_columns() as columns"
        " inner join meta.columns as dictionary using (schema_name, table_name, column_name)"
        " where columns.schema_name = 'marts' and ends_with(columns.column_name, ?)"
        " and columns.column_name not in ('cnc_ktco2_km2', 'runoff_mm_km2')",
        [suffix],
    ).fetchall()
    assert rows
    for name, comment, declared in rows:
        assert declared == unit, name
        assert comment.endswith(f"Unit: {unit}."), name


def test_columns_say_how_their_values_add_up(reader: duckdb.DuckDBPyConnection) -> None:
    said = {
        (table, column): rest
        for table, column, *rest in reader.execute(
            "select table_name, column_name, aggregation, numerator, denominator, sum_within"
            " from meta.columns where schema_name in ('marts', 'bi')"
        ).fetchall()
    }
    assert said["fct_city_carbon_budgets", "ecs_tgco2"] == ["sum", None, None, "in_study"]
    assert said["fct_energy_emissions", "co2_tgco2"] == ["sum", None, None, "factor_set"]
    assert said["carbon_budgets", "absorbed_ratio"] == [
        *("ratio of sums", "ecs_tgco2", "ce_tgco2"),
        "entity_level",
    ]
    assert said["carbon_budgets", "area_km2"][3] == "entity_level, year"
    assert said["fct_trends", "mk_z"] == ["none", None, None, None]
    assert said["dim_cities", "city_name"] == [None, None, None, None]
    # A ratio says so where a reader looks who does not know of meta.
    ratios = reader.execute(
        "select table_name, column_name from meta.columns where aggregation != 'sum'"
        " and column_name like '%_ratio' and description not like '%Do not sum%'"
    ).fetchall()
    assert ratios == []


def test_no_leftovers_and_no_log(built: Workspace) -> None:
    assert [path.name for path in built.published.iterdir()] == ["carbon_budget.duckdb"]


def test_published_file_opens_with_duckdb_1_0(built: Workspace) -> None:
    python = program("duckdb-1.0", "bin", "python")
    answer = run(python, SCRIPTS / "read_duckdb.py", built.file, SCRIPTS / "answers.sql")
    assert answer["version"] == "1.0.0"
    assert answer["table_count"] > 50
    assert answer["p_value"] == pytest.approx(0.08641073297370002, rel=1e-14)
    assert answer["broken_identity_count"] == 0


def test_keys_count_their_orphans(reader: duckdb.DuckDBPyConnection) -> None:
    orphans = {
        (table, column): count
        for table, column, count in reader.execute(
            "select table_name, column_name, orphan_count from meta.keys"
            " where key_type = 'foreign' and orphan_count > 0"
        ).fetchall()
    }
    # Emissions that found no city, for each year, and the provinces of the study's own table.
    assert orphans["fct_data_quality", "city_id"] == len(YEARS)
    assert set(orphans) == {
        ("fct_data_quality", "city_id"),
        ("fct_emission_inventory_comparisons", "province_id"),
    }


def test_partial_build_does_not_publish(built: Workspace) -> None:
    before = built.file.read_bytes()
    done = built.dbt("build", "--select", "dim_cities")
    assert done.returncode == 0, done.stdout
    assert "not published: --select leaves nodes out" in done.stdout
    assert built.file.read_bytes() == before


def test_failing_test_leaves_published_file_and_its_readers_alone(
    built: Workspace, tmp_path: Path
) -> None:
    space = Workspace(tmp_path)
    shutil.copytree(built.data, space.data)
    shutil.copytree(built.published, space.published)
    before = space.file.read_bytes()
    # Mass goes missing: the cities no longer sum to the grid.
    space.run_sql("update raw.grid_totals set zones_sum = zones_sum * 0.999 where year = 2002")
    done = space.dbt("build")
    assert done.returncode == 1, done.stdout
    assert "not published: " in done.stdout
    assert "assert_raster_totals_equal_zones_plus_outside" in done.stdout
    assert space.file.read_bytes() == before

    # Fixed, it publishes beside a reader that keeps the old file open.
    space.run_sql("update raw.grid_totals set zones_sum = zones_sum / 0.999 where year = 2002")
    space.run_sql("update raw.emissions set ce_mtco2 = 7 where unit_id = 'b1' and year = 2001")
    query = "select ce_tgco2 from marts.fct_city_carbon_budgets where city_id = 'b' and year = 2001"
    with duckdb.connect(str(space.file), read_only=True) as old_reader:
        done = space.dbt("build")
        assert done.returncode == 0, done.stdout
        assert old_reader.execute(query).fetchone() == (1.5,)
    with duckdb.connect(str(space.file), read_only=True) as new_reader:
        assert new_reader.execute(query).fetchone() == (7.0,)


def test_ten_readers_never_meet_a_half_or_mixed_build(built: Workspace, tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    shutil.copytree(built.data, space.data)
    shutil.copytree(built.published, space.published)
    published = {published_fingerprint(space.file)}
    with readers_at_work(space.file, tmp_path / "stop", count=10, keeping=3) as tally:
        # The project's own publishing step, twenty times; see benchmarks/ for whole builds.
        writer = subprocess.Popen(
            [sys.executable, ROOT / "tests" / "helpers" / "publishing.py", "20"],
            cwd=ROOT,
            env=space.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writer.stdin is not None
        assert writer.stdout is not None
        for line in writer.stdout:
            if line.startswith("published "):
                published.add(published_fingerprint(space.file))
                writer.stdin.write("go on\n")
                writer.stdin.flush()
        assert writer.wait() == 0
    assert len(published) == 21
    assert tally.errors == []
    assert tally.seen <= published
    assert len(tally.seen) > 10
    assert tally.queries > 1000


def test_without_lake_and_statistics(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    write_raw(space.data, keep_cells=False)
    space.run_sql("delete from raw.emissions; delete from raw.provinces;")
    space.run_sql("delete from raw.zonal_city_emissions; delete from raw.emission_grid_totals;")
    space.run_sql("delete from raw.energy_balances; update raw.cities set province_id = null;")
    done = space.dbt("build")
    assert done.returncode == 0, done.stdout
    with duckdb.connect(str(space.file), read_only=True) as connection:
        cells = connection.execute("select count(*) from marts.fct_cell_carbon_sinks").fetchone()
        national = connection.execute(
            "select distinct nation_id, city_count, ce_tgco2, cnc_tgco2"
            " from marts.fct_national_carbon_budgets"
        ).fetchall()
    assert cells == (0,)
    assert national == [("CN", len(FRACTIONS), None, None)]
