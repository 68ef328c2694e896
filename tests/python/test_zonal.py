"""Zonal sums: against rasterstats, brute force and themselves in pieces."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from rasterstats import zonal_stats
from scipy.sparse import csr_matrix

from ingest.catalogue.grid import Grid
from ingest.rasters.terms import TERMS, StripTerms
from ingest.years.zonal import (
    CENTRE_RULE,
    GROUP_SPAN,
    VALIDITY,
    GroupedSums,
    add_sums,
    cut_into_segments,
    fill_gaps,
    grid_sums,
    group_codes,
    grouped_sums,
    merge_sums,
    outside_sums,
    split_group_code,
    sums_table,
    table_sums,
)
from ingest.zones.weights import StripWeights

GRID = Grid.from_spec("EPSG:4326", 1.0, (10, 0, 18, 6))
NPP = TERMS.index("npp_gc_m2")


def random_terms(rng: np.random.Generator, cells: int, missing: float = 0.2) -> StripTerms:
    values = rng.normal(100, 50, (len(TERMS), cells))
    for _, term in VALIDITY:
        values[TERMS.index(term), rng.random(cells) < missing] = np.nan
    return StripTerms(values, rng.integers(0, 17, cells).astype(np.int16))


def random_weights(rng: np.random.Generator, zones: int, cells: int) -> csr_matrix:
    """Cover some of each cell by some zones, never more than all of it."""
    dense = rng.random((zones, cells)) * (rng.random((zones, cells)) < 0.4)
    return csr_matrix(dense / np.maximum(dense.sum(axis=0), 1))


def strip_weights(matrix: csr_matrix, *, is_difference: bool = False) -> StripWeights:
    """Weights of a matrix of zones and cells, in the order of cells, as runs of one cell."""
    by_cell = matrix.tocsc().tocoo()
    zone, cell = by_cell.row.astype(np.int32), by_cell.col.astype(np.int64)
    ones = np.ones(cell.size, dtype=np.int32)
    return StripWeights(cell, ones, zone, by_cell.data, matrix.shape[0], is_difference)


def summed(
    terms: StripTerms,
    matrix: csr_matrix,
    area: NDArray[np.float64] | None = None,
    *,
    is_difference: bool = False,
) -> GroupedSums:
    """Sums of terms, which are left as they are, by a matrix of fractions."""
    filled = StripTerms(terms.values.copy(), terms.lithology)
    fill_gaps(filled)
    areas = np.ones(matrix.shape[1]) if area is None else area
    weights = strip_weights(matrix, is_difference=is_difference)
    return grouped_sums(cut_into_segments(filled, group_codes(terms), areas, [weights]), weights)


def masked(sums: GroupedSums, zone: int, *flags: str) -> tuple[int, NDArray[np.float64]]:
    """Add up the groups of a zone whose cells have all the layers named."""
    count, total = 0, np.zeros(1 + len(TERMS))
    names = [flag for flag, _ in VALIDITY]
    for key, cells, row in zip(sums.keys, sums.cell_count, sums.sums, strict=True):
        _, has = split_group_code(int(key % GROUP_SPAN))
        if key // GROUP_SPAN == zone and all(has[names.index(flag)] for flag in flags):
            count, total = count + int(cells), total + row
    return count, total


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(1, 60))
def test_brute_force_under_every_mask(seed: int, zones: int, cells: int) -> None:
    rng = np.random.default_rng(seed)
    terms, weights = random_terms(rng, cells), random_weights(rng, zones, cells)
    sums = summed(terms, weights)
    dense = weights.toarray()
    for flags in ((), ("has_npp",), ("has_temperature", "has_precipitation", "has_npp")):
        valid = np.ones(cells, bool)
        for flag in flags:
            valid &= ~np.isnan(terms.term(dict(VALIDITY)[flag]))
        for zone in range(zones):
            count, total = masked(sums, zone, *flags)
            chosen = valid & (dense[zone] > 0)
            assert count == chosen.sum()
            np.testing.assert_allclose(total[0], dense[zone, chosen].sum(), atol=1e-12)
            filled = np.nan_to_num(terms.values)
            np.testing.assert_allclose(
                total[1:], filled[:, chosen] @ dense[zone, chosen], atol=1e-9, rtol=1e-12
            )


def test_groups_tell_lithology_and_layers() -> None:
    terms = random_terms(np.random.default_rng(1), 500)
    for cell, code in enumerate(group_codes(terms)):
        lithology, has = split_group_code(int(code))
        assert lithology == terms.lithology[cell]
        assert has == tuple(bool(~np.isnan(terms.term(term)[cell])) for _, term in VALIDITY)


def test_centre_rule_is_rasterstats_to_the_last_digits() -> None:
    rng = np.random.default_rng(2)
    terms = random_terms(rng, GRID.cell_count)
    npp = terms.term("npp_gc_m2").reshape(GRID.shape)
    shapes = [shapely.box(10.2, 0.3, 14.6, 4.9), shapely.Point(15, 3).buffer(2.3)]
    x, y = np.meshgrid(*GRID.cell_centres())
    inside = np.stack([shapely.contains_xy(shape, x, y).ravel() for shape in shapes])
    sums = summed(terms, csr_matrix(inside.astype(float)))
    expected = zonal_stats(
        shapes, npp, affine=GRID.transform, nodata=np.nan, stats=["sum", "count"]
    )
    for zone, stats in enumerate(expected):
        count, total = masked(sums, zone, "has_npp")
        assert count == stats["count"]
        assert total[1 + NPP] == pytest.approx(stats["sum"], rel=1e-14)


def test_the_difference_turns_fractions_into_centres() -> None:
    rng = np.random.default_rng(3)
    terms, fractions = random_terms(rng, 240), random_weights(rng, 6, 240)
    owner = rng.integers(0, 7, 240)  # the seventh stands for no zone
    centres = csr_matrix((np.arange(6)[:, None] == owner).astype(float))
    expected = summed(terms, centres)
    change = summed(terms, csr_matrix(centres - fractions), is_difference=True)
    got = add_sums(summed(terms, fractions), change)
    np.testing.assert_array_equal(got.keys, expected.keys)
    np.testing.assert_array_equal(got.cell_count, expected.cell_count)
    np.testing.assert_allclose(got.sums, expected.sums, rtol=1e-11, atol=1e-9)


def test_blocks_add_up_and_tables_give_back_every_bit() -> None:
    rng = np.random.default_rng(4)
    terms, weights = random_terms(rng, 240), random_weights(rng, 6, 240)
    whole = summed(terms, weights)
    parts = []
    for start in range(0, 240, 50):
        cut = slice(start, start + 50)
        part = StripTerms(terms.values[:, cut], terms.lithology[cut])
        sums = summed(part, weights[:, cut])
        back = table_sums(sums_table(sums, CENTRE_RULE), CENTRE_RULE)
        np.testing.assert_array_equal(back.sums, sums.sums)
        parts.append(back)
    merged = merge_sums(parts)
    np.testing.assert_array_equal(merged.keys, whole.keys)
    np.testing.assert_array_equal(merged.cell_count, whole.cell_count)
    np.testing.assert_allclose(merged.sums, whole.sums, rtol=1e-12, atol=1e-12)
    none = summed(terms, csr_matrix((6, 240)))
    assert merge_sums([none, whole]).keys.size == whole.keys.size


def test_mass_is_conserved() -> None:
    rng = np.random.default_rng(5)
    terms = random_terms(rng, GRID.cell_count)
    area = GRID.cell_areas_km2().ravel()
    fractions = random_weights(rng, 5, GRID.cell_count)
    sums = summed(terms, fractions, area).sums.sum(axis=0)
    codes, weights = group_codes(terms), strip_weights(fractions)
    fill_gaps(terms)
    outside = outside_sums(cut_into_segments(terms, codes, area, [weights]), weights)
    np.testing.assert_allclose(sums + outside, grid_sums(terms, area), rtol=1e-12)


def test_runs_sum_as_their_cells_do() -> None:
    """Long runs of one fraction, cut by groups of cells, against an entry for each cell."""
    rng = np.random.default_rng(6)
    cells = 200
    terms = random_terms(rng, cells, missing=0.02)
    terms.lithology[:] = np.repeat(rng.integers(0, 3, 10), cells // 10)
    area = rng.random(cells) + 0.5
    codes = group_codes(terms)
    fill_gaps(terms)
    first = np.array([3, 40, 40, 41, 120, 190])
    length = np.array([37, 1, 1, 60, 50, 10], dtype=np.int32)
    zone = np.array([0, 0, 1, 1, 2, 0], dtype=np.int32)
    runs = StripWeights(first, length, zone, rng.random(6), zone_count=3)
    single = StripWeights(
        np.concatenate([start + np.arange(n) for start, n in zip(first, length, strict=True)]),
        np.ones(length.sum(), dtype=np.int32),
        np.repeat(zone, length),
        np.repeat(runs.fraction, length),
        zone_count=3,
    )
    parts = cut_into_segments(terms, codes, area, [runs])
    assert parts.start.size < cells / 2
    found = grouped_sums(parts, runs)
    expected = grouped_sums(cut_into_segments(terms, codes, area, [single]), single)
    np.testing.assert_array_equal(found.keys, expected.keys)
    np.testing.assert_array_equal(found.cell_count, expected.cell_count)
    np.testing.assert_allclose(found.sums, expected.sums, rtol=1e-12)


def test_keys_have_room_for_a_million_zones() -> None:
    one = np.ones(1, dtype=np.int32)
    weights = StripWeights(np.zeros(1, np.int64), one, 999_999 * one, np.ones(1), 1_000_000)
    terms = StripTerms(np.ones((len(TERMS), 1)), np.ones(1, dtype=np.int16))
    parts = cut_into_segments(terms, group_codes(terms), np.ones(1), [weights])
    assert grouped_sums(parts, weights).keys // GROUP_SPAN == 999_999
