"""The diagnostics of the sample agree with the libraries of each field, from other inputs.

The marts take their series and edges from SQL lists; here both are built again from the budgets
and the neighbours, so that a slip in an order or a position shows.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator

import duckdb
import numpy as np
import pymannkendall
import pytest
from esda import G_Local, Moran, Moran_Local
from inequality.gini import Gini
from libpysal.weights import W

from tests.helpers.workplace import Workplace

pytestmark = pytest.mark.pipeline


@pytest.fixture(scope="module")
def warehouse(sample: Workplace) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(sample.build_file), read_only=True) as connection:
        yield connection


def mean_of_cities(warehouse: duckdb.DuckDBPyConnection, measure: str) -> dict[str, float]:
    """Mean of the study years of every city in the study."""
    return dict(
        warehouse.execute(
            f"select city_id, avg({measure} order by year) from marts.fct_city_carbon_budgets"
            " where in_study group by city_id having count(*) = count(cnc_tgco2) order by city_id"
        ).fetchall()
    )


def contiguity(
    warehouse: duckdb.DuckDBPyConnection, cities: list[str], *contacts: str
) -> dict[str, list[str]]:
    """Neighbours among the given cities."""
    found: dict[str, list[str]] = {city: [] for city in cities}
    for city, neighbour, contact in warehouse.execute(
        "select city_id, neighbour_id, contact from raw.neighbours order by all"
    ).fetchall():
        if contact in contacts and city in found and neighbour in found:
            found[city].append(neighbour)
    return found


@pytest.mark.parametrize("indicator", ["CE", "ECS", "CNC"])
@pytest.mark.parametrize("policy", ["keep", "drop", "attach"])
def test_global_moran_is_that_of_esda(
    warehouse: duckdb.DuckDBPyConnection, indicator: str, policy: str
) -> None:
    means = mean_of_cities(warehouse, f"{indicator.lower()}_tgco2")
    contacts = ("contiguity", "attachment") if policy == "attach" else ("contiguity",)
    neighbours = contiguity(warehouse, list(means), *contacts)
    if policy == "drop":
        neighbours = {city: others for city, others in neighbours.items() if others}
    weights = W(neighbours, id_order=list(neighbours), silence_warnings=True)
    expected = Moran(np.array([means[city] for city in neighbours]), weights, "r", permutations=0)
    row = warehouse.execute(
        "select morans_i, expected_i, var_norm, p_norm, p_sim, city_count, link_count"
        " from marts.fct_spatial_autocorrelations"
        " where is_period_mean and indicator = ? and island_policy = ?",
        [indicator, policy],
    ).fetchone()
    assert row is not None
    assert row[:4] == pytest.approx(
        (expected.I, expected.EI, expected.VI_norm, expected.p_norm), rel=1e-9
    )
    assert 0 < row[4] <= 0.01
    assert row[5:] == (len(neighbours), sum(map(len, neighbours.values())))


def test_clusters_are_those_of_esda(warehouse: duckdb.DuckDBPyConnection) -> None:
    means = mean_of_cities(warehouse, "cnc_tgco2")
    neighbours = contiguity(warehouse, list(means), "contiguity", "attachment")
    values = np.array(list(means.values()))
    n = len(values)
    weights = W(neighbours, id_order=list(neighbours), silence_warnings=True)
    local = Moran_Local(values, weights, "r", permutations=999, seed=1, n_jobs=1)
    rows = {
        city: rest
        for city, *rest in warehouse.execute(
            "select city_id, local_i, p_sim, quadrant, cluster_type, gi_star_z"
            " from marts.fct_city_clusters where is_period_mean and indicator = 'CNC'"
        ).fetchall()
    }
    got = [rows[city] for city in means]
    np.testing.assert_allclose([row[0] for row in got], local.Is * n / (n - 1), atol=1e-9)
    np.testing.assert_allclose([row[1] for row in got], local.p_sim, atol=0.08)
    quadrants = np.array(["", "HH", "LH", "LL", "HL"])[local.q]
    assert [row[2] for row in got] == quadrants.tolist()
    assert [row[3] for row in got] == [row[2] if row[1] < 0.05 else "ns" for row in got]
    hot = G_Local(values - values.min() + 1, weights, "b", permutations=0, star=True)
    np.testing.assert_allclose([row[4] for row in got], hot.Zs, atol=1e-6)


def test_trends_are_those_of_pymannkendall(warehouse: duckdb.DuckDBPyConnection) -> None:
    series: dict[str, list[float]] = defaultdict(list)
    for province, value in warehouse.execute(
        "select province_id, cnc_tgco2 from marts.fct_province_carbon_budgets"
        " where cnc_tgco2 is not null order by province_id, year"
    ).fetchall():
        series[province].append(value)
    rows = warehouse.execute(
        "select entity_id, mk_s, mk_var_s, mk_z, mk_p_value, mk_tau, sen_slope_tgco2_yr,"
        " slope_tgco2_yr from marts.fct_trends where entity_level = 'province'"
        " and indicator = 'CNC' and slope_tgco2_yr is not null"
    ).fetchall()
    assert len(rows) == len(series) == 30
    for province, *got, slope in rows:
        expected = pymannkendall.original_test(series[province])
        assert got == pytest.approx(
            (
                expected.s,
                expected.var_s,
                expected.z,
                expected.p,
                expected.Tau,
                expected.slope,
            ),
            rel=1e-9,
        )
        years = np.arange(len(series[province]))
        assert slope == pytest.approx(np.polyfit(years, series[province], 1)[0], rel=1e-9)


def test_inequality_of_deficits_is_that_of_pysal(warehouse: duckdb.DuckDBPyConnection) -> None:
    means = mean_of_cities(warehouse, "cnc_tgco2")
    province_of = dict(
        warehouse.execute("select city_id, province_id from marts.dim_cities").fetchall()
    )
    by_province = itertools.groupby(
        sorted(means, key=lambda city: (province_of[city], city)), key=province_of.__getitem__
    )
    ginis = dict(
        warehouse.execute(
            "select province_id, gini_weighted from marts.fct_inequalities"
            " where is_period_mean and indicator = 'CNC'"
        ).fetchall()
    )
    compared = 0
    for province, cities in by_province:
        values = np.array([means[city] for city in cities])
        if len(values) == 1:
            assert ginis[province] is None
        elif (values < 0).all():
            compared += 1
            assert ginis[province] == pytest.approx(Gini(-values).g, rel=1e-9)
    assert compared >= 15  # most provinces hold no city in surplus


def test_the_slope_of_china_is_the_sum_of_its_provinces(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    row = warehouse.execute(
        "select sum(slope_tgco2_yr) filter (where entity_level = 'nation'),"
        " sum(slope_tgco2_yr) filter (where entity_level = 'province'),"
        " avg(slope_tgco2_yr) filter (where entity_level = 'province')"
        " from marts.fct_trends where indicator = 'CNC' and in_study"
    ).fetchone()
    assert row is not None
    nation, provinces, mean = row
    assert nation == pytest.approx(provinces, rel=1e-9)
    # The paper prints -13.37 as the change of China.
    assert mean == pytest.approx(-13.37, abs=1)


def test_a_trend_alone_makes_the_hurst_exponent_high(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    row = warehouse.execute(
        "select min(hurst_raw), median(hurst_raw), median(hurst_detrended)"
        " from marts.fct_trends where entity_level = 'province' and indicator = 'CNC' and in_study"
    ).fetchone()
    assert row is not None
    assert row[0] > 0.8
    assert row[2] < row[1] - 0.2


def test_every_cell_in_a_city_has_a_row_and_its_trend_or_none(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    row = warehouse.execute(
        "select count(*), count(nep_slope_gc_m2_yr), count(nep_mk_p_value),"
        " count(*) filter (where nep_year_count = 21),"
        " (select count(*) from raw.cells) from marts.fct_cell_trends"
    ).fetchone()
    assert row is not None
    assert row[0] == row[4]
    assert row[1] == row[2] == row[3] > 0
