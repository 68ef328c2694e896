"""The networks of eqs 5-6 and least squares: vectors, invariances, dead networks, time."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neural_network import MLPRegressor

import udfs
from udfs import forecast

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
    assert forecast.forward(layers, rows) == pytest.approx(expected, abs=vector["tol"])


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
    assert forecast.forward(layers, future) == pytest.approx(network.predict(future), abs=1e-12)


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
    assert (np.abs(r2[ensemble.is_dead]) < 1e-6).all()
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
        forecast._ensemble_of_bytes.cache_clear()
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


def test_queries_at_once_share_one_training(monkeypatch: pytest.MonkeyPatch) -> None:
    trained: list[int] = []
    train = forecast._train

    def counted(rows: Any, goal: Any, hidden: Any, seed: int) -> Any:
        trained.append(seed)
        return train(rows, goal, hidden, seed)

    monkeypatch.setattr(forecast, "_train", counted)
    forecast._ensemble_of_bytes.cache_clear()
    asked = (*drivers(12, columns=2), (4, 3), (1, 2, 3))
    with ThreadPoolExecutor(4) as pool:
        answers = [
            pool.submit(function, *asked)
            for function in (forecast.bp_forecast, forecast.bp_seeds) * 2
        ]
    assert all(answer.result() is not None for answer in answers)
    assert trained == [1, 2, 3]


def test_training_is_fast_enough() -> None:
    forecast._ensemble_of_bytes.cache_clear()
    start = time.process_time()
    assert forecast.bp_forecast(*drivers(21), HIDDEN, SEEDS) is not None
    assert time.process_time() - start < 20
    start = time.process_time()
    parts = [drivers(21, seed=province) for province in range(30)]
    panel = [np.concatenate([part[place] for part in parts]) for place in range(3)]
    assert forecast.bp_forecast(panel[0], panel[1], panel[2], HIDDEN, SEEDS) is not None
    assert time.process_time() - start < 60
