"""Spatial weights: edge lists of 1-based positions become a sparse matrix, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from udfs.rounding import Floats, Integers

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def edge_weights(count: int, src: Integers, dst: Integers, weights: Floats) -> csr_array:
    """Matrix of weights w[i, j] of the edges from position i to position j.

    Parameters
    ----------
    count : int
        Number of places.
    src, dst : ndarray of int64, shape (edges,)
        Positions of both ends, counted from 1 as SQL lists are. ``dst`` is a neighbour of
        ``src``. An edge given twice counts twice.
    weights : ndarray, shape (edges,)
        Weight of each edge, finite; used as given, so standardise rows beforehand.

    Returns
    -------
    csr_array, shape (count, count)
        Weights; edges of weight zero are kept out.

    Raises
    ------
    ValueError
        If the lists differ in length, a position is not in 1..count, an edge joins a place to
        itself, or a weight is not finite.

    Examples
    --------
    >>> edge_weights(3, np.array([1, 2]), np.array([2, 3]), np.array([1.0, 0.5])).toarray().tolist()
    [[0.0, 1.0, 0.0], [0.0, 0.0, 0.5], [0.0, 0.0, 0.0]]
    """
    if not len(src) == len(dst) == len(weights):
        raise ValueError(
            "src, dst and weights must have the same length, "
            f"got {len(src)}, {len(dst)} and {len(weights)}"
        )
    _check_positions(count, src, dst)
    _refuse(~np.isfinite(weights), "weights", weights, "weights must be finite")
    _refuse(src == dst, "dst", dst, "an edge must not join a place to itself")
    from scipy.sparse import csr_array  # takes long to load, and few queries need it

    matrix = csr_array((weights, (src - 1, dst - 1)), shape=(count, count))
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    return matrix


def edge_pattern(count: int, src: Integers, dst: Integers) -> csr_array:
    """Binary matrix of the edges, every place its own neighbour (for Gi*).

    Parameters
    ----------
    count : int
        Number of places.
    src, dst : ndarray of int64, shape (edges,)
        Positions of both ends, counted from 1. An edge given twice counts once.

    Returns
    -------
    csr_array, shape (count, count)
        Ones at the edges and on the diagonal.

    Raises
    ------
    ValueError
        If the lists differ in length or a position is not in 1..count.

    Examples
    --------
    >>> edge_pattern(2, np.array([1]), np.array([2])).toarray().tolist()
    [[1.0, 1.0], [0.0, 1.0]]
    """
    if len(src) != len(dst):
        raise ValueError(f"src and dst must have the same length, got {len(src)} and {len(dst)}")
    _check_positions(count, src, dst)
    everyone = np.arange(count)
    ends = (np.concatenate([src - 1, everyone]), np.concatenate([dst - 1, everyone]))
    from scipy.sparse import csr_array  # takes long to load, and few queries need it

    matrix = csr_array((np.ones(len(ends[0])), ends), shape=(count, count))
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix


def _check_positions(count: int, src: Integers, dst: Integers) -> None:
    for name, positions in (("src", src), ("dst", dst)):
        _refuse(
            (positions < 1) | (positions > count),
            name,
            positions,
            f"positions are counted from 1 and vals has {count}",
        )


def _refuse(wrong: np.ndarray, name: str, values: np.ndarray, rule: str) -> None:
    if wrong.any():
        edge = int(wrong.argmax())
        raise ValueError(f"{name} holds {values[edge]} at edge {edge + 1}: {rule}")
