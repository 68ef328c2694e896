"""Many tests at once: the Benjamini-Hochberg false discovery rate."""

from __future__ import annotations

import numpy as np

from udfs.rounding import Floats


def false_discovery_rate(p: Floats) -> Floats:
    """Benjamini-Hochberg adjusted probabilities of each row of tests.

    ``q_(i) = min over k >= i of p_(k) m / k`` for the m sorted probabilities, as
    ``scipy.stats.false_discovery_control`` has it; here a test without an answer may stand among
    the others.

    Parameters
    ----------
    p : ndarray, shape (rows, tests)
        Probabilities in 0..1; NaN where a test has no answer: it is not counted.

    Returns
    -------
    ndarray, shape (rows, tests)
        Adjusted probabilities in the order given, NaN where p is.

    Raises
    ------
    ValueError
        If a probability is not in 0..1.

    Examples
    --------
    >>> false_discovery_rate(np.array([[0.01, 0.04, np.nan, 0.03]])).round(3).tolist()
    [[0.03, 0.04, nan, 0.04]]
    """
    known = ~np.isnan(p)
    outside = known & ~((p >= 0.0) & (p <= 1.0))
    if outside.any():
        raise ValueError(f"p must lie between 0 and 1, got {p[outside][0]}")
    order = np.argsort(p, axis=1)  # NaN sort last
    tests = known.sum(axis=1, keepdims=True)
    ratio = np.take_along_axis(p, order, axis=1) * tests / np.arange(1, p.shape[1] + 1)
    ratio = np.where(np.isnan(ratio), np.inf, ratio)
    ratio = np.minimum(np.minimum.accumulate(ratio[:, ::-1], axis=1)[:, ::-1], 1.0)
    adjusted = np.empty_like(p)
    np.put_along_axis(adjusted, order, ratio, axis=1)
    return np.where(known, adjusted, np.nan)
