"""Moran's I, local Moran's I and Gi* against the vectors and esda."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import esda
import libpysal.weights as lw
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from udfs import getis_ord, moran, weights

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning:esda", "ignore::RuntimeWarning:esda"
)


class Places:
    """Places with neighbours, as esda and as our functions want them."""

    def __init__(self, neighbours: dict[int, list[int]], *, standardised: bool = True) -> None:
        self.oracle = lw.W(neighbours, silence_warnings=True)
        self.oracle.transform = "r" if standardised else "b"
        self.n = len(neighbours)
        self.src = [i + 1 for i in neighbours for _ in neighbours[i]]
        self.dst = [j + 1 for i in neighbours for j in neighbours[i]]
        self.weights = [
            1.0 / len(neighbours[i]) if standardised else 1.0
            for i in neighbours
            for _ in neighbours[i]
        ]

    @property
    def matrix(self) -> csr_array:
        return weights.edge_weights(
            self.n, np.array(self.src), np.array(self.dst), np.array(self.weights)
        )

    @property
    def pattern(self) -> csr_array:
        return weights.edge_pattern(self.n, np.array(self.src), np.array(self.dst))


def places_of(vector: dict[str, Any]) -> Places:
    neighbours = {int(k): v for k, v in vector["inputs"]["neighbors"].items()}
    return Places(neighbours, standardised=vector["inputs"].get("weights") != "binary")


def lattice(rows: int, columns: int) -> Places:
    grid = lw.lat2W(rows, columns, rook=False)
    return Places({i: list(grid.neighbors[i]) for i in range(rows * columns)})


@st.composite
def maps(draw: st.DrawFn) -> tuple[Places, np.ndarray]:
    """Random symmetric neighbours (everyone has one) with tied, negative or random values."""
    n = draw(st.integers(6, 20))
    seed = draw(st.integers(0, 10_000))
    rng = np.random.default_rng(seed)
    joined = np.triu(rng.random((n, n)) < draw(st.floats(0.05, 0.6)), 1)
    joined[np.arange(n - 1), np.arange(1, n)] = True
    joined |= joined.T
    neighbours = {i: np.flatnonzero(joined[i]).tolist() for i in range(n)}
    values = rng.normal(size=n) * 100 if draw(st.booleans()) else rng.integers(-4, 3, n) * 1.0
    values[0] += 0.5  # never all equal
    return Places(neighbours, standardised=draw(st.booleans())), values


@pytest.mark.parametrize("name", ["row_standardised", "binary"])
def test_global_vectors(name: str, vectors: Any, ask: Callable[..., Any]) -> None:
    vector = vectors[f"eq10.moran.lattice.{name}"]
    places = places_of(vector)
    answer = ask(
        "morans_i(?::double[], ?::integer[], ?::integer[], ?::double[], 0, 0)",
        vector["inputs"]["x"], places.src, places.dst, places.weights,
    )  # fmt: skip
    expected = vector["expected"]
    assert answer["i"] == pytest.approx(expected["I"], abs=1e-9)
    assert answer["expected_i"] == pytest.approx(expected["EI"], abs=1e-9)
    assert answer["var_norm"] == pytest.approx(expected["VI_norm"], abs=1e-9)
    assert answer["z_norm"] == pytest.approx(expected["z_norm"], abs=1e-9)
    assert answer["p_norm"] == pytest.approx(expected["p_norm_two_sided"], rel=1e-8)
    assert answer["p_sim"] is None


def test_local_and_hot_spot_vectors(vectors: Any, ask: Callable[..., Any]) -> None:
    vector = vectors["eq11.local.lattice"]
    places = places_of(vector)
    x = vector["inputs"]["x"]
    answer = ask(
        "local_morans_i(?::double[], ?::integer[], ?::integer[], ?::double[], 9999, 12345)",
        x, places.src, places.dst, places.weights,
    )  # fmt: skip
    found = [place["local_i"] for place in answer]
    assert found == pytest.approx(vector["expected"]["I_local_paper"], abs=1e-9)
    spots = vectors["gistar.lattice"]
    z = ask("getis_ord_gi_star(?::double[], ?::integer[], ?::integer[])", x, places.src, places.dst)
    assert z == pytest.approx(spots["expected"]["Gi_star_z"], abs=1e-9)


def test_local_permutation_vector(vectors: Any) -> None:
    """Whole numbers tie: an equal sum counts as reaching the observed one.

    esda lets the last digit of each sum decide, so its p lies between ours and the p that counts
    larger sums only.
    """
    vector = vectors["eq11.local.perm"]
    places = places_of(vector)
    x = np.array(vector["inputs"]["x"])
    z, tol = x - x.mean(), vector["tol"]
    expected = np.array(vector["expected"]["p_sim"])
    p_sim = moran.local_morans_i(x[None, :], places.matrix, 9999, 12345).p_sim[0]
    rng = np.random.default_rng(1)
    for i, near in enumerate(places.oracle.neighbors.values()):
        others = rng.permuted(np.tile(np.delete(z, i), (9999, 1)), axis=1)[:, : len(near)]
        above = z[i] * (others.mean(axis=1) - z[near].mean())
        inclusive, strict = np.mean(above > -1e-9), np.mean(above > 1e-9)
        folded = sorted(min(p, 1.0 - p) for p in (inclusive, strict))
        assert p_sim[i] == pytest.approx(min(inclusive, 1.0 - inclusive), abs=tol)
        assert folded[0] - tol < expected[i] < folded[1] + tol
    clear = np.abs(expected - 0.05) > tol
    labels = np.array(vector["expected"]["label_p05"]) != "ns"
    assert ((p_sim < 0.05) == labels)[clear].all()


def test_global_permutation_vector(vectors: Any, ask: Callable[..., Any]) -> None:
    vector = vectors["eq10.moran.perm"]
    places = places_of(vector)
    p_sim = ask(
        "morans_i(?::double[], ?::integer[], ?::integer[], ?::double[], 9999, 12345).p_sim",
        vector["inputs"]["x"], places.src, places.dst, places.weights,
    )  # fmt: skip
    assert p_sim == pytest.approx(vector["expected"]["p_sim"], abs=vector["tol"])


@given(maps())
def test_statistics_equal_esda(case: tuple[Places, np.ndarray]) -> None:
    places, x = case
    whole = moran.morans_i(x[None, :], places.matrix, 0, 0)
    oracle = esda.Moran(x, places.oracle, transformation=places.oracle.transform, permutations=0)
    assert whole.i[0] == pytest.approx(oracle.I, abs=1e-9)
    assert whole.expected_i[0] == pytest.approx(oracle.EI, abs=1e-12)
    if np.isfinite(whole.z_norm[0]):
        assert whole.var_norm[0] == pytest.approx(oracle.VI_norm, abs=1e-9)
        assert whole.z_norm[0] == pytest.approx(oracle.z_norm, abs=1e-9, rel=1e-9)
        assert whole.p_norm[0] == pytest.approx(oracle.p_norm, abs=1e-9)
    local = moran.local_morans_i(x[None, :], places.matrix, 0, 0)
    theirs = esda.Moran_Local(
        x, places.oracle, transformation=places.oracle.transform, permutations=0
    )
    n = places.n
    assert local.local_i[0] == pytest.approx(theirs.Is * n / (n - 1), abs=1e-9)
    assert local.local_i.sum() == pytest.approx(places.matrix.sum() * whole.i[0], abs=1e-8)
    clear = local.quadrant[0] != "ns"
    names = np.array(["", "HH", "LH", "LL", "HL"])[theirs.q]
    assert (local.quadrant[0] == names)[clear].all()
    binary = lw.fill_diagonal(lw.W(places.oracle.neighbors, silence_warnings=True), 1.0)
    # esda divides by the sum of x, which turns the sign of z where that is negative.
    spots = esda.G_Local(x - x.min() + 1.0, binary, transform="B", star=True, permutations=0)
    ours = getis_ord.getis_ord_gi_star(x[None, :], places.pattern)[0]
    known = np.isfinite(ours)
    assert ours[known] == pytest.approx(spots.Zs[known], abs=1e-9, rel=1e-9)


@settings(max_examples=4)
@given(st.integers(0, 1000))
def test_permutation_p_agrees_with_esda_within_sampling_error(seed: int) -> None:
    places = lattice(8, 9)
    x = np.random.default_rng(seed).normal(size=places.n)
    x += 0.5 * (places.matrix @ x)
    draws = 4999
    local = moran.local_morans_i(x[None, :], places.matrix, draws, seed)
    theirs = esda.Moran_Local(x, places.oracle, permutations=draws, seed=seed)
    error = np.sqrt(theirs.p_sim * (1 - theirs.p_sim) / draws + 1e-7) * np.sqrt(2.0)
    assert (np.abs(local.p_sim[0] - theirs.p_sim) < 5.0 * error + 2.0 / draws).all()
    whole = moran.morans_i(x[None, :], places.matrix, draws, seed).p_sim[0]
    np.random.seed(seed)
    oracle = esda.Moran(x, places.oracle, permutations=draws)
    spread = np.sqrt(2.0 * oracle.p_sim * (1 - oracle.p_sim) / draws)
    assert abs(whole - oracle.p_sim) < 5.0 * spread + 2.0 / draws


def test_conditional_permutations_draw_every_other_place_alike() -> None:
    """With one neighbour each, the exact p is a rank among the n - 1 other values."""
    n = 12
    places = Places({i: [(i + 1) % n] for i in range(n)})
    x = np.random.default_rng(5).normal(size=n)
    draws = 20_000
    p_sim = moran.local_morans_i(x[None, :], places.matrix, draws, 3).p_sim[0]
    z = x - x.mean()
    for i in range(n):
        others = z[i] * np.delete(z, i)
        reached = np.mean(others >= z[i] * z[(i + 1) % n])
        exact = min(reached, 1.0 - reached)
        assert p_sim[i] == pytest.approx(exact, abs=5 * np.sqrt(0.25 / draws))


def test_unequal_weights_are_permuted_as_esda_does() -> None:
    rng = np.random.default_rng(8)
    places = lattice(7, 7)
    uneven = {i: rng.uniform(0.5, 2.0, len(v)).tolist() for i, v in places.oracle.neighbors.items()}
    oracle = lw.W(places.oracle.neighbors, uneven)
    flat = np.concatenate([uneven[i] for i in range(places.n)])
    matrix = weights.edge_weights(places.n, np.array(places.src), np.array(places.dst), flat)
    x = rng.normal(size=places.n)
    ours = moran.local_morans_i(x[None, :], matrix, 4999, 1)
    theirs = esda.Moran_Local(x, oracle, transformation="o", permutations=4999, seed=1)
    n = places.n
    assert ours.local_i[0] == pytest.approx(theirs.Is * n / (n - 1), abs=1e-9)
    assert np.abs(ours.p_sim[0] - theirs.p_sim).max() < 0.04


@given(maps(), st.randoms(use_true_random=False))
def test_invariances(case: tuple[Places, np.ndarray], random: Any) -> None:
    places, x = case
    base = moran.morans_i(x[None, :], places.matrix, 99, 4)
    local = moran.local_morans_i(x[None, :], places.matrix, 99, 4)
    spots = getis_ord.getis_ord_gi_star(x[None, :], places.pattern)
    for other in (x + 1000.0, x * 2.5):
        assert moran.morans_i(other[None, :], places.matrix, 99, 4).i == pytest.approx(base.i)
        again = moran.local_morans_i(other[None, :], places.matrix, 99, 4)
        assert again.local_i == pytest.approx(local.local_i, abs=1e-9)
        assert again.p_sim == pytest.approx(local.p_sim, nan_ok=True)
        scores = getis_ord.getis_ord_gi_star(other[None, :], places.pattern)
        assert scores == pytest.approx(spots, abs=1e-8, nan_ok=True)
    order = list(range(places.n))
    random.shuffle(order)
    rank = np.argsort(order)
    src, dst = rank[np.array(places.src) - 1] + 1, rank[np.array(places.dst) - 1] + 1
    relabelled = weights.edge_weights(places.n, src, dst, np.array(places.weights))
    moved = moran.local_morans_i(x[order][None, :], relabelled, 0, 0)
    assert moved.local_i[0] == pytest.approx(local.local_i[0][order], abs=1e-9)
    assert moran.morans_i(x[order][None, :], relabelled, 0, 0).i == pytest.approx(base.i)


def test_p_of_a_place_depends_on_its_own_row_and_neighbours_only() -> None:
    places = lattice(6, 6)
    block = np.random.default_rng(2).normal(size=(40, 36))
    together = moran.local_morans_i(block, places.matrix, 199, 9).p_sim
    alone = [moran.local_morans_i(row[None, :], places.matrix, 199, 9).p_sim[0] for row in block]
    assert together.tolist() == [row.tolist() for row in alone]
    more = places.matrix.toarray()
    more[0, 8:30] = 0.01  # place 1 gets more neighbours than any other
    joined = moran.local_morans_i(block, csr_array(more), 199, 9).p_sim
    assert (joined[:, 1:] == together[:, 1:]).all()


def test_islands_and_places_at_the_mean_have_no_p() -> None:
    places = Places({0: [1], 1: [0, 2], 2: [1], 3: [], 4: [0]})
    x = np.array([[-2.0, 1.0, 3.0, -2.0, 0.0]])
    local = moran.local_morans_i(x, places.matrix, 99, 0)
    assert local.local_i[0, 3] == local.local_i[0, 4] == 0.0
    assert np.isnan(local.p_sim[0, 3:]).all()
    assert np.isfinite(local.p_sim[0, :3]).all()
    assert local.quadrant[0].tolist() == ["LH", "HH", "HH", "ns", "ns"]


def test_an_island_counts_in_n() -> None:
    neighbours = {0: [1], 1: [0, 2], 2: [1, 3], 3: [2], 4: []}
    x = np.array([1.0, 2.0, 4.0, 5.0, -3.0])
    kept = Places(neighbours)
    z = x - x.mean()
    expected = 5 / 4 * (z @ (kept.matrix @ z)) / (z @ z)
    assert moran.morans_i(x[None, :], kept.matrix, 0, 0).i[0] == pytest.approx(expected)
