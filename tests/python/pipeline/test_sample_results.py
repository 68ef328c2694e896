"""The sample's figures are the paper's where the sample is real, and believable where it is not."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from tests.helpers.workplace import Workplace

pytestmark = pytest.mark.pipeline

TG_CO2_PER_PG_C = 44 / 12 * 1000
TG_CO2_PER_TG_C = 44 / 12


@pytest.fixture(scope="module")
def warehouse(sample: Workplace) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(sample.published_file), read_only=True) as connection:
        yield connection


def one(warehouse: duckdb.DuckDBPyConnection, sql: str) -> tuple[float, ...]:
    row = warehouse.execute(sql).fetchone()
    assert row is not None
    return row


def test_emissions_are_table_1(warehouse: duckdb.DuckDBPyConnection) -> None:
    differences = warehouse.execute("""
        with emissions as (
            select province_id, year::varchar as period, ce_tgco2
            from marts.fct_province_carbon_budgets
            union all
            select province_id, 'mean', avg(ce_tgco2)
            from marts.fct_province_carbon_budgets group by province_id
        )
        select abs(ce_tgco2 - ceads_mtco2)
        from ref.ref_paper_table1 inner join emissions using (province_id, period)
    """).fetchall()
    assert len(differences) == 30 * 4
    assert max(difference for (difference,) in differences) < 0.1


@pytest.mark.parametrize(("year", "printed"), [(1997, 3090.5), (2010, 8150.3), (2017, 9456.4)])
def test_national_emissions(
    warehouse: duckdb.DuckDBPyConnection, year: int, printed: float
) -> None:
    (emissions,) = one(
        warehouse,
        f"select ce_tgco2 from marts.fct_national_carbon_budgets where year = {year}",
    )
    assert emissions == pytest.approx(printed, abs=0.1)


def test_energy_balances_give_the_ipcc_column(warehouse: duckdb.DuckDBPyConnection) -> None:
    (rows, worst) = one(
        warehouse,
        """
        with computed as (
            select province_id, year::varchar as period, sum(co2_tgco2) as co2_tgco2
            from marts.fct_energy_emissions where factor_set = 'ipcc2006' group by all
        ),
        periods as (
            from computed
            union all
            select province_id, 'mean', avg(co2_tgco2) from computed group by province_id
        )
        select count(*), max(abs(co2_tgco2 - ipcc_mtco2))
        from ref.ref_paper_table1 inner join periods using (province_id, period)
        """,
    )
    assert rows == 30 * 4
    assert worst < 0.1


def test_the_country_has_its_size(warehouse: duckdb.DuckDBPyConnection) -> None:
    cities, in_study, area = one(
        warehouse,
        "select count(*), count(*) filter (where in_study), sum(area_km2) from marts.dim_cities",
    )
    assert cities == 372
    assert in_study >= 353
    assert 9.3e6 < area < 9.6e6


def test_sinks_are_believable(warehouse: duckdb.DuckDBPyConnection) -> None:
    respiration, weathering, capacity = one(
        warehouse,
        "select avg(rh_tgco2), avg(rcs_tgco2), avg(cnc_tgco2)"
        " from marts.fct_national_carbon_budgets",
    )
    assert 1.5 < respiration / TG_CO2_PER_PG_C < 2.2
    assert 8 < weathering / TG_CO2_PER_TG_C < 22
    assert -5800 < capacity < -5500
    lowest, highest = one(
        warehouse, "select min(nep_tgco2), max(nep_tgco2) from marts.fct_national_carbon_budgets"
    )
    assert 0.119 < lowest / TG_CO2_PER_PG_C < highest / TG_CO2_PER_PG_C < 0.211


def test_the_south_east_absorbs_and_the_north_west_emits(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    nep = dict(
        warehouse.execute("""
            select province_name, avg(nep_tgco2)
            from marts.fct_province_carbon_budgets group by province_name
        """).fetchall()
    )
    assert all(nep[name] > 0 for name in ("Yunnan", "Guangxi", "Fujian", "Heilongjiang"))
    assert all(nep[name] < 0 for name in ("Tibet", "Xinjiang", "Qinghai", "Ningxia"))


def test_most_cities_are_in_deficit(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute("""
        select region_name, count(*)
        from (
            select city_id, avg(cnc_tgco2) as cnc_tgco2
            from marts.fct_city_carbon_budgets group by city_id
        )
        inner join marts.dim_cities using (city_id)
        where cnc_tgco2 > 0 group by region_name
    """).fetchall()
    surpluses = dict(rows)
    assert {"Southwest", "Northeast"} <= set(surpluses)
    assert 10 < sum(surpluses.values()) < 80


def test_synthetic_sources_say_so(warehouse: duckdb.DuckDBPyConnection) -> None:
    labels = dict(
        warehouse.execute("""
            select split_part(role, '/', 2), bool_and(is_synthetic)
            from meta.source_files where role like 'historical/%' group by all
        """).fetchall()
    )
    assert labels["npp"]
    assert labels["lithology"]
    assert labels["evapotranspiration"]
