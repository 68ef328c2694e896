"""Hurst, Mann-Kendall and turning points against the vectors, pymannkendall and plain loops."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pymannkendall
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from udfs import hurst, mann_kendall, trend

# Whole numbers give many ties; the divisor makes them fractions without losing the ties.
values = st.one_of(
    st.integers(-6, 6).map(float),
    st.floats(-1e6, 1e6, allow_nan=False, allow_subnormal=False).map(lambda x: round(x, 6)),
)
series = st.lists(values, min_size=2, max_size=30)
long_series = st.lists(values, min_size=6, max_size=40)


def one(x: list[float]) -> np.ndarray:
    return np.array([x], dtype=np.float64)


def hurst_by_loop(x: list[float], max_block: int) -> float | None:
    """One series at a time, as eqs 7-8 read."""
    mean = math.fsum(x) / len(x)
    points = []
    for m in range(1, max_block + 1):
        count = len(x) // m
        if count < 2:
            continue
        blocks = [math.fsum(x[k * m : (k + 1) * m]) / m for k in range(count)]
        variance = math.fsum((block - mean) ** 2 for block in blocks) / count
        if variance > (1e-13 * max(map(abs, x))) ** 2:
            points.append((math.log(m), math.log(variance)))
    if len(points) < 3:
        return None
    return 1.0 + float(stats.linregress(*zip(*points, strict=True)).slope) / 2.0


def curve_by_loop(x: list[float]) -> list[float]:
    """Forward curve as Sneyers has it, by counting; for series without ties."""
    curve = []
    for k in range(1, len(x) + 1):
        rank_sum = sum(x[i] > x[j] for i in range(k) for j in range(i))
        variance = k * (k - 1) * (2 * k + 5) / 72
        curve.append((rank_sum - k * (k - 1) / 4) / math.sqrt(variance) if k > 1 else 0.0)
    return curve


@pytest.mark.parametrize("name", ["national_ce", "linear", "alternating", "national_ce_detrended"])
def test_hurst_vectors(name: str, vectors: Any, ask: Callable[..., Any]) -> None:
    vector = vectors[f"eq7_8.hurst.{name}"]
    x, expected = vector["inputs"]["x"], vector["expected"]
    blocks = max(vector["inputs"]["m"])
    variances = hurst.block_variances(one(x), blocks)[:, 0]
    assert variances == pytest.approx(list(expected["var"].values()), rel=vector["tol"])
    answer = ask("hurst_exponent(?::double[], ?::integer)", x, blocks)
    assert answer == pytest.approx(expected["H"], abs=vector["tol"])


def test_detrended_hurst_vector(vectors: Any, ask: Callable[..., Any]) -> None:
    raw = vectors["eq7_8.hurst.national_ce"]["inputs"]["x"]
    vector = vectors["eq7_8.hurst.national_ce_detrended"]
    residuals = ask("detrend(?::double[])", raw)
    assert residuals == pytest.approx(vector["inputs"]["x"], abs=1e-8)
    answer = ask("hurst_exponent(detrend(?::double[]), 7)", raw)
    assert answer == pytest.approx(vector["expected"]["H"], abs=1e-8)


@given(long_series, st.integers(3, 12))
def test_hurst_equals_the_plain_loop(x: list[float], max_block: int) -> None:
    expected = hurst_by_loop(x, max_block)
    answer = float(hurst.hurst_exponent(one(x), max_block)[0])
    if expected is None:
        assert math.isnan(answer)
    else:
        assert answer == pytest.approx(expected, abs=1e-9)


@given(st.lists(st.integers(-1000, 1000), min_size=8, max_size=40), st.floats(0.01, 1e4))
def test_hurst_ignores_shift_scale_and_sign(x: list[int], scale: float) -> None:
    base = hurst.hurst_exponent(one(x), 5)
    for other in (one(x) * scale, one(x) + 700.0, -one(x)):
        assert hurst.hurst_exponent(other, 5) == pytest.approx(base, abs=1e-7, nan_ok=True)


def test_hurst_leaves_out_blocks_without_variance() -> None:
    pairs = [0.3, 0.1] * 10  # blocks of 2 and 4 have equal means: only 1, 3 and 5 are left
    assert (hurst.block_variances(one(pairs), 5)[[1, 3], 0] == 0.0).all()
    assert hurst.hurst_exponent(one(pairs), 5)[0] == pytest.approx(hurst_by_loop(pairs, 5))


def test_straight_line_leaves_nothing() -> None:
    for line in (0.1 * np.arange(21.0), 1e9 + 1e-3 * np.arange(21.0), np.full(21, 0.1)):
        residuals = trend.detrend(line[None, :])
        assert (residuals == 0.0).all()
        assert np.isnan(hurst.hurst_exponent(residuals, 5)).all()


@given(st.lists(values, min_size=3, max_size=30))
def test_detrend_equals_scipy_line(x: list[float]) -> None:
    time = np.arange(len(x))
    line = stats.linregress(time, x)
    expected = np.array(x) - line.intercept - line.slope * time
    scale = max(1.0, float(np.abs(x).max()))
    assert trend.detrend(one(x))[0] / scale == pytest.approx(expected / scale, abs=1e-12)


@pytest.mark.parametrize("name", ["national_minus_ce", "noise_like"])
def test_mann_kendall_vectors(name: str, vectors: Any, ask: Callable[..., Any]) -> None:
    vector = vectors[f"mk.test.{name}"]
    answer = ask("mann_kendall(?::double[])", vector["inputs"]["x"])
    expected = dict(vector["expected"], p_value=vector["expected"]["p"])
    for field in ("s", "var_s", "z", "p_value", "tau", "sen_slope"):
        assert answer[field] == pytest.approx(expected[field], abs=vector["tol"], rel=1e-8)


@given(series)
def test_mann_kendall_equals_pymannkendall(x: list[float]) -> None:
    oracle = pymannkendall.original_test(x)
    answer = mann_kendall.mann_kendall(one(x))
    assert answer.s[0] == oracle.s
    for field, expected in (
        ("var_s", oracle.var_s),
        ("z", oracle.z),
        ("p_value", oracle.p),
        ("tau", oracle.Tau),
        ("sen_slope", oracle.slope),
    ):
        assert getattr(answer, field)[0] == pytest.approx(expected, abs=1e-9, rel=1e-9)


@given(st.lists(st.integers(-50, 50), min_size=2, max_size=25))
def test_mann_kendall_invariances(x: list[int]) -> None:
    base = mann_kendall.mann_kendall(one(x))
    shifted = mann_kendall.mann_kendall(one(x) * 2.0 + 64.0)
    mirrored = mann_kendall.mann_kendall(-one(x))
    backwards = mann_kendall.mann_kendall(one(x)[:, ::-1])
    curved = mann_kendall.mann_kendall(one(x) ** 3)  # any rising function keeps the ranks
    assert base.z == shifted.z == curved.z == -mirrored.z == -backwards.z
    assert base.p_value == shifted.p_value == mirrored.p_value == backwards.p_value
    assert shifted.sen_slope == pytest.approx(2.0 * base.sen_slope)
    assert backwards.sen_slope == pytest.approx(-base.sen_slope)


@pytest.mark.parametrize("name", ["national_minus_ce", "noise_like"])
def test_sequential_vectors(name: str, vectors: Any, ask: Callable[..., Any]) -> None:
    vector = vectors[f"mk.seq.{name}"]
    x, first_year = vector["inputs"]["x"], vector["inputs"]["year0"]
    curves = ask("sequential_mann_kendall(?::double[])", x)
    assert curves["uf"] == pytest.approx(vector["expected"]["UF"], abs=1e-9)
    assert curves["ub"] == pytest.approx(vector["expected"]["UB"], abs=1e-9)
    answer = ask("mutation_points(?::double[], ?::integer)", x, first_year)
    expected = vector["expected"]["crossings"]
    years = [point["crossing_year"] for point in answer["crossings"]]
    heights = [point["crossing_value"] for point in answer["crossings"]]
    assert years == pytest.approx([point["t"] for point in expected], abs=1e-7)
    assert heights == pytest.approx([point["value"] for point in expected], abs=1e-9)
    valid = [point["is_valid"] for point in answer["crossings"]]
    assert valid == [point["within_1_96"] for point in expected]
    beyond = [first_year + k for k, uf in enumerate(curves["uf"]) if abs(uf) > 1.96]
    assert answer["first_significant_year"] == (beyond[0] if beyond else None)


@given(st.lists(values, min_size=2, max_size=25, unique=True))
def test_sequential_curves_equal_the_textbook_without_ties(x: list[float]) -> None:
    curves = mann_kendall.sequential_mann_kendall(one(x))
    assert curves.uf[0] == pytest.approx(curve_by_loop(x), abs=1e-9)
    assert -curves.ub[0, ::-1] == pytest.approx(curve_by_loop(x[::-1]), abs=1e-9)


@given(series)
def test_forward_curve_ends_in_the_test_without_continuity(x: list[float]) -> None:
    curves = mann_kendall.sequential_mann_kendall(one(x))
    for k in range(2, len(x) + 1):
        oracle = pymannkendall.original_test(x[:k])
        expected = oracle.s / math.sqrt(oracle.var_s) if oracle.var_s > 0 else 0.0
        assert curves.uf[0, k - 1] == pytest.approx(expected, abs=1e-9)


@given(series, st.integers(1900, 2100))
def test_crossings_lie_on_both_curves(x: list[float], first_year: int) -> None:
    curves = mann_kendall.sequential_mann_kendall(one(x))
    points = mann_kendall.mutation_points(one(x), first_year)
    years = np.arange(first_year, first_year + len(x))
    for curve in (curves.uf[0], curves.ub[0]):
        at_crossing = np.interp(points.crossing_year, years, curve)
        assert points.crossing_value == pytest.approx(at_crossing, abs=1e-9)
    assert (points.is_valid == (np.abs(points.crossing_value) < 1.96)).all()
    assert (np.diff(points.crossing_year) > 0).all()
    signs = np.sign(curves.uf[0] - curves.ub[0])
    signs = signs[signs != 0]
    assert len(points.row) == np.count_nonzero(np.diff(signs))


def test_rows_of_a_block_do_not_touch_each_other() -> None:
    block = np.random.default_rng(1).integers(-5, 6, size=(500, 21)).astype(float)
    together = mann_kendall.mutation_points(block, 1997)
    alone = [mann_kendall.mutation_points(row[None, :], 1997) for row in block]
    assert together.crossing_year.tolist() == [y for part in alone for y in part.crossing_year]
    whole = mann_kendall.mann_kendall(block).sen_slope
    assert whole.tolist() == [mann_kendall.mann_kendall(row[None, :]).sen_slope[0] for row in block]
