"""Tell a zero from the dust that floating-point sums leave where a zero should be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Bools = NDArray[np.bool_]

EPSILON = float(np.finfo(np.float64).eps)


def rounding_error(scale: Floats, terms: int) -> Floats:
    """Bound the error of a sum of ``terms`` numbers no larger than ``scale``.

    Parameters
    ----------
    scale : ndarray
        Largest absolute value that entered the sum, any shape.
    terms : int
        Number of values summed.

    Returns
    -------
    ndarray
        ``4 terms eps scale``, the shape and unit of ``scale``.

    Examples
    --------
    >>> float(rounding_error(np.array([1.0]), 21)[0]) < 2e-14
    True
    """
    return 4.0 * terms * EPSILON * scale


def snap_to_zero(values: Floats, error: Floats) -> Floats:
    """Return ``values`` with exact zeros where they do not exceed ``error``.

    Parameters
    ----------
    values : ndarray
        Computed values, any shape.
    error : ndarray
        Bound of their rounding error, broadcastable to ``values``.

    Returns
    -------
    ndarray
        A new array of the shape of ``values``.

    Examples
    --------
    >>> snap_to_zero(np.array([1e-17, -0.5]), np.array([1e-15])).tolist()
    [0.0, -0.5]
    """
    return np.where(np.abs(values) <= error, 0.0, values)
