"""Gini and false discovery rate against the vectors, inequality and scipy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inequality.gini import Gini
from scipy import stats

from udfs.discovery import false_discovery_rate
from udfs.gini import gini

amounts = st.one_of(st.integers(-9, 9).map(float), st.floats(-1e6, 1e6, allow_subnormal=False))
lists = st.lists(amounts, min_size=1, max_size=30)
positive = st.lists(st.floats(1.0, 1e6), min_size=2, max_size=30)


@pytest.mark.parametrize(
    "name", ["all_deficit", "all_surplus", "mixed", "single", "equal", "one_neg_one_pos"]
)
def test_gini_vectors(name: str, vectors: Any, ask: Callable[..., Any]) -> None:
    vector = vectors[f"gini.{name}"]
    answer = ask("gini(?::double[])", vector["inputs"]["x"])
    for field, key in (
        ("weighted", "G_weighted"),
        ("eq16", "G_eq16_sum"),
        ("rsv", "G_rsv"),
        ("deficit", "G1"),
        ("surplus", "G2"),
    ):
        assert answer[field] == pytest.approx(vector["expected"][key], abs=vector["tol"])


@given(positive)
def test_gini_of_one_sign_equals_inequality(x: list[float]) -> None:
    expected = Gini(np.array(x)).g
    gain, loss = gini(np.array([x])), gini(-np.array([x]))
    assert gain.weighted[0] == pytest.approx(expected, abs=1e-9)
    assert gain.eq16 == gain.surplus == pytest.approx(gain.weighted, abs=1e-12)
    assert gain.rsv == pytest.approx(gain.weighted, abs=1e-12)
    assert loss.weighted == pytest.approx(gain.weighted, abs=1e-12)
    assert loss.deficit == pytest.approx(loss.weighted, abs=1e-12)


@given(lists)
def test_gini_is_half_the_mean_difference_within_each_group(x: list[float]) -> None:
    answer = gini(np.array([x]))
    for side, found in ((-1.0, answer.deficit[0]), (1.0, answer.surplus[0])):
        group = np.array([v for v in x if v * side > 0])
        total = np.abs(group).sum()
        apart = np.abs(group[:, None] - group[None, :]).sum()
        expected = apart / (2 * len(group) * total) if total > 0 else 0.0
        assert found == pytest.approx(expected, abs=1e-9)
    whole = np.abs(np.subtract.outer(x, x)).sum() / (2 * len(x))
    size = np.abs(x).sum()
    assert answer.rsv[0] == pytest.approx(whole / size if size > 0 else 0.0, abs=1e-9)


@given(lists, st.floats(0.1, 1e3), st.randoms(use_true_random=False))
def test_gini_ignores_order_and_scale_and_stays_in_range(
    x: list[float], scale: float, random: Any
) -> None:
    base = gini(np.array([x]))
    shuffled = x.copy()
    random.shuffle(shuffled)
    for other in (gini(np.array([shuffled])), gini(np.array([x]) * scale)):
        for field in ("weighted", "eq16", "rsv", "deficit", "surplus"):
            assert getattr(other, field) == pytest.approx(getattr(base, field), abs=1e-9)
    assert 0.0 <= base.weighted[0] < 1.0
    assert 0.0 <= base.rsv[0] <= (len(x) - 1) / len(x) + 1e-12
    assert base.eq16[0] == pytest.approx(base.deficit[0] + base.surplus[0])


def test_printed_sum_can_exceed_one() -> None:
    x = np.array([[-100.0, -1, -1, -1, -1, -1, -1, 1, 1, 1, 1, 1, 1, 100]])
    answer = gini(x)
    assert answer.eq16[0] > 1.0 > answer.weighted[0]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_false_discovery_rate_equals_scipy(p: list[float]) -> None:
    expected = stats.false_discovery_control(p)
    assert false_discovery_rate(np.array([p]))[0] == pytest.approx(expected, abs=1e-12)
    gapped = np.array([[np.nan, *p, np.nan]])
    answer = false_discovery_rate(gapped)[0]
    assert answer[1:-1] == pytest.approx(expected, abs=1e-12)
    assert np.isnan(answer[[0, -1]]).all()
