"""The answer, computed a second time: probabilities, closures of eq. 3, and headlines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
import pytest

from tests.helpers.workplace import Workplace

pytestmark = pytest.mark.pipeline

DRAWS = 40_000
C_TO_TG_CO2 = 44 / 12 / 1e6


@pytest.fixture(scope="module")
def warehouse(sample: Workplace) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(sample.build_file), read_only=True) as connection:
        yield connection


def rows(warehouse: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    answer = warehouse.execute(sql)
    assert answer.description is not None
    names = [column[0] for column in answer.description]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def drawn_respiration(rng: np.random.Generator, means: dict[str, float]) -> np.ndarray:
    """RH in Tg CO2 by eq. 3 with drawn parameters, from raw terms; and the scale's own draw."""
    area, f, g = means["area"], means["f"], means["g"]
    exponent, mean_log = np.log(means["f_annual"] / area), np.log(f / 12 / area)
    z = rng.standard_normal((5, DRAWS))
    kt, kr = 0.10 * z[0], 0.30 * z[1]
    variance = 2 * max(mean_log - exponent, 0.0)
    warm = f * np.exp(kt * exponent + ((1 + kt) ** 2 - 1) * variance / 2)
    level = g / 12 / area
    wet = g * np.log(np.maximum(1 + kr, 0) * np.expm1(level) + 1) / level
    scale = 0.22 * (1 + 0.10 * z[2]) * 30 * 0.465 * (1 + 0.129 * z[3])
    return np.array([scale * (warm + wet) * C_TO_TG_CO2, z[2]])


def test_probabilities_of_ten_cities_by_numpy(warehouse: duckdb.DuckDBPyConnection) -> None:
    """Independent draws of independent code from raw sums; ten cities near and far from neutral."""
    cities = rows(
        warehouse,
        """
        select city_id, province_id, surplus_probability
        from marts.fct_city_verdicts where is_period_mean and verdict is not null
        qualify row_number() over (order by abs(surplus_probability - 0.5), city_id) <= 8
            or row_number() over (order by surplus_probability, city_id) <= 2
        """,
    )
    assert len(cities) == 10
    rng = np.random.default_rng(7)
    for city in cities:
        (means,) = rows(
            warehouse,
            f"""
            select avg(npp_joint_tc) as npp, avg(joint_area_km2) as area,
                avg(temperature_response_monthly_joint_km2) as f,
                avg(precipitation_response_monthly_joint_km2) as g,
                avg(temperature_response_annual_joint_km2) as f_annual
            from raw.zonal_city_year where collection = 'historical'
                and zonal_rule = 'fraction' and city_id = '{city["city_id"]}'
            """,
        )
        (sink,) = rows(
            warehouse,
            f"""
            select avg(rcs_tgco2) as rcs, avg(rcs_low_tgco2) as low, avg(rcs_high_tgco2) as high
            from marts.fct_city_carbon_budgets where city_id = '{city["city_id"]}'
            """,
        )
        emissions = dict(
            warehouse.execute(
                "select city_id, avg(ce_tgco2) from marts.fct_city_carbon_budgets "
                f"where province_id = '{city['province_id']}' and ce_tgco2 is not null group by all"
            ).fetchall()
        )
        (rule,) = rows(
            warehouse,
            f"""
            select abs(nep_difference_tgco2) as nep, abs(rcs_difference_tgco2) as rcs
            from intermediate.int_city_zonal_rules_compared where rh_time_base = 'monthly'
                and npp_gap_policy = 'valid' and city_id = '{city["city_id"]}'
            """,
        )
        respiration, scale = drawn_respiration(rng, means)
        z = rng.standard_normal((9, DRAWS))
        respiration = respiration * (1 + 0.10 * (0.5 * z[0] + np.sqrt(0.75) * z[1]))
        growth = means["npp"] * C_TO_TG_CO2
        growth = growth * (1 + 0.20 * (0.5 * scale + np.sqrt(0.75) * z[2]) + 0.10 * z[0])
        weathering = (
            rng.triangular(sink["low"], sink["rcs"], sink["high"], DRAWS)
            if sink["high"] > sink["low"]
            else np.full(DRAWS, sink["rcs"])
        )
        weights = {name: np.exp(0.30 * rng.standard_normal(DRAWS)) for name in emissions}
        total = sum(emissions.values())
        shared = sum(emissions[name] * weight for name, weight in weights.items())
        emitted = emissions[city["city_id"]] * weights[city["city_id"]] * total / shared
        emitted = emitted * (1 + 0.05 * z[3] + 0.12 * z[4])
        balance = growth - respiration + rule["nep"] * z[5] - emitted
        balance += weathering * (1 + 0.15 * z[6]) + rule["rcs"] * z[7]
        found = float((balance > 0).mean())
        # Four standard errors of 1,000 draws, and the skew that single precision cannot add to.
        tolerance = 4 * np.sqrt(max(found * (1 - found), 1e-3) / 1000)
        assert city["surplus_probability"] == pytest.approx(found, abs=tolerance), city


@pytest.mark.parametrize(
    ("mean", "swing", "relief"), [(7, 15, 4), (22, 7, 1), (-3, 10, 5), (14, 13, 2), (3, 20, 3)]
)
def test_the_stored_terms_say_what_another_coefficient_gives(
    mean: float, swing: float, relief: float
) -> None:
    """The closures of macros/uncertainty.sql against twelve months of two thousand cells."""
    months = np.arange(12)
    cells = np.random.default_rng(1).normal(0, relief, (2000, 1))
    temperature = 0.0913 * (mean + swing * np.cos(2 * np.pi * months / 12) + cells)
    response = np.exp(temperature)
    rain = 0.3145 * np.array([5, 5, 10, 20, 50, 80, 150, 120, 60, 30, 10, 5.0])
    level = np.log1p(rain).mean()
    for error in (-0.1, 0.1):
        exact = np.exp((1 + error) * temperature).mean() / response.mean() - 1
        exponent, mean_log = temperature.mean(), np.log(response.mean())
        closed = np.expm1(error * exponent + error * (2 + error) * (mean_log - exponent))
        assert closed == pytest.approx(exact, abs=0.03)
        assert abs(closed) >= abs(exact) * 0.98  # the spread is hardly ever understated
    for error in (-0.3, 0.3):
        exact = np.log1p((1 + error) * rain).mean() / level - 1
        closed = np.log((1 + error) * np.expm1(level) + 1) / level - 1
        assert closed == pytest.approx(exact, abs=0.015)


def test_headlines_say_what_they_hold(warehouse: duckdb.DuckDBPyConnection) -> None:
    headlines = {
        row["headline_id"]: row for row in rows(warehouse, "select * from marts.fct_headlines")
    }
    assert len(headlines) >= 12
    national = headlines["national_cnc"]
    assert f"{round(national['value']):,} Tg CO2" in national["sentence"]
    for row in headlines.values():
        if row["low"] is not None:
            assert row["low"] <= row["value"] <= row["high"], row["headline_id"]
            for bound in ("error", "reading"):
                if row[f"{bound}_low"] is not None:
                    assert row["low"] <= row[f"{bound}_low"]
                    assert row[f"{bound}_high"] <= row["high"]
    assert headlines["absorbed_ratio"]["plausibility"] == "within published estimates"
    assert "ranking" in headlines["first_city"]["sentence"]
    assert "not the net sink" in headlines["what_nep_leaves_out"]["sentence"]


def test_half_or_more_of_the_sample_is_sure(warehouse: duckdb.DuckDBPyConnection) -> None:
    """Emissions dwarf sinks, so that most cities are surely in deficit; none surely in surplus."""
    counts = dict(
        warehouse.execute(
            "select coalesce(verdict, 'none'), count(*) from marts.fct_city_verdicts "
            "where is_period_mean group by all"
        ).fetchall()
    )
    assert sum(counts.values()) == 362
    assert counts["robust deficit"] > 181
    assert "robust surplus" not in counts
    assert counts["undecided"] > 10
