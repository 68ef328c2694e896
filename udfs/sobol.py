"""Which uncertain input makes a result uncertain: Sobol' indices from a paired sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from udfs.rounding import Floats


@dataclass(frozen=True)
class SobolIndices:
    """Shares of the variance of a result.

    Attributes
    ----------
    first : ndarray, shape (inputs,)
        Share that an input explains alone.
    total : ndarray, shape (inputs,)
        Share that would go if all inputs but this one were known.
    """

    first: Floats
    total: Floats


def sobol_points(inputs: int, count: int, seed: int) -> Floats:
    """Points that fill the unit cube evenly (a scrambled Sobol' sequence).

    Parameters
    ----------
    inputs : int
        Dimensions of the cube, 1 or more.
    count : int
        Number of points, a power of two.
    seed : int
        Seed of the scrambling, 0 or more.

    Returns
    -------
    ndarray, shape (count, inputs)
        Numbers in (0, 1).

    Raises
    ------
    ValueError
        If there is no dimension, the count is no power of two, or the seed is negative.

    Examples
    --------
    >>> np.sort(np.floor(sobol_points(2, 4, 1)[:, 0] * 4)).tolist()
    [0.0, 1.0, 2.0, 3.0]
    """
    if inputs < 1:
        raise ValueError(f"inputs must be 1 or more, got {inputs}")
    if count < 1 or count & (count - 1):
        raise ValueError(f"count must be a power of two, got {count}")
    if seed < 0:
        raise ValueError(f"seed must not be negative, got {seed}")
    from scipy.stats import qmc  # takes long to load, and few queries need it

    points: Floats = qmc.Sobol(inputs, scramble=True, rng=seed).random(count)
    return np.clip(points, np.finfo(np.float64).eps, 1.0 - np.finfo(np.float64).eps)


def sobol_indices(a: Floats, b: Floats, mixed: Floats) -> SobolIndices:
    """First-order and total Sobol' indices of each input.

    With ``a`` and ``b`` the results for two independent samples of all inputs, and ``mixed[i]``
    those for the first sample with input i taken from the second (Saltelli et al. 2010):
    ``first = mean(b (mixed - a)) / V``, ``total = mean((a - mixed)^2) / (2 V)``, V the variance of
    a and b together. Results are centred before, which changes no index but loses fewer digits.

    Parameters
    ----------
    a, b : ndarray, shape (n,)
        Results, finite, any unit.
    mixed : ndarray, shape (inputs, n)
        Results with one input exchanged.

    Returns
    -------
    SobolIndices
        NaN where the results do not vary.

    Raises
    ------
    ValueError
        If the lists differ in length.

    Examples
    --------
    >>> u = 2 * sobol_points(4, 4096, 1) - 1
    >>> a, b = u[:, 0] + 2 * u[:, 1], u[:, 2] + 2 * u[:, 3]
    >>> mixed = np.array([u[:, 2] + 2 * u[:, 1], u[:, 0] + 2 * u[:, 3]])
    >>> sobol_indices(a, b, mixed).first.round(2).tolist()
    [0.2, 0.8]
    """
    if a.shape != b.shape or mixed.shape[1:] != a.shape:
        raise ValueError(
            "a, b and every list in mixed must have the same length, "
            f"got {len(a)}, {len(b)} and {mixed.shape[1] if mixed.ndim == 2 else '?'}"
        )
    both = np.concatenate([a, b])
    variance = both.var() if len(both) else 0.0
    if not variance > 0.0:
        nothing = np.full(len(mixed), np.nan)
        return SobolIndices(nothing, nothing)
    middle = both.mean()
    a, b, mixed = a - middle, b - middle, mixed - middle
    return SobolIndices(
        first=(b * (mixed - a)).mean(axis=1) / variance,
        total=((a - mixed) ** 2).mean(axis=1) / (2.0 * variance),
    )
