"""Networks of a panel of places, anchored at the last that is known of each place.

A network learns levels of, say, ln(CE / energy) from the drivers of all places together. Of what it
answers, only the change since the last known row of a place is used: forecast = last known target +
network(asked row) - network(last known row). Drivers far outside what was learnt are clipped, and
every forecast says how far outside they lie.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from udfs.forecast import (
    BAND,
    DECIMALS,
    MIN_ROWS,
    canonical_order,
    check_networks,
    check_tables,
    is_flat,
    scale_columns,
    trained_answers,
    vary,
)
from udfs.rounding import Bools, Floats, Integers

ITERATIONS = 60
"""L-BFGS steps. More of them move a median by less than other seeds do."""
VALIDATION_RATIO = 0.2
"""Share of the last rows of each place by which the penalty is chosen, at least one row."""
VALIDATION_SEEDS = 8
"""Networks that each penalty is tried with."""


@dataclass(frozen=True)
class AnchoredForecast:
    """Median and band of the anchored networks that are alive, and what each of them answers.

    Attributes
    ----------
    fitted : ndarray, shape (rows,)
        Median answer for the known rows, not anchored.
    predicted, low, high : ndarray, shape (others,)
    by_seed : ndarray, shape (seeds, others)
        Answers one by one; those of dead networks count nowhere.
    is_dead : ndarray of bool, shape (seeds,)
    extrapolation : ndarray, shape (others,)
        How far the driver that lies furthest out is outside the known ones, in ranges of the
        known; 0 within. A driver that never varied does not count: nothing was learnt from it.
    penalty : float
        L2 penalty that validation chose.
    """

    fitted: Floats
    predicted: Floats
    low: Floats
    high: Floats
    by_seed: Floats
    is_dead: Bools
    extrapolation: Floats
    penalty: float


@dataclass(frozen=True)
class _Panel:
    """Known rows of all places; rows of one place are in the order of time."""

    features: Floats
    targets: Floats
    places: Integers

    def last_rows(self) -> dict[int, int]:
        """Row of the last that is known of each place."""
        return {int(place): row for row, place in enumerate(self.places)}

    def split(self) -> tuple[Integers, Integers]:
        """Rows to learn from and the last rows of each place to choose a penalty by."""
        early, late = [], []
        for place in np.unique(self.places):
            rows = np.flatnonzero(self.places == place)
            held = max(1, int(VALIDATION_RATIO * len(rows)))
            early.append(rows[:-held])
            late.append(rows[-held:] if len(rows) > held else rows[:0])
        return np.sort(np.concatenate(early)), np.sort(np.concatenate(late))

    def rows(self, chosen: Integers) -> _Panel:
        return _Panel(self.features[chosen], self.targets[chosen], self.places[chosen])


def bp_anchored_forecast(
    features: Floats,
    targets: Floats,
    future: Floats,
    places: tuple[int, ...],
    future_places: tuple[int, ...],
    hidden: tuple[int, ...],
    seeds: tuple[int, ...],
    penalties: Floats,
    clip_ratio: float,
) -> AnchoredForecast | None:
    """Train one network for each seed on all places and anchor each at the last row of its place.

    Parameters
    ----------
    features : ndarray, shape (rows, columns)
        Drivers of the known rows, those of a place in the order of time; any unit.
    targets : ndarray, shape (rows,)
        What they drove, for instance ln(CE / energy).
    future : ndarray, shape (others, columns)
        Drivers of the rows to predict.
    places, future_places : tuple of int
        Place of each row.
    hidden : tuple of int
        Units of each hidden layer; the study has (5, 4, 8, 6).
    seeds : tuple of int
        Seed of each network's first weights.
    penalties : ndarray, shape (choices,)
        L2 penalties of which the last rows of each place choose one, by the mean absolute error
        of the median of a few networks that learnt from the rows before. The largest where there
        are too few rows to choose, and of equally good ones.
    clip_ratio : float
        Ranges of the known drivers beyond which asked drivers are clipped, on either side.

    Returns
    -------
    AnchoredForecast or None
        None for fewer than three rows, targets that do not vary and networks that are all dead.

    Raises
    ------
    ValueError
        For lists that do not fit together, a place to predict without a known row, no penalty or a
        negative one, a negative ratio, and what `bp_ensemble` refuses.

    Examples
    --------
    >>> x = np.linspace(0.0, 3.0, 12)[:, None]
    >>> answer = bp_anchored_forecast(
    ...     x, 2 * x[:, 0] + 1, np.array([[3.1], [9.0]]), (1,) * 12, (1, 1), (4,), (1, 2, 3),
    ...     np.array([1e-3, 1e-2]), 0.1,
    ... )
    >>> bool(abs(answer.predicted[0] - 7.2) < 0.05), answer.extrapolation.round(3).tolist()
    (True, [0.033, 2.0])
    """
    panel = _checked_panel(features, targets, future, places, future_places)
    check_networks(hidden, seeds)
    if len(penalties) == 0 or (penalties < 0).any():
        raise ValueError("penalties must hold at least one number, each 0 or more")
    if clip_ratio < 0:
        raise ValueError("clip_ratio must be 0 or more")
    if len(targets) < MIN_ROWS or np.ptp(targets) == 0:
        return None
    future = future.reshape(len(future), features.shape[1])  # even where there is none
    asked_places = np.array(future_places, dtype=np.int64)
    penalty = _chosen_penalty(panel, hidden, seeds[:VALIDATION_SEEDS], penalties, clip_ratio)
    chosen = np.full(len(seeds), penalty)
    known, predicted = _answers(panel, future, asked_places, hidden, seeds, chosen, clip_ratio)
    is_dead = is_flat(known, targets)
    if vary(future):
        is_dead |= is_flat(predicted, targets)
    if is_dead.all():
        return None
    low, middle, high = np.percentile(predicted[~is_dead], [BAND[0], 50.0, BAND[1]], axis=0)
    return AnchoredForecast(
        np.median(known[~is_dead], axis=0),
        middle,
        low,
        high,
        predicted,
        is_dead,
        _extrapolation(features, future),
        penalty,
    )


def _checked_panel(
    features: Floats,
    targets: Floats,
    future: Floats,
    places: tuple[int, ...],
    future_places: tuple[int, ...],
) -> _Panel:
    check_tables(features, targets, future)
    if len(places) != len(features) or len(future_places) != len(future):
        raise ValueError("places and future_places must name the place of every row")
    strangers = set(future_places) - set(places)
    if strangers:
        raise ValueError(f"place {min(strangers)} has rows to predict, but no known row")
    return _Panel(features, targets, np.array(places, dtype=np.int64))


def _chosen_penalty(
    panel: _Panel,
    hidden: tuple[int, ...],
    seeds: tuple[int, ...],
    penalties: Floats,
    clip_ratio: float,
) -> float:
    """Penalty under which networks that know the earlier rows come closest to the later."""
    early, late = panel.split()
    learnt, held = panel.rows(early), panel.rows(late)
    largest = float(penalties.max())
    if len(penalties) == 1 or len(early) < MIN_ROWS or np.ptp(learnt.targets) == 0:
        return largest
    tried = np.sort(penalties)[::-1]
    _, predicted = _answers(
        learnt,
        held.features,
        held.places,
        hidden,
        seeds * len(tried),
        np.repeat(tried, len(seeds)),
        clip_ratio,
    )
    middle = np.median(predicted.reshape(len(tried), len(seeds), len(late)), axis=1)
    errors = np.abs(middle - held.targets).mean(axis=1)
    return float(tried[int(errors.argmin())])


def _answers(
    panel: _Panel,
    future: Floats,
    future_places: Integers,
    hidden: tuple[int, ...],
    seeds: tuple[int, ...],
    penalties: Floats,
    clip_ratio: float,
) -> tuple[Floats, Floats]:
    """Answers for known rows, and anchored ones for future rows; (networks, rows) each."""
    low, high = panel.features.min(axis=0), panel.features.max(axis=0)
    reach = clip_ratio * (high - low)
    order = canonical_order(panel.features, panel.targets)
    scaled, asked = scale_columns(panel.features[order], np.clip(future, low - reach, high + reach))
    rows = np.round(np.concatenate([scaled, asked]), DECIMALS)
    answers = trained_answers(rows, panel.targets[order], hidden, seeds, penalties, ITERATIONS)
    known = np.empty((len(seeds), len(order)))
    known[:, order] = answers[:, : len(order)]
    last = panel.last_rows()
    anchors = np.array([last[int(place)] for place in future_places], dtype=np.int64)
    return known, answers[:, len(order) :] - known[:, anchors] + panel.targets[anchors]


def _extrapolation(features: Floats, future: Floats) -> Floats:
    """Distance of each asked row from the known ones, in ranges of the driver furthest out."""
    low, high = features.min(axis=0), features.max(axis=0)
    reach = high - low
    varies = reach > 0
    outside = np.maximum(future - high, low - future).clip(0.0)[:, varies] / reach[varies]
    result: Floats = outside.max(axis=1, initial=0.0)
    return result
