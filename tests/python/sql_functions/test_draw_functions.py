"""Draws and Sobol' indices against what theory, SciPy and SALib say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from SALib.analyze import sobol as salib
from SALib.sample import sobol as salib_sample
from scipy import stats

from udfs import draws
from udfs.draws import field_draws, normal_draws, uniform_draws
from udfs.sobol import sobol_indices, sobol_points


def test_draws_are_stratified_normal_and_named() -> None:
    uniforms = uniform_draws("runoff", 1000)
    assert sorted(np.floor(uniforms * 1000)) == list(range(1000))
    normals = normal_draws("runoff", 1000)
    assert abs(normals.mean()) < 1e-3
    assert normals.std() == pytest.approx(1.0, abs=5e-3)
    assert stats.kstest(normals, "norm").pvalue > 0.99  # closer than chance would have it
    assert np.array_equal(normals, normal_draws("runoff", 1000))
    assert abs(np.corrcoef(normals, normal_draws("rain", 1000))[0, 1]) < 0.1


def test_neighbours_share_their_errors() -> None:
    longitudes, latitudes = np.array([100.0, 101.0, 110.0, 100.0]), np.full(4, 30.0)
    field = field_draws(longitudes, latitudes, 300.0, 20_000, "npp")
    found = np.corrcoef(field)
    for place, degrees in ((1, 1.0), (2, 10.0)):
        half = np.cos(np.radians(30)) * np.sin(np.radians(degrees / 2))
        distance = 2 * 6371.0088 * np.arcsin(half)
        assert found[0, place] == pytest.approx(np.exp(-distance / 300), abs=0.03)
    assert found[0, 3] == pytest.approx(1.0, abs=1e-6)
    assert field.std(axis=1) == pytest.approx(np.ones(4), abs=0.02)
    assert abs(np.corrcoef(field_draws(longitudes, latitudes, 0.0, 20_000, "npp"))[0, 3]) < 0.03


def test_a_field_of_many_places_has_the_correlations_of_a_small_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(7)
    longitudes, latitudes = rng.uniform(73, 135, 800), rng.uniform(18, 54, 800)
    longitudes[1], latitudes[1] = longitudes[0], latitudes[0]
    monkeypatch.setattr(draws, "_uniforms", lambda key, rows, count: stats.norm.cdf(np.eye(rows)))
    exact = field_draws(longitudes, latitudes, 300.0, 800, "npp")
    monkeypatch.setattr(draws, "MOST_AT_ONCE", 10)
    near = field_draws(longitudes, latitudes, 300.0, 800, "npp")
    difference = near @ near.T - exact @ exact.T
    assert abs(difference).max() < 0.05
    assert abs(difference).mean() < 0.002
    assert (near @ near.T)[0, 1] == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize(
    "call",
    [
        "uniform_draws('a', -1)",
        "field_draws([1.0, 2.0], [1.0], 300, 2, 'a')",
        "field_draws([1.0], [1.0], -300, 2, 'a')",
        "sobol_points(0, 2, 1)",
        "sobol_points(2, 3, 1)",
        "sobol_indices([1.0], [1.0, 2.0], [[1.0]])",
    ],
)
def test_wrong_calls_are_refused(call: str, ask: Callable[..., Any]) -> None:
    with pytest.raises(Exception, match="must"):
        ask(call)


def test_null_is_answered_null(ask: Callable[..., Any]) -> None:
    assert ask("normal_draws(null, 3)") is None
    assert ask("field_draws([1.0, null], [1.0, 2.0], 300, 2, 'a')") is None
    assert ask("sobol_indices([1.0, 1.0], [1.0, 1.0], [[1.0, 1.0]])") == {
        "first": [None],
        "total": [None],
    }


def ishigami(x: np.ndarray) -> np.ndarray:
    return np.asarray(np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0]))


def test_indices_are_those_of_salib_and_of_theory() -> None:
    problem = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[-np.pi, np.pi]] * 3}
    sample = salib_sample.sample(problem, 4096, calc_second_order=False, seed=1)
    results = ishigami(sample.T)
    theirs = salib.analyze(problem, results, calc_second_order=False, seed=1)
    a, b, mixed = results[::5], results[4::5], np.array([results[k::5] for k in (1, 2, 3)])
    ours = sobol_indices(a, b, mixed)
    assert ours.first == pytest.approx(theirs["S1"], abs=1e-9)
    assert ours.total == pytest.approx(theirs["ST"], abs=1e-9)
    assert ours.first == pytest.approx([0.3139, 0.4424, 0.0], abs=0.01)  # closed form
    assert ours.total == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.01)


def test_points_fill_the_cube() -> None:
    points = sobol_points(28, 512, 20220615)
    assert points.shape == (512, 28)
    assert points.min() > 0.0
    assert points.max() < 1.0
    assert stats.qmc.discrepancy(points[:, :4]) < 1e-3
    for column in points.T:
        assert sorted(np.floor(column * 512)) == list(range(512))
