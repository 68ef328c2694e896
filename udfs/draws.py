"""Random numbers that follow from a name alone: draws of one error, and of errors with neighbours.

Draws are stratified (Latin hypercube, McKay et al. 1979): each of ``n`` equal slices of probability
is hit exactly once, in random order, so that mean and spread of a sample hardly depend on chance.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

import numpy as np

from udfs.rounding import Floats, Integers

EARTH_RADIUS_KM = 6371.0088  # mean radius, IUGG
JITTER = 1e-10  # on the diagonal: two places at one point have one error
MOST_AT_ONCE = 4096  # places whose correlations are factorised as one matrix, 128 MiB
NEIGHBOURS = 32  # of more places: nearest ones before it that a place depends on
ROWS_AT_ONCE = 2048  # matrices of neighbours that are solved together, 16 MiB


def uniform_draws(key: str, draws: int) -> Floats:
    """Draw numbers between 0 and 1, stratified.

    Parameters
    ----------
    key : str
        Name of what is drawn; the same name gives the same numbers on every machine.
    draws : int
        How many, 0 or more.

    Returns
    -------
    ndarray, shape (draws,)
        One number in each of ``draws`` equal slices of (0, 1), in random order.

    Raises
    ------
    ValueError
        If ``draws`` is negative.

    Examples
    --------
    >>> np.floor(np.sort(uniform_draws("a", 4)) * 4).tolist()
    [0.0, 1.0, 2.0, 3.0]
    """
    uniforms: Floats = _uniforms(key, 1, draws)[0]
    return uniforms


def normal_draws(key: str, draws: int) -> Floats:
    """Draw standard normal numbers, stratified.

    Parameters
    ----------
    key : str
        Name of what is drawn.
    draws : int
        How many, 0 or more.

    Returns
    -------
    ndarray, shape (draws,)
        Normal quantiles of `uniform_draws`.

    Raises
    ------
    ValueError
        If ``draws`` is negative.

    Examples
    --------
    >>> round(float(normal_draws("a", 1000).std()), 2)
    1.0
    """
    return normal_quantiles(uniform_draws(key, draws))


def normal_quantiles(p: Floats) -> Floats:
    """Quantiles of the standard normal distribution.

    Parameters
    ----------
    p : ndarray, any shape
        Probabilities between 0 and 1, both excluded.

    Returns
    -------
    ndarray
        Quantiles, the shape of ``p``; infinite at 0 and 1, NaN outside.

    Examples
    --------
    >>> normal_quantiles(np.array([0.5, 0.975])).round(2).tolist()
    [0.0, 1.96]
    """
    from scipy.special import ndtri  # takes long to load, and few queries need it

    quantiles: Floats = ndtri(p)
    return quantiles


def field_draws(
    longitudes: Floats, latitudes: Floats, length_km: float, draws: int, key: str
) -> Floats:
    """Draw standard normal numbers that places share with their neighbours.

    The correlation of two places is ``exp(-distance / length)`` with their distance on a sphere,
    an exponential variogram without a nugget. Up to `MOST_AT_ONCE` places it is exact. The matrix
    of more would fill the memory: each place then depends on the nearest `NEIGHBOURS` of those
    drawn before it (Vecchia 1988). At 300 km over 2,000 places that misses correlations by 0.0004
    on average and 0.03 at most, which is what 1,000 draws miss them by anyway.

    Parameters
    ----------
    longitudes, latitudes : ndarray, shape (places,)
        Places in degrees.
    length_km : float
        Distance at which the correlation has fallen to 1/e, km; 0: every place for itself.
    draws : int
        How many for each place, 0 or more.
    key : str
        Name of what is drawn.

    Returns
    -------
    ndarray, shape (places, draws)
        Standard normal numbers.

    Raises
    ------
    ValueError
        If the lists differ in length, the length is negative or ``draws`` is.

    Examples
    --------
    >>> field = field_draws(np.array([100.0, 101.0]), np.array([30.0, 30.0]), 300.0, 4000, "a")
    >>> round(float(np.corrcoef(field)[0, 1]), 1), round(float(np.exp(-96.3 / 300)), 1)
    (0.7, 0.7)
    """
    if len(longitudes) != len(latitudes):
        raise ValueError(
            "longitudes and latitudes must have the same length, "
            f"got {len(longitudes)} and {len(latitudes)}"
        )
    if not length_km >= 0.0:
        raise ValueError(f"length_km must not be negative, got {length_km}")
    independent = normal_quantiles(_uniforms(key, len(longitudes), draws))
    if length_km == 0.0 or len(longitudes) == 0:
        return independent
    if len(longitudes) > MOST_AT_ONCE:
        return _field_by_neighbours(longitudes, latitudes, length_km, independent)
    correlation = np.exp(-_distances_km(longitudes, latitudes) / length_km)
    correlation[np.diag_indices_from(correlation)] = 1.0 + JITTER
    mixed: Floats = np.linalg.cholesky(correlation) @ independent
    return mixed


def _field_by_neighbours(
    longitudes: Floats, latitudes: Floats, length_km: float, independent: Floats
) -> Floats:
    """Correlate numbers of shape (places, draws), place after place in a random order."""
    order = np.random.default_rng(len(longitudes)).permutation(len(longitudes))
    points = _on_sphere(longitudes, latitudes)[order]
    field = independent[order]
    for rows in _doubling(len(points)):
        neighbours = _nearest_before(points, rows)
        shares, spread = _conditional(points, rows, neighbours, length_km)
        for row, others, share, own in zip(rows, neighbours, shares, spread, strict=True):
            field[row] *= own
            field[row] += share @ field[others]
    answer = np.empty_like(field)
    answer[order] = field
    return answer


def _doubling(places: int) -> Iterator[Integers]:
    """Consecutive rows, at most as many as came before, so that half of those near do as well."""
    start, stop = 0, 4 * NEIGHBOURS
    while start < places:
        yield np.arange(start, min(stop, places))
        start, stop = stop, stop + min(stop, ROWS_AT_ONCE)


def _nearest_before(points: Floats, rows: Integers) -> Integers:
    """Find the nearest points before each row, shape (rows, NEIGHBOURS); -1 for none."""
    from scipy.spatial import KDTree  # takes long to load, and few queries need it

    known = points[: rows[-1] + 1]
    _, near = KDTree(known).query(points[rows], k=min(4 * NEIGHBOURS, len(known)))
    near = np.asarray(near, dtype=np.int64).reshape(len(rows), -1)
    before = near < rows[:, None]
    first = np.argsort(~before, axis=1, kind="stable")[:, :NEIGHBOURS]
    found = np.take_along_axis(np.where(before, near, -1), first, axis=1)
    missing = NEIGHBOURS - found.shape[1]
    return np.pad(found, ((0, 0), (0, max(missing, 0))), constant_values=-1)


def _conditional(
    points: Floats, rows: Integers, neighbours: Integers, length_km: float
) -> tuple[Floats, Floats]:
    """Return what of each row follows from each neighbour, and the spread of the rest."""
    there = neighbours >= 0
    near = points[neighbours]
    among = _correlations(near[:, :, None] - near[:, None, :], length_km)
    among *= there[:, :, None] & there[:, None, :]
    among[:, range(NEIGHBOURS), range(NEIGHBOURS)] = 1.0 + JITTER
    to_row = _correlations(near - points[rows][:, None], length_km) * there
    shares = np.linalg.solve(among, to_row[:, :, None])[:, :, 0].astype(np.float64)
    rest: Floats = np.maximum(1.0 - np.einsum("rn,rn->r", shares, to_row), 0.0)
    return shares, np.sqrt(rest)


def _correlations(chords: Floats, length_km: float) -> Floats:
    """Correlation over straight lines through the Earth, in radii, as that over arcs."""
    half = np.sqrt(np.einsum("...d,...d->...", chords, chords)) / 2.0
    arcs = 2.0 * EARTH_RADIUS_KM * np.arcsin(np.minimum(half, 1.0))
    correlations: Floats = np.exp(-arcs / length_km)
    return correlations


def _on_sphere(longitudes: Floats, latitudes: Floats) -> Floats:
    """Points of the unit sphere, shape (places, 3)."""
    lon, lat = np.radians(longitudes), np.radians(latitudes)
    points: Floats = np.stack(
        [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1
    )
    return points


def _uniforms(key: str, rows: int, draws: int) -> Floats:
    if draws < 0:
        raise ValueError(f"draws must not be negative, got {draws}")
    rng = np.random.default_rng(int.from_bytes(sha256(key.encode()).digest(), "big"))
    slices = rng.permuted(np.broadcast_to(np.arange(draws), (rows, draws)), axis=1)
    # Never exactly 0, whose normal quantile is infinite.
    within = np.maximum(rng.random((rows, draws)), np.finfo(np.float64).tiny)
    uniforms: Floats = (slices + within) / max(draws, 1)
    return uniforms


def _distances_km(longitudes: Floats, latitudes: Floats) -> Floats:
    """Great-circle distance of every pair by the haversine formula."""
    lon, lat = np.radians(longitudes), np.radians(latitudes)
    half = (
        np.sin((lat[:, None] - lat) / 2.0) ** 2
        + np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2.0) ** 2
    )
    distances: Floats = 2.0 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
    return distances
