"""Drivers, forecasts, scenarios, uncertainty and claims of a small country in closed form.

The project is copied and given one more scenario by seed rows alone: that is what a user does.
"""

from __future__ import annotations

import csv
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.helpers.raw_fixture import FRACTIONS, write_raw

ROOT = Path(__file__).resolve().parents[3]
NEW, NEW_YEARS = "C3", (2004, 2005)
RATES = {
    "population_persons": 0.01,
    "urban_ratio": 0.0,
    "gdp_lcu": 0.05,
    "secondary_industry_ratio": 0.0,
    "energy_intensity_tce_lcu": -0.03,
    "coal_ratio": -0.01,
}
DRIVERS = [
    # year, persons, urban, gdp, its volume over the year before, secondary, energy, coal
    (2001, 100.0, 0.30, 1000.0, None, 0.45, 50.0, 0.70),
    (2002, 110.0, 0.31, 1300.0, None, 0.44, 55.0, 0.69),
    (2003, 115.0, 0.33, 1500.0, None, 0.46, 57.0, 0.66),
]
# A province that knows the volume of its GDP, and one year without energy.
ALPHA = [
    (2001, 60.0, 0.30, 500.0, None, 0.45, 20.0, 0.70),
    (2002, 62.0, 0.31, 600.0, 1.05, 0.44, 0.0, 0.69),
    (2003, 66.0, 0.33, 700.0, 1.04, 0.46, 26.0, 0.66),
]
ALPHA_FUELS_2003 = [("coal", 90.0, "10^4 t"), ("natural_gas", 3.0, "10^8 m3")]

pytestmark = pytest.mark.pipeline


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = tmp_path_factory.mktemp("scenarios")
    project, data = folder / "project", folder / "data"
    for name in ("models", "macros", "seeds", "tests/dbt", "analyses", "ingest", "udfs"):
        shutil.copytree(
            ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__", "sources")
        )
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(ROOT / name, project / name)
    with (project / "seeds/ref_scenario_growth_rates.csv").open("a", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(
            (NEW, driver, 2004, 2060, rate, "assumption", "test", "")
            for driver, rate in RATES.items()
        )
    path = write_raw(data)
    with duckdb.connect(str(path)) as connection:
        for level, rows in (("nation", DRIVERS), ("province", ALPHA)):
            connection.executemany(
                f"insert into raw.drivers values ('facts', '{level}', '100000', "
                "?, ?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
        connection.executemany(
            "insert into raw.energy_balances values ('balance', '100000', 2003, ?, ?, ?)",
            ALPHA_FUELS_2003,
        )
        # Every place emits in every year, so that the nation's CE is known.
        connection.execute("update raw.emissions set ce_mtco2 = 0.25 where ce_mtco2 is null")
        connection.execute(f"insert into raw.collections values ('{NEW}', 2004, 2005)")
        for table in ("zonal_city_year", "zonal_city_lithology", "zonal_city_layers"):
            for year in NEW_YEARS:
                connection.execute(
                    f"insert into raw.{table} select * replace ('{NEW}' as collection, "
                    f"{year} as year) from raw.{table} "
                    "where collection = 'historical' and year = 2003"
                )
        connection.execute(
            "insert into raw.countries values ('facts', 'CHN', 'China', 'NY.GDP.MKTP.CD', 'GDP', "
            "2001, 1e6), ('facts', 'XXX', 'Else', 'owid.co2', 'CO2', 2001, 3.0), "
            "('facts', 'XXX', 'Else', 'EN.ATM.CO2E.KT', 'CO2', 2001, 4000.0), "
            "('facts', 'XXX', 'Else', 'SP.POP.TOTL', 'people', 2001, 2e6), "
            "('facts', 'YYY', 'Sunk', 'owid.co2', 'CO2', 2001, 3.0), "
            "('facts', 'YYY', 'Sunk', 'sinks.ecs', 'ECS', 2001, 5.0)"
        )
    environment = {
        **os.environ,
        "CARBON_DATA": str(data),
        "CARBON_PUBLISHED": str(folder / "published"),
        "PYTHONPATH": str(project),
    }
    done = subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", "build"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    published = folder / "published" / "carbon_budget.duckdb"
    with duckdb.connect(str(published), read_only=True) as connection:
        yield connection


def test_a_scenario_is_added_by_its_rows_alone(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute(
        "select year, population_persons, energy_tce, ce_tgco2, ecs_tgco2, base_year, "
        f"cnc_tgco2 from marts.fct_scenario_carbon_budgets where scenario = '{NEW}' order by year"
    ).fetchall()
    assert [row[0] for row in rows] == list(range(2004, 2061))
    (observed,) = warehouse.execute(
        "select ecs_tgco2 from marts.fct_national_carbon_budgets where year = 2003"
    ).fetchall()
    for step, (year, people, energy, ce, ecs, base_year, cnc) in enumerate(rows, start=1):
        assert base_year == 2003
        assert people == pytest.approx(115 * 1.01**step, rel=1e-9)
        assert energy == pytest.approx(57 * (1.05 * 0.97) ** step, rel=1e-9)
        assert ce > 0
        if year in NEW_YEARS:
            assert ecs == pytest.approx(observed[0], rel=1e-9)
            assert cnc == pytest.approx(ecs - ce, rel=1e-9)
        else:
            assert ecs is None
            assert cnc is None


def test_effects_of_the_drivers_in_closed_form(warehouse: duckdb.DuckDBPyConnection) -> None:
    emissions = dict(
        warehouse.execute("select year, ce_tgco2 from marts.fct_national_carbon_budgets").fetchall()
    )
    (_, people0, _, gdp0, _, _, energy0, _), (_, people1, _, gdp1, _, _, energy1, _) = DRIVERS[:2]
    c0, c1 = emissions[2001], emissions[2002]
    mean = (c1 - c0) / math.log(c1 / c0)
    expected = {
        "population": mean * math.log(people1 / people0),
        "affluence": mean * math.log((gdp1 / people1) / (gdp0 / people0)),
        "energy_intensity": mean * math.log((energy1 / gdp1) / (energy0 / gdp0)),
        "carbon_intensity": mean * math.log((c1 / energy1) / (c0 / energy0)),
    }
    found = dict(
        warehouse.execute(
            "select factor, effect_tgco2 from marts.fct_emission_drivers "
            "where year = 2002 and entity_level = 'nation' and gdp_prices = 'current'"
        ).fetchall()
    )
    assert found == pytest.approx(expected, rel=1e-9)
    assert sum(found.values()) == pytest.approx(c1 - c0, rel=1e-9)


def test_a_province_at_constant_prices_with_its_fuel_mix(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    emissions = dict(
        warehouse.execute(
            "select year, ce_tgco2 from marts.fct_province_carbon_budgets "
            "where province_id = '100000'"
        ).fetchall()
    )
    (_, people0, _, _, _, _, energy0, _), (_, people1, _, gdp1, _, _, energy1, _) = (
        ALPHA[0],
        ALPHA[2],
    )
    gdp0 = gdp1 / 1.04 / 1.05
    c0, c1 = emissions[2001], emissions[2003]
    mean = log_mean(c1, c0)
    # Energy (TJ) and CO2 (kt) of a unit of coal and of gas: vectors eq1.ipcc.
    energy = [(100 * 258.0, 1 * 3893.1), (90 * 258.0, 3 * 3893.1)]
    co2 = [(100 * 24.4068, 1 * 218.40291), (90 * 24.4068, 3 * 218.40291)]
    shares, weights = (
        [[part / sum(year) for part in year] for year in quantity] for quantity in (energy, co2)
    )
    weight = [log_mean(after, before) for before, after in zip(*weights, strict=True)]
    mix = (
        mean
        * sum(
            w * math.log(after / before) for w, before, after in zip(weight, *shares, strict=True)
        )
        / sum(weight)
    )
    expected = {
        "population": mean * math.log(people1 / people0),
        "affluence": mean * math.log((gdp1 / people1) / (gdp0 / people0)),
        "energy_intensity": mean * math.log((energy1 / gdp1) / (energy0 / gdp0)),
        "fuel_structure": mix,
        "carbon_intensity": mean * math.log((c1 / energy1) / (c0 / energy0)) - mix,
    }
    rows = warehouse.execute(
        "select factor, effect_tgco2, period_effect_tgco2, chained_effect_tgco2 "
        "from marts.fct_emission_drivers where entity_level = 'province' and year = 2003 "
        "and base_year = 2001 and gdp_prices = 'constant'"
    ).fetchall()
    for place in (1, 2, 3):
        assert {row[0]: row[place] for row in rows} == pytest.approx(expected, rel=1e-9)
    assert sum(expected.values()) == pytest.approx(c1 - c0, rel=1e-9)


def log_mean(a: float, b: float) -> float:
    """Logarithmic mean of two different numbers."""
    return (a - b) / math.log(a / b)


def test_shared_errors_add_and_others_do_not(warehouse: duckdb.DuckDBPyConnection) -> None:
    shared = warehouse.execute(
        "select entity_level, sigma_tgco2, value_tgco2 from marts.fct_uncertainty_components "
        "where component = 'net_primary_production' and indicator = 'NPP'"
    ).fetchall()
    assert all(sigma == pytest.approx(0.2 * value, rel=1e-9) for _, sigma, value in shared)
    provinces = warehouse.execute(
        "select sigma_tgco2 from marts.fct_uncertainty_components where indicator = 'CE' "
        "and entity_level = 'province'"
    ).fetchall()
    (nation,) = warehouse.execute(
        "select sigma_tgco2, low_tgco2, high_tgco2, value_tgco2 "
        "from marts.fct_budget_uncertainties where indicator = 'CE' and entity_level = 'nation'"
    ).fetchall()
    assert nation[0] == pytest.approx(math.sqrt(sum(sigma**2 for (sigma,) in provinces)), rel=1e-9)
    assert nation[2] - nation[3] == pytest.approx(1.96 * nation[0], rel=1e-9)


def test_a_sink_booked_as_carbon_is_three_elevenths(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute(
        "select a.nep_tgco2, b.nep_tgco2, a.rcs_tgco2, b.rcs_tgco2 "
        "from marts.fct_budget_sensitivities as a inner join marts.fct_budget_sensitivities as b "
        "using (rh_time_base, npp_gap_policy, entity_level, entity_id) "
        "where a.sink_unit_booking = 'co2' and b.sink_unit_booking = 'carbon_as_co2'"
    ).fetchall()
    assert len(rows) == 4 * (1 + 2 + 2)  # choices, and the nation, two regions and two provinces
    for nep, nep_carbon, rcs, rcs_carbon in rows:
        assert nep_carbon == pytest.approx(nep * 3 / 11, rel=1e-12)
        assert rcs_carbon == pytest.approx(rcs * 3 / 11, rel=1e-12)


def test_countries_prefer_their_best_indicator(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute(
        "select country_code, ce_tgco2, is_own_inventory, co2_per_capita_t, cnc_tgco2 "
        "from marts.fct_country_comparisons order by country_code"
    ).fetchall()
    assert rows[0][2] is True
    assert rows[1] == ("XXX", 4.0, False, 2.0, None)
    assert rows[2] == ("YYY", 3.0, False, None, 2.0)


def test_claims_need_real_data_here(warehouse: duckdb.DuckDBPyConnection) -> None:
    verdicts = dict(
        warehouse.execute(
            "select verdict, count(*) from marts.fct_paper_claims group by verdict"
        ).fetchall()
    )
    assert sum(verdicts.values()) == 398
    assert verdicts["reproduced"] >= 5  # what needs no data: factors, grades, Table 1 itself
    assert "differs" not in verdicts
    assert len(FRACTIONS) == 5
