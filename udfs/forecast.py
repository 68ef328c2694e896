"""Forecasts from drivers: ensembles of back-propagation networks (eqs 5-6) and linear models.

A back-propagation network of a few dozen rows says as much about its first random weights as about
its data. So it is never asked alone: every seed trains a network, and the answer is the median of
the ensemble with the band in which nine tenths of it lie. That band is the disagreement of the
networks; it knows nothing of drivers that turn out otherwise.

ReLU networks can die: all units of one layer are zero for every row, and the network answers one
number whatever it is asked. A network that answers one number for all rows that it is to predict is
as dead, though it follows those that it knows. Dead networks are left out and counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import RLock

import numpy as np
from threadpoolctl import threadpool_limits

from udfs import networks
from udfs.rounding import Bools, Floats

PENALTY = 0.01
"""L2 penalty on the weights. One of 1e-4, as usual for thousands of rows, lets every network of 21
rows and 165 weights follow the last digit."""
ITERATIONS = 300
"""L-BFGS steps; a network that needs more is used as it stands."""
BAND = (5.0, 95.0)
"""Percentiles of the ensemble that bound its band."""
DECIMALS = 8
"""Scaled inputs are rounded to it, so that a change of unit cannot move the last bit of a start
from which L-BFGS would walk elsewhere."""
MIN_ROWS = 3

# The number of BLAS threads belongs to the process. Two queries at once would set it back under
# each other, and sums would then depend on the machine.
ONE_AT_A_TIME = RLock()


def scale_columns(known: Floats, asked: Floats) -> tuple[Floats, Floats]:
    """Standardise columns by the mean and deviation of the known rows alone.

    A forecast that scales with the rows it is to predict has seen them.

    Parameters
    ----------
    known : ndarray, shape (rows, columns)
        Rows that are trained on; any unit.
    asked : ndarray, shape (others, columns)
        Rows that are only asked.

    Returns
    -------
    known, asked : ndarrays of the same shapes
        Pure numbers; a column without variance is only centred.

    Examples
    --------
    >>> known, asked = scale_columns(np.array([[1.0], [3.0]]), np.array([[5.0]]))
    >>> known.ravel().tolist(), asked.ravel().tolist()
    ([-1.0, 1.0], [3.0])
    """
    # Sorted, because a sum depends on the order of its terms and a forecast must not.
    centre = np.sort(known, axis=0).mean(axis=0)
    deviation = np.sqrt(np.sort((known - centre) ** 2, axis=0).mean(axis=0))
    spread = np.where(deviation > 1e-12 * np.abs(centre).clip(1e-300), deviation, 1.0)
    return (known - centre) / spread, (asked - centre) / spread


def r_squared(targets: Floats, fitted: Floats) -> float:
    """Coefficient of determination, 1 - SSE / SST; NaN where the targets do not vary.

    Parameters
    ----------
    targets, fitted : ndarray, shape (rows,)
        The same unit.

    Returns
    -------
    float
        1 is perfect, 0 no better than the mean, negative worse.

    Examples
    --------
    >>> round(r_squared(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 4.0])), 6)
    0.5
    """
    total = float(((targets - targets.mean()) ** 2).sum())
    return 1.0 - float(((targets - fitted) ** 2).sum()) / total if total > 0 else float("nan")


def bp_ensemble(
    features: Floats,
    targets: Floats,
    future: Floats,
    hidden: tuple[int, ...],
    seeds: tuple[int, ...],
) -> Ensemble:
    """Train one network for each seed and ask each for the known and the future rows.

    Full-batch L-BFGS on half the mean squared error with an L2 penalty. Rows are trained on in a
    canonical order, so that the order in which they are given does not matter; a seed gives the
    same network on any number of threads.

    Parameters
    ----------
    features : ndarray, shape (rows, columns)
        Drivers of the known rows; any unit.
    targets : ndarray, shape (rows,)
        What they drove.
    future : ndarray, shape (others, columns)
        Drivers of the rows to predict.
    hidden : tuple of int
        Units of each hidden layer; the study has (5, 4, 8, 6).
    seeds : tuple of int
        Seed of each network's first weights.

    Returns
    -------
    Ensemble

    Raises
    ------
    ValueError
        For lists that do not fit together, fewer than one hidden layer, a layer without units, no
        seed, or a negative one.

    Examples
    --------
    >>> x = np.linspace(0.0, 3.0, 12)[:, None]
    >>> ensemble = bp_ensemble(x, 2 * x[:, 0] + 1, np.array([[2.0]]), (4,), (0, 1, 2))
    >>> ensemble.is_dead.tolist(), bool(abs(ensemble.median().predicted[0] - 5) < 0.05)
    ([False, False, False], True)
    """
    check_tables(features, targets, future)
    check_networks(hidden, seeds)
    future = future.reshape(len(future), features.shape[1])  # even where there is none
    order = canonical_order(features, targets)
    scaled, asked = scale_columns(features[order], future)
    rows = np.round(np.concatenate([scaled, asked]), DECIMALS)
    answers = trained_answers(
        rows, targets[order], hidden, seeds, np.full(len(seeds), PENALTY), ITERATIONS
    )
    known, predicted = answers[:, : len(targets)], answers[:, len(targets) :]
    fitted = np.empty_like(known)
    fitted[:, order] = known
    is_dead = is_flat(fitted, targets)
    if vary(future):
        is_dead |= is_flat(predicted, targets)
    return Ensemble(targets, fitted, predicted, is_dead)


def bp_forecast(
    features: Floats,
    targets: Floats,
    future: Floats,
    hidden: tuple[int, ...],
    seeds: tuple[int, ...],
) -> Forecast | None:
    """Median and band of `bp_ensemble`; the arguments are the same.

    Returns
    -------
    Forecast or None
        None where nothing can be learnt: fewer than three rows, targets that do not vary, or
        networks that are all dead.

    Examples
    --------
    >>> bp_forecast(np.ones((4, 1)), np.ones(4), np.ones((1, 1)), (2,), (1,)) is None
    True
    """
    ensemble = _ensemble_of(features, targets, future, hidden, seeds)
    return None if ensemble is None or ensemble.is_dead.all() else ensemble.median()


def bp_seeds(
    features: Floats,
    targets: Floats,
    future: Floats,
    hidden: tuple[int, ...],
    seeds: tuple[int, ...],
) -> SeedForecasts | None:
    """Answer of every network of `bp_ensemble` by itself; the arguments are the same.

    Returns
    -------
    SeedForecasts or None
        None for fewer than three rows and targets that do not vary.

    Examples
    --------
    >>> bp_seeds(np.ones((2, 1)), np.arange(2.0), np.ones((1, 1)), (2,), (1,)) is None
    True
    """
    ensemble = _ensemble_of(features, targets, future, hidden, seeds)
    if ensemble is None:
        return None
    r2 = np.array([r_squared(targets, fitted) for fitted in ensemble.fitted])
    return SeedForecasts(
        np.array(seeds, dtype=np.int32), r2, ensemble.is_dead, ensemble.fitted, ensemble.predicted
    )


def ols_forecast(features: Floats, targets: Floats, future: Floats) -> LinearForecast | None:
    """Ordinary least squares with an intercept; with logarithms it is STIRPAT.

    Parameters
    ----------
    features : ndarray, shape (rows, columns)
    targets : ndarray, shape (rows,)
    future : ndarray, shape (others, columns)

    Returns
    -------
    LinearForecast or None
        The band is the 90 % prediction interval of a new observation (Student's t). None for
        fewer rows than coefficients plus one, and for columns that depend on each other.

    Raises
    ------
    ValueError
        For lists that do not fit together.

    Examples
    --------
    >>> x = np.array([[0.0], [1.0], [2.0], [3.0]])
    >>> answer = ols_forecast(x, np.array([1.0, 3.0, 5.0, 7.0]), np.array([[4.0]]))
    >>> answer.coefficients.round(9).tolist(), answer.predicted.round(9).tolist()
    ([1.0, 2.0], [9.0])
    """
    check_tables(features, targets, future)
    rows, columns = features.shape
    freedom = rows - columns - 1
    if freedom < 1:
        return None
    scaled, asked = scale_columns(features, future)
    design = np.column_stack([np.ones(rows), scaled])
    with ONE_AT_A_TIME, threadpool_limits(limits=1):
        left, singular, right = np.linalg.svd(design, full_matrices=False)
        if singular[-1] < 1e-8 * singular[0]:
            return None
        inverse = (right.T / singular) @ left.T
        weights = inverse @ targets
        wanted = np.column_stack([np.ones(len(asked)), asked])
        fitted, predicted = design @ weights, wanted @ weights
        leverage = ((wanted @ (right.T / singular)) ** 2).sum(axis=1)
    error = np.sqrt(((targets - fitted) ** 2).sum() / freedom * (1 + leverage))
    from scipy import stats  # takes long to load, and few queries need it

    half = stats.t.ppf(BAND[1] / 100, freedom) * error
    slopes = weights[1:] / np.array([_location(column)[1] for column in features.T])
    centres = np.array([_location(column)[0] for column in features.T])
    return LinearForecast(
        np.concatenate([[weights[0] - centres @ slopes], slopes]),
        fitted,
        predicted,
        predicted - half,
        predicted + half,
        r_squared(targets, fitted),
    )


def ridge_forecast(
    features: Floats, targets: Floats, future: Floats, penalties: Floats
) -> RidgeForecast | None:
    """Ridge regression through the origin; the penalty is chosen by leaving one row out.

    On changes of logarithms: drivers that do not change, change nothing. With the change of
    ln(CE / energy) as target and the drivers of STIRPAT it shrinks the elasticities of CE to the
    ones of the Kaya identity, not to zero.

    Parameters
    ----------
    features : ndarray, shape (rows, columns)
    targets : ndarray, shape (rows,)
    future : ndarray, shape (others, columns)
    penalties : ndarray, shape (choices,)
        Each times the number of rows is added to the diagonal, after columns were divided by their
        root mean square. Of equally good ones the largest counts.

    Returns
    -------
    RidgeForecast or None
        None for fewer than three rows, columns of zeros, and a penalty that is not above zero.

    Raises
    ------
    ValueError
        For lists that do not fit together.

    Examples
    --------
    >>> x = np.array([[1.0], [2.0], [3.0], [4.0]])
    >>> answer = ridge_forecast(x, 2 * x[:, 0], np.array([[5.0]]), np.array([1e-9, 1.0]))
    >>> answer.penalty, answer.predicted.round(6).tolist()
    (1e-09, [10.0])
    """
    check_tables(features, targets, future)
    size = np.sqrt((features**2).mean(axis=0))
    if len(targets) < MIN_ROWS or (size == 0).any() or not (penalties > 0).all():
        return None
    scaled, count = features / size, len(targets)
    best: tuple[float, float, Floats] | None = None
    with ONE_AT_A_TIME, threadpool_limits(limits=1):
        for penalty in np.sort(penalties)[::-1]:
            inverse = np.linalg.inv(scaled.T @ scaled + penalty * count * np.eye(len(size)))
            weights = inverse @ (scaled.T @ targets)
            leverage = np.einsum("ij,jk,ik->i", scaled, inverse, scaled)
            missed = (targets - scaled @ weights) / (1.0 - leverage)
            error = float(np.abs(missed).mean())
            if best is None or error < best[0]:
                best = error, float(penalty), weights / size
    if best is None:
        return None
    error, penalty, coefficients = best
    return RidgeForecast(
        coefficients, penalty, error, features @ coefficients, future @ coefficients
    )


def check_tables(features: Floats, targets: Floats, future: Floats) -> None:
    """Refuse tables that do not fit together (ValueError)."""
    if len(features) != len(targets):
        raise ValueError(f"{len(features)} rows of features, but {len(targets)} targets")
    if features.shape[1] < 1:
        raise ValueError("features must have at least one column")
    if len(future) and features.shape[1] != future.shape[1]:
        raise ValueError(
            f"features have {features.shape[1]} columns, but future has {future.shape[1]}"
        )


def _location(column: Floats) -> tuple[float, float]:
    """Mean and deviation by which `scale_columns` scales a column."""
    ordered = np.sort(column)
    centre = float(ordered.mean())
    deviation = float(np.sqrt(np.sort((column - centre) ** 2).mean()))
    return centre, deviation if deviation > 1e-12 * max(abs(centre), 1e-300) else 1.0


def canonical_order(features: Floats, targets: Floats) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Order of rows that does not depend on the order in which they are given."""
    return np.lexsort([targets, *features.T[::-1]])


def check_networks(hidden: tuple[int, ...], seeds: tuple[int, ...]) -> None:
    """Refuse networks without units and ensembles without seeds (ValueError)."""
    if not hidden or min(hidden) < 1:
        raise ValueError("hidden must name at least one layer of one or more units")
    if not seeds or min(seeds) < 0:
        raise ValueError("seeds must hold at least one number, each 0 or more")


def trained_answers(
    rows: Floats,
    targets: Floats,
    hidden: tuple[int, ...],
    seeds: tuple[int, ...],
    penalties: Floats,
    iterations: int,
) -> Floats:
    """Train networks on the first of the scaled rows and ask them for all, (networks, rows)."""
    centre, spread = _location(targets)
    goal = np.round((targets - centre) / spread, DECIMALS)
    with ONE_AT_A_TIME, threadpool_limits(limits=1):
        layers = networks.train(rows[: len(goal)], goal, hidden, seeds, penalties, iterations)
        return networks.forward(layers, rows) * spread + centre


def is_flat(answers: Floats, targets: Floats) -> Bools:
    """Which networks answer the same for every row; shape (networks,)."""
    if answers.shape[1] < 2:
        return np.zeros(len(answers), dtype=np.bool_)
    flat: Bools = np.ptp(answers, axis=1) <= 1e-9 * np.ptp(targets)
    return flat


def vary(rows: Floats) -> bool:
    """Whether a network that is alive could answer different numbers for these rows."""
    return len(rows) > 1 and bool((np.ptp(rows, axis=0) > 0).any())


def _ensemble_of(
    features: Floats,
    targets: Floats,
    future: Floats,
    hidden: tuple[int, ...],
    seeds: tuple[int, ...],
) -> Ensemble | None:
    """None where nothing can be learnt."""
    check_tables(features, targets, future)
    if len(targets) < MIN_ROWS or np.ptp(targets) == 0:
        return None
    return bp_ensemble(features, targets, future, hidden, seeds)


@dataclass(frozen=True)
class Forecast:
    """Answer for the known rows (fitted) and the future ones, with its band.

    `low` and `high` bound `predicted`; `r2` is that of `fitted`.
    """

    fitted: Floats
    predicted: Floats
    low: Floats
    high: Floats
    r2: float


@dataclass(frozen=True)
class LinearForecast:
    """Coefficients (intercept first) and the answer of least squares."""

    coefficients: Floats
    fitted: Floats
    predicted: Floats
    low: Floats
    high: Floats
    r2: float


@dataclass(frozen=True)
class RidgeForecast:
    """Coefficients of the columns, the penalty chosen and its mean error on rows left out."""

    coefficients: Floats
    penalty: float
    left_out_error: float
    fitted: Floats
    predicted: Floats


@dataclass(frozen=True)
class SeedForecasts:
    """Answers of the networks one by one; arrays of shape (seeds,) or (seeds, rows)."""

    seed: np.ndarray[tuple[int], np.dtype[np.int32]]
    r2: Floats
    is_dead: Bools
    fitted: Floats
    predicted: Floats


@dataclass(frozen=True)
class Ensemble:
    """Networks of one training set.

    Attributes
    ----------
    targets : ndarray, shape (rows,)
    fitted : ndarray, shape (seeds, rows)
    predicted : ndarray, shape (seeds, others)
    is_dead : ndarray of bool, shape (seeds,)
        Whether the network answers one number for every known or every asked row.
    """

    targets: Floats
    fitted: Floats
    predicted: Floats
    is_dead: Bools

    def median(self) -> Forecast:
        """Median and band of the networks that are alive."""
        alive = ~self.is_dead
        fitted = np.median(self.fitted[alive], axis=0)
        low, middle, high = np.percentile(self.predicted[alive], [BAND[0], 50.0, BAND[1]], axis=0)
        return Forecast(fitted, middle, low, high, r_squared(self.targets, fitted))
