"""Annual terms: against the published vectors, brute force, and missing months."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.catalogue.grid import Block, Grid
from ingest.rasters import terms as terms_module
from ingest.rasters.terms import (
    TERMS,
    Coefficients,
    StripTerms,
    follow_from_year,
    rows_of_strip,
)
from ingest.years.lake import open_part, read_part
from workspace.errors import InputError
from workspace.settings import load_settings

K = Coefficients(0.0913, 0.3145)
SCALE = 0.22 * 30 * 0.465  # eq. 3's own factors, which SQL applies


def reduced(temperature: list[Any], rain: list[Any]) -> dict[str, Any]:
    """Annual terms of months that are each a value or a list of cells."""
    warmth, water = (
        np.array([np.atleast_1d(month) for month in way]) for way in (temperature, rain)
    )
    terms = {name: np.zeros(warmth.shape[1]) for name in TERMS}
    terms["temperature_c"] += warmth.mean(axis=0)
    terms["temperature_response_monthly"] += K.temperature_response(warmth).sum(axis=0)
    terms["precipitation_mm"] += water.sum(axis=0)
    terms["precipitation_response_monthly"] += K.precipitation_response(water).sum(axis=0)
    follow_from_year(terms, K)
    return terms


def annual(temperature: list[float], rain: list[float]) -> dict[str, float]:
    return {name: float(values[0]) for name, values in reduced(temperature, rain).items()}


def respiration(terms: dict[str, float]) -> float:
    """Eq. 3 over a year, from the two monthly response terms."""
    responses = terms["temperature_response_monthly"] + terms["precipitation_response_monthly"]
    return SCALE * responses


def test_coefficients_are_those_of_the_project() -> None:
    settings = load_settings({})
    assert settings.temperature_coefficient == K.temperature
    assert settings.precipitation_coefficient == K.precipitation


def test_published_months_and_years(vectors: dict[str, dict[str, Any]]) -> None:
    for number in range(6):
        vector = vectors[f"eq3.month.{number}"]
        terms = annual([vector["inputs"]["T_degC_month"]], [vector["inputs"]["R_mm_month"]])
        expected = vector["expected"]["RH_gC_m2_month"]
        assert respiration(terms) == pytest.approx(expected, rel=vector["tol"])
    for name in ("national_like", "subtropical"):
        vector = vectors[f"eq3.annual.{name}"]
        terms = annual(vector["inputs"]["T_month"], vector["inputs"]["R_month"])
        expected = vector["expected"]["RH_gC_m2_yr"]
        assert respiration(terms) == pytest.approx(expected, rel=vector["tol"])


def test_area_means_of_the_terms_are_exact(vectors: dict[str, dict[str, Any]]) -> None:
    vector = vectors["eq3.aggregate"]
    pixels = vector["inputs"]["pixels"]
    area = np.array([pixel["area"] for pixel in pixels])
    terms = reduced([[pixel["T"] for pixel in pixels]], [[pixel["R"] for pixel in pixels]])
    mean = {name: float((values * area).sum() / area.sum()) for name, values in terms.items()}
    expected = vector["expected"]["RH_area_mean"]
    assert respiration(mean) == pytest.approx(expected, rel=vector["tol"])


@given(
    st.lists(st.tuples(st.floats(-60, 50), st.floats(0, 2000)), min_size=12, max_size=12),
)
def test_brute_force(months: list[tuple[float, float]]) -> None:
    temperature, rain = [list(column) for column in zip(*months, strict=True)]
    terms = annual(temperature, rain)
    expected = {
        "temperature_c": math.fsum(temperature) / 12,
        "precipitation_mm": math.fsum(rain),
        "temperature_response_monthly": math.fsum(math.exp(0.0913 * t) for t in temperature),
        "precipitation_response_monthly": math.fsum(math.log(0.3145 * r + 1) for r in rain),
        "temperature_response_annual": math.exp(0.0913 * math.fsum(temperature) / 12),
        "precipitation_response_annual": math.log(0.3145 * math.fsum(rain) + 1),
    }
    for name, value in expected.items():
        assert terms[name] == pytest.approx(value, rel=1e-12, abs=1e-12)


def test_a_missing_month_makes_a_missing_year() -> None:
    terms = annual([10.0] * 11 + [math.nan], [50.0] * 12)
    assert math.isnan(terms["temperature_c"])
    assert math.isnan(terms["temperature_response_monthly"])
    assert math.isnan(terms["temperature_response_annual"])
    assert terms["precipitation_mm"] == 600


def test_runoff_is_clamped_and_missing_stays_missing() -> None:
    terms = {name: np.zeros(4) for name in TERMS}
    terms["precipitation_mm"][:] = 600.0, 200.0, math.nan, 1.0
    terms["evapotranspiration_mm"][:] = 350.0, 350.0, 1.0, math.nan
    follow_from_year(terms, K)
    np.testing.assert_array_equal(terms["runoff_mm"], [250.0, 0.0, math.nan, math.nan])


@pytest.mark.parametrize("cells_of_strip", [8, 1000])
def test_the_lake_gives_back_every_bit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cells_of_strip: int
) -> None:
    monkeypatch.setattr(terms_module, "_CELLS_OF_STRIP", cells_of_strip)
    grid = Grid.from_spec("EPSG:4326", 1.0, (10, 0, 18, 6))
    block = Block(1, 6)
    rng = np.random.default_rng(3)
    written = []
    with open_part(tmp_path / "p.parquet", grid) as write:
        for strip in block.strips(rows_of_strip(grid.width)):
            values = rng.gamma(2.0, 300.0, size=(len(TERMS), strip.rows * grid.width))
            values[rng.random(values.shape) < 0.3] = np.nan
            lithology = rng.integers(0, 17, values.shape[1]).astype(np.int16)
            empty = slice(None) if strip.row_start == 3 else slice(2)
            values[:, empty], lithology[empty] = np.nan, 0
            follow_from_year(dict(zip(TERMS, values, strict=True)), K)
            write(strip, StripTerms(values, lithology))
            written.append((strip, values, lithology))
    back = list(read_part(tmp_path / "p.parquet", block, grid, K))
    assert [strip for strip, _ in back] == [strip for strip, *_ in written]
    for (_, terms), (_, values, lithology) in zip(back, written, strict=True):
        np.testing.assert_array_equal(terms.values, values)
        np.testing.assert_array_equal(terms.lithology, lithology)


def test_a_part_is_whole_or_absent(tmp_path: Path) -> None:
    grid = Grid.from_spec("EPSG:4326", 1.0, (10, 0, 12, 1))
    terms = StripTerms(np.ones((len(TERMS), 2)), np.ones(2, dtype=np.int16))

    def stop_midway() -> None:
        with open_part(tmp_path / "p.parquet", grid) as write:
            write(Block(0, 1), terms)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop_midway()
    assert list(tmp_path.iterdir()) == []


def test_a_part_in_other_strips_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grid = Grid.from_spec("EPSG:4326", 1.0, (10, 0, 12, 4))
    block = Block(0, 4)
    for written, read in ((2, 4), (4, 2), (8, 2)):
        monkeypatch.setattr(terms_module, "_CELLS_OF_STRIP", written)
        path = tmp_path / f"{written}-{read}.parquet"
        with open_part(path, grid) as write:
            for strip in block.strips(rows_of_strip(grid.width)):
                cells = strip.rows * grid.width
                write(strip, StripTerms(np.ones((len(TERMS), cells)), np.ones(cells, np.int16)))
        monkeypatch.setattr(terms_module, "_CELLS_OF_STRIP", read)
        with pytest.raises(InputError, match="strips of other rows"):
            list(read_part(path, block, grid, K))
