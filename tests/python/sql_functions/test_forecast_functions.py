"""Networks (eqs 5-6), linear models and series: vectors, oracles, invariances, dead ones, time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from sklearn.neural_network import MLPRegressor

import udfs
from udfs import accuracy, anchored, forecast, networks, smoothing

pytestmark = pytest.mark.slow

HIDDEN = (5, 4, 8, 6)
SEEDS = tuple(range(1, 21))


def drivers(rows: int, columns: int = 7, seed: int = 0) -> tuple[Any, Any, Any]:
    """Known rows, targets and four further rows of smooth, positive drivers."""
    rng = np.random.default_rng(seed)
    growth = np.exp(np.linspace(0, 1, rows + 4)[:, None] * rng.uniform(-0.5, 2, columns))
    table = growth * np.exp(0.02 * rng.standard_normal((rows + 4, columns)))
    targets = table[:, 0] ** 0.7 * table[:, 1] ** 0.3
    return table[:rows], targets[:rows], table[rows:]


def test_forward_pass_gives_the_vector(vectors: dict[str, dict[str, Any]]) -> None:
    vector = vectors["eq5_6.forward"]
    inputs = vector["inputs"]
    layers = [
        (np.array(w, float), -np.array(b, float))
        for w, b in zip(inputs["W"], inputs["theta"], strict=True)
    ]
    rows = np.atleast_2d(np.array(inputs["X"], float))
    expected = np.ravel(vector["expected"]["Z"])
    assert networks.forward(layers, rows) == pytest.approx(expected, abs=vector["tol"])


def test_r_squared_gives_the_vector(vectors: dict[str, dict[str, Any]]) -> None:
    inputs = vectors["eq6.r2"]["inputs"]
    found = forecast.r_squared(np.array(inputs["y_true"]), np.array(inputs["y_pred"]))
    assert found == pytest.approx(vectors["eq6.r2"]["expected"]["R2"], abs=1e-9)


def test_forward_pass_is_that_of_scikit_learn() -> None:
    known, targets, future = drivers(21)
    network = MLPRegressor(hidden_layer_sizes=HIDDEN, solver="lbfgs", random_state=3, max_iter=50)
    with pytest.warns(UserWarning, match="lbfgs"):
        network.fit(known, targets)
    layers = list(zip(network.coefs_, network.intercepts_, strict=True))
    assert networks.forward(layers, future) == pytest.approx(network.predict(future), abs=1e-12)


@settings(max_examples=8)
@given(st.permutations(range(16)), st.sampled_from([1e-3, 0.01, 7.0, 1e4, 365.25]), st.booleans())
def test_order_of_rows_and_units_do_not_matter(
    order: list[int], factor: float, shift: bool
) -> None:
    known, targets, future = drivers(16, columns=3)
    offset = 12.5 * factor if shift else 0.0
    one = forecast.bp_ensemble(known, targets, future, (4, 3), (1, 2, 3)).median()
    other = forecast.bp_ensemble(
        known[order] * factor + offset,
        targets[order] * factor,
        future * factor + offset,
        (4, 3),
        (1, 2, 3),
    ).median()
    assert other.fitted == pytest.approx(one.fitted[order] * factor, rel=1e-6)
    assert other.predicted == pytest.approx(one.predicted * factor, rel=1e-6)
    assert other.r2 == pytest.approx(one.r2, abs=1e-9)


def test_the_future_is_not_seen_while_training() -> None:
    known, targets, future = drivers(16)
    one = forecast.bp_ensemble(known, targets, future, HIDDEN, (1, 2)).median()
    other = forecast.bp_ensemble(known, targets, future[:1] * 50, HIDDEN, (1, 2)).median()
    assert one.fitted.tolist() == other.fitted.tolist()


def test_dead_networks_are_left_out_and_counted() -> None:
    known, targets, future = drivers(21)
    many = tuple(range(200))
    ensemble = forecast.bp_ensemble(known, targets, future, (1, 1, 1), many)
    r2 = np.array([forecast.r_squared(targets, fitted) for fitted in ensemble.fitted])
    assert 0 < ensemble.is_dead.sum() < len(many)
    flat = np.ptp(ensemble.predicted, axis=1) < 1e-9
    assert (np.abs(r2[ensemble.is_dead & ~flat]) < 1e-6).all()
    assert (ensemble.is_dead >= flat).all()
    alive = tuple(int(seed) for seed in np.flatnonzero(~ensemble.is_dead))
    without = forecast.bp_ensemble(known, targets, future, (1, 1, 1), alive).median()
    assert ensemble.median().predicted.tolist() == without.predicted.tolist()
    dead = tuple(int(seed) for seed in np.flatnonzero(ensemble.is_dead))
    assert forecast.bp_forecast(known, targets, future, (1, 1, 1), dead) is None


def test_the_band_holds_the_median_and_the_fit_is_close() -> None:
    known, targets, future = drivers(21)
    answer = forecast.bp_forecast(known, targets, future, HIDDEN, SEEDS)
    assert answer is not None
    assert (answer.low <= answer.predicted).all()
    assert (answer.predicted <= answer.high).all()
    assert answer.r2 > 0.99


def test_least_squares_is_numpys() -> None:
    known, targets, future = drivers(21, columns=3)
    answer = forecast.ols_forecast(known, targets, future)
    assert answer is not None
    design = np.column_stack([np.ones(21), known])
    weights, residual, _, _ = np.linalg.lstsq(design, targets)
    wanted = np.column_stack([np.ones(4), future])
    assert answer.coefficients == pytest.approx(weights, rel=1e-8)
    assert answer.predicted == pytest.approx(wanted @ weights, rel=1e-10)
    error = (
        residual[0]
        / 17
        * (1 + np.einsum("ij,jk,ik->i", wanted, np.linalg.inv(design.T @ design), wanted))
    )
    assert answer.high - answer.predicted == pytest.approx(1.7396067 * np.sqrt(error), rel=1e-6)
    twins = [np.column_stack([table, table[:, 0]]) for table in (known, future)]
    assert forecast.ols_forecast(twins[0], targets, twins[1]) is None


CALL = "{f}({x}, {y}, [[4.5]]{networks})"
X, Y, NETWORKS = "[[1], [2], [3], [4]]", "[1, 3, 2, 4]", ", [3], [1, 2]"


@pytest.mark.parametrize("name", ["bp_forecast", "bp_seeds", "ols_forecast"])
def test_what_cannot_be_learnt_is_null(name: str, ask: Callable[..., Any]) -> None:
    networks = "" if name == "ols_forecast" else NETWORKS
    good = ask(CALL.format(f=name, x=X, y=Y, networks=networks))
    assert good is not None
    for x, y in (
        ("null", Y),
        (X, "null::double[]"),
        (X, "[1, null, 2, 4]"),
        (X, "[1, 'nan'::double, 2, 4]"),
        ("[[1], [2], [null], [4]]", Y),
        ("[[1], null, [3], [4]]", Y),
        ("[[1], [2]]", "[1, 2]"),
    ):
        assert ask(CALL.format(f=name, x=x, y=y, networks=networks)) is None
    if networks:
        assert ask(CALL.format(f=name, x=X, y="[2, 2, 2, 2]", networks=networks)) is None
        assert ask(CALL.format(f=name, x=X, y=Y, networks=", [3], [1, null]")) is None
    else:
        assert ask(CALL.format(f=name, x="[[1], [1], [1], [1]]", y=Y, networks="")) is None


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (f"bp_forecast({X}, [1, 2, 3], [[1]], [3], [1])", "4 rows of features, but 3 targets"),
        (f"bp_forecast({X}, {Y}, [[1, 2]], [3], [1])", "1 columns, but future has 2"),
        (f"bp_forecast([[1], [2, 3], [3], [4]], {Y}, [[1]], [3], [1])", "features must have the"),
        (f"bp_forecast({X}, {Y}, [[1]], [0], [1])", "one or more units"),
        (f"bp_forecast({X}, {Y}, [[1]], []::integer[], [1])", "at least one layer"),
        (f"bp_seeds({X}, {Y}, [[1]], [3], [-1])", "each 0 or more"),
        (f"bp_seeds({X}, {Y}, [[1]], [3], []::integer[])", "at least one number"),
        (f"ols_forecast({X}, {Y}, [[1, 2]])", "1 columns, but future has 2"),
    ],
)
def test_misuse_is_an_error(call: str, words: str, ask: Callable[..., Any]) -> None:
    with pytest.raises(duckdb.InvalidInputException, match=words):
        ask(call)


def test_without_future_rows_the_fit_is_answered(ask: Callable[..., Any]) -> None:
    answer = ask(f"bp_forecast({X}, {Y}, []::double[][], [3], [1, 2])")
    assert answer["predicted"] == answer["low"] == answer["high"] == []
    assert len(answer["fitted"]) == 4


def test_threads_do_not_matter() -> None:
    known, targets, future = drivers(21)
    arguments = [known.tolist(), targets.tolist(), future.tolist(), list(HIDDEN), [1, 2, 3]]
    found = []
    for threads in (1, 4):
        opened = duckdb.connect(config={"threads": threads})
        udfs.register(opened)
        found.append(
            opened.execute(
                "select md5(string_agg(answer::varchar, '|' order by i)) from (select i, "
                "bp_forecast(?, list_transform(?::double[], lambda y: y + i), ?, ?, ?) as answer "
                "from range(6) as r(i))",
                arguments,
            ).fetchone()
        )
    assert found[0] == found[1]


def test_training_is_fast_enough() -> None:
    start = time.process_time()
    assert forecast.bp_forecast(*drivers(21), HIDDEN, SEEDS) is not None
    assert time.process_time() - start < 10
    start = time.process_time()
    parts = [drivers(21, seed=province) for province in range(30)]
    panel = [np.concatenate([part[place] for part in parts]) for place in range(3)]
    assert forecast.bp_forecast(panel[0], panel[1], panel[2], HIDDEN, SEEDS) is not None
    assert time.process_time() - start < 40


def test_the_gradient_is_that_of_the_loss() -> None:
    known, targets, _ = drivers(12, columns=3)
    shapes = networks._layer_shapes(3, (4, 3))
    penalties = np.array([0.01, 0.5])
    weights = np.stack([networks._first_weights(shapes, seed) for seed in (1, 2)])
    towards = np.random.default_rng(0).standard_normal(weights.shape)

    def loss(step: float) -> Any:
        layers = networks._unpack(weights + step * towards, shapes)
        return networks._loss_and_gradient(layers, known, targets, penalties)

    slope = (loss(1e-6)[0] - loss(-1e-6)[0]) / 2e-6
    assert slope == pytest.approx((loss(0.0)[1] * towards).sum(axis=1), rel=1e-6)


def test_training_reaches_the_loss_of_scikit_learn() -> None:
    known, targets, _ = drivers(21)
    rows, _ = forecast.scale_columns(known, known)
    goal = (targets - targets.mean()) / targets.std()
    seeds = tuple(range(1, 11))
    layers = networks.train(rows, goal, HIDDEN, seeds, np.full(10, 0.01), 300)
    ours, _ = networks._loss_and_gradient(layers, rows, goal, np.full(10, 0.01))
    theirs = []
    for seed in seeds:
        network = MLPRegressor(
            hidden_layer_sizes=HIDDEN, solver="lbfgs", alpha=0.01, max_iter=300, random_state=seed
        )
        network.max_fun = 10_000
        theirs.append(network.fit(rows, goal).loss_)
    assert np.median(ours) < 1.1 * np.median(theirs)


def test_a_network_does_not_depend_on_the_others() -> None:
    known, targets, future = drivers(16)
    together = forecast.bp_ensemble(known, targets, future, HIDDEN, (3, 1, 2))
    alone = forecast.bp_ensemble(known, targets, future, HIDDEN, (1,))
    assert together.predicted[1].tolist() == alone.predicted[0].tolist()


def panel_of(places: int, years: int = 16) -> tuple[Any, Any, Any, tuple[int, ...]]:
    """Drivers, targets and the last row of each of several places, and the place of each row."""
    parts = [drivers(years, columns=3, seed=place) for place in range(places)]
    known, targets = (np.concatenate([part[k] for part in parts]) for k in range(2))
    return known, targets, known[years - 1 :: years], tuple(np.repeat(range(places), years))


def anchored_forecast(known: Any, targets: Any, future: Any, places: Any, **other: Any) -> Any:
    asked: dict[str, Any] = {
        "future_places": tuple(range(len(future))),
        "hidden": (5, 4),
        "seeds": tuple(range(1, 9)),
        "penalties": np.array([0.01, 0.1]),
        "clip_ratio": 0.25,
        **other,
    }
    return anchored.bp_anchored_forecast(known, targets, future, places, **asked)


def test_a_place_continues_from_its_last_row() -> None:
    known, targets, last, places = panel_of(3)
    answer = anchored_forecast(known, targets, last, places)
    assert answer.predicted == pytest.approx(targets[15::16], abs=1e-9)
    assert (answer.by_seed.max(axis=0) - answer.by_seed.min(axis=0)).max() < 1e-9
    assert answer.extrapolation.tolist() == [0.0, 0.0, 0.0]
    assert answer.penalty in (0.01, 0.1)


def test_the_order_of_places_does_not_matter() -> None:
    known, targets, last, places = panel_of(2)
    future = last * 1.05
    one = anchored_forecast(known, targets, future, places)
    order = np.r_[16:32, 0:16]
    swapped = anchored_forecast(
        known[order], targets[order], future, tuple(np.array(places)[order])
    )
    assert swapped.predicted == pytest.approx(one.predicted, rel=1e-9)


def test_drivers_far_outside_are_clipped_and_told() -> None:
    known, targets, _, places = panel_of(1)
    low, high = known.min(axis=0), known.max(axis=0)
    future = np.stack([high + 0.25 * (high - low), high + 40 * (high - low)])
    answer = anchored_forecast(known, targets, future, places, future_places=(0, 0))
    assert answer is None or answer.predicted[0] == answer.predicted[1]
    wide = anchored_forecast(known, targets, future, places, future_places=(0, 0), clip_ratio=50.0)
    assert wide.extrapolation == pytest.approx([0.25, 40.0])
    assert wide.predicted[0] != wide.predicted[1]


def test_a_network_that_answers_one_number_for_the_future_is_dead() -> None:
    known, targets, _, places = panel_of(1)
    low, high = known.min(axis=0), known.max(axis=0)
    future = np.stack([high + k * (high - low) for k in (1.0, 2.0, 3.0)])
    beyond = anchored_forecast(known, targets, future, places, future_places=(0, 0, 0))
    assert beyond is None


def test_anchored_misuse_is_an_error() -> None:
    known, targets, last, places = panel_of(2)
    for wrong, words in (
        ({"future_places": (0, 7)}, "place 7 has rows to predict"),
        ({"future_places": (0,)}, "the place of every row"),
        ({"penalties": np.array([])}, "at least one number"),
        ({"clip_ratio": -1.0}, "0 or more"),
    ):
        with pytest.raises(ValueError, match=words):
            anchored_forecast(known, targets, last, places, **wrong)


def test_ridge_is_that_of_scikit_learn() -> None:
    known, targets, future = drivers(21, columns=3)
    answer = forecast.ridge_forecast(known, targets, future, np.array([0.1]))
    assert answer is not None
    size = np.sqrt((known**2).mean(axis=0))
    oracle = Ridge(alpha=0.1 * 21, fit_intercept=False).fit(known / size, targets)
    assert answer.predicted == pytest.approx(oracle.predict(future / size), rel=1e-9)
    missed = [
        abs(
            targets[row]
            - Ridge(alpha=0.1 * 21, fit_intercept=False)
            .fit(np.delete(known / size, row, axis=0), np.delete(targets, row))
            .predict(known[row : row + 1] / size)[0]
        )
        for row in range(21)
    ]
    assert answer.left_out_error == pytest.approx(np.mean(missed), rel=1e-9)
    chosen = forecast.ridge_forecast(known, targets, future, np.array([0.1, 1e-6, 10.0]))
    assert chosen is not None
    assert chosen.left_out_error <= answer.left_out_error


def test_a_damped_trend_fades_and_scales() -> None:
    series = np.cumsum(np.random.default_rng(4).normal(1.0, 0.3, 21))
    path = smoothing.damped_trend(series, 40)
    assert path is not None
    steps = np.diff(path)
    assert np.ptp(steps[1:] / steps[:-1]) < 1e-9
    assert 0.79 < steps[1] / steps[0] < 0.99
    moved = smoothing.damped_trend(3 * series + 7, 40)
    assert moved == pytest.approx(3 * path + 7)
    assert smoothing.damped_trend(series[:2], 1) is None


def test_diebold_mariano_is_a_paired_t_test_one_step_ahead() -> None:
    from scipy import stats

    rng = np.random.default_rng(5)
    losses, others = rng.random(15), rng.random(15)
    oracle = stats.ttest_rel(losses, others)
    found = accuracy.diebold_mariano(losses, others, 1)
    assert found is not None
    assert found.statistic == pytest.approx(oracle.statistic, rel=1e-9)
    assert found.p_value == pytest.approx(oracle.pvalue, rel=1e-9)
    assert accuracy.diebold_mariano(losses, losses, 1) is None
    assert accuracy.diebold_mariano(losses, others, 15) is None


def test_diebold_mariano_counts_overlapping_errors() -> None:
    """Against the formula of Harvey et al. (1997), written out for two steps."""
    losses, others = np.array([1.0, 3, 2, 5, 4, 6]), np.array([2.0, 2, 2, 2, 2, 2])
    d = losses - others
    e = d - d.mean()
    variance = (e @ e + 2 * e[1:] @ e[:-1]) / 6
    expected = d.mean() / np.sqrt(variance / 6) * np.sqrt((6 + 1 - 4 + 2 / 6) / 6)
    found = accuracy.diebold_mariano(losses, others, 2)
    assert found is not None
    assert found.statistic == pytest.approx(expected, rel=1e-12)
