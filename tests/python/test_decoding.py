"""Decoding: the shortcuts of few codes give what plain arithmetic gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from ingest.catalogue.catalogue import NodataCodes
from ingest.rasters import decoding
from ingest.rasters.decoding import Decoder, Response

RESPONSES = [Response("exp", 0.0913), Response("log1p", 0.3145)]
DTYPES = ["int8", "uint8", "int16", "uint16", "int32", "float32"]


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(DTYPES), st.integers(1, 12), st.booleans())
def test_months_add_up_as_their_values_do(
    data: st.DataObject, dtype: str, months: int, has_gaps: bool
) -> None:
    """Whole-number sums and tables against values in float64, month by month."""
    codes = data.draw(arrays.arrays(np.int8, (months, 3, 4), elements=st.integers(0, 100)))
    raw = codes.astype(dtype)
    decoder = Decoder(NodataCodes.parse([7, "90..95"] if has_gaps else "none"), 0.1, -2.0)
    missing = np.zeros((3, 4), dtype=bool)
    extents = [decoder.survey(month, missing) for month in raw]
    totals = [np.zeros((3, 4)) for _ in range(3)]
    decoder.add_to(totals, raw, missing, RESPONSES)
    values = raw.astype(np.float64) * 0.1 - 2.0
    gaps = (codes == 7) | ((codes >= 90) & (codes <= 95)) if has_gaps else np.zeros(raw.shape, bool)
    values[gaps] = np.nan
    with np.errstate(invalid="ignore"):
        expected = [values, np.exp(0.0913 * values), np.log1p(0.3145 * values)]
    for total, terms in zip(totals, expected, strict=True):
        np.testing.assert_allclose(total, terms.sum(axis=0), rtol=1e-12, atol=1e-12)
    known = values[0][~gaps[0]]
    ends = (known.min(), known.max()) if known.size else (np.inf, -np.inf)
    assert extents[0] == pytest.approx(ends, abs=1e-5)


def test_runs_of_rows_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    raw = rng.integers(-400, 400, (12, 50, 30)).astype(np.int16)
    decoder = Decoder(NodataCodes.parse(-32768), 0.1, 0.0)
    results = []
    for cells in (1, 7 * 30, 10_000):
        monkeypatch.setattr(decoding, "CELLS_IN_CACHE", cells)
        totals = [np.zeros((50, 30)), np.zeros((50, 30))]
        decoder.add_to(totals, raw, np.zeros((50, 30), dtype=bool), RESPONSES[:1])
        results.append(totals)
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])


def test_extremes_of_a_type_are_codes_like_others() -> None:
    """The bound that stands in for a gap is itself a code with data."""
    raw = np.array([[-32768, 32767, 5]], dtype=np.int16)
    assert Decoder(NodataCodes.parse(5), 1.0, 0.0).survey(raw) == (-32768, 32767)
    assert Decoder(NodataCodes.parse(32767), -1.0, 0.0).survey(raw) == (-5, 32768)
    nothing = np.full((2, 2), 5, dtype=np.uint8)
    assert Decoder(NodataCodes.parse(5), 1.0, 0.0).survey(nothing) == (np.inf, -np.inf)
