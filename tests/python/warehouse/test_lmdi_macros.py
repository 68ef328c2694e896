"""LMDI-I as the macros render it: exact, symmetric and without a unit, zeros included."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[3]
MEMBERS = ["people", "money", "energy", "carbon"]

Chain = tuple[float, ...]

sizes = st.floats(min_value=1e-6, max_value=1e12)


@st.composite
def chains(draw: st.DrawFn) -> Chain:
    """People, money, energy and carbon: all above zero, or all zero from one link on."""
    values = [draw(sizes) for _ in MEMBERS]
    first_zero = draw(st.sampled_from([4, 4, 4, 0, 1, 2, 3]))
    return tuple(value if place < first_zero else 0.0 for place, value in enumerate(values))


@cache
def rendered() -> Any:
    """The macros without dbt; only `kaya_links` needs it."""
    text = (ROOT / "macros" / "lmdi.sql").read_text(encoding="utf-8")
    return jinja2.Environment(extensions=["jinja2.ext.do"]).from_string(text).module


@cache
def connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def effects(after: Chain, before: Chain) -> list[float]:
    """Effects of the four links."""
    columns = [f"?::double as {prefix}{name}" for prefix in ("", "base_") for name in MEMBERS]
    asked = ", ".join(rendered().lmdi_effect(MEMBERS, place) for place in range(len(MEMBERS)))
    row = (
        connection()
        .execute(f"select {asked} from (select {', '.join(columns)})", [*after, *before])
        .fetchone()
    )
    assert row is not None
    return list(row)


def log_mean(a: float, b: float) -> float:
    asked = f"select {rendered().log_mean('a', 'b')} from (select ?::double as a, ?::double as b)"
    row = connection().execute(asked, [a, b]).fetchone()
    assert row is not None
    return float(row[0])


@settings(max_examples=150, deadline=None)
@given(chains(), chains())
def test_effects_sum_to_the_change_and_turn_with_time(after: Chain, before: Chain) -> None:
    forth, back = effects(after, before), effects(before, after)
    size = max(after[-1], before[-1])
    # A logarithm of a ratio near 1 is known to its own rounding only: hence the sum of sizes.
    scale = max(size, sum(abs(effect) for effect in forth))
    assert math.isclose(math.fsum(forth), after[-1] - before[-1], abs_tol=1e-9 * scale)
    for one, other in zip(forth, back, strict=True):
        assert math.isclose(one, -other, rel_tol=1e-9, abs_tol=1e-12 * scale)


@settings(max_examples=60, deadline=None)
@given(chains(), chains(), st.lists(st.sampled_from([1e-3, 7.0, 1e8]), min_size=4, max_size=4))
def test_units_do_not_matter(after: Chain, before: Chain, units: list[float]) -> None:
    one = effects(after, before)
    other = effects(
        tuple(value * unit for value, unit in zip(after, units, strict=True)),
        tuple(value * unit for value, unit in zip(before, units, strict=True)),
    )
    scale = sum(abs(effect) for effect in one)
    for plain, changed in zip(one, other, strict=True):
        assert math.isclose(
            plain * units[-1], changed, rel_tol=1e-9, abs_tol=1e-9 * scale * units[-1]
        )


def test_vectors(vectors: dict[str, dict[str, Any]]) -> None:
    vector = vectors["lmdi.kaya"]
    chain = [
        [math.prod(list(factors.values())[: place + 1]) for place in range(4)]
        for factors in (vector["inputs"]["factors_1"], vector["inputs"]["factors_0"])
    ]
    found = effects(tuple(chain[0]), tuple(chain[1]))
    assert found == pytest.approx(list(vector["expected"]["delta"].values()), abs=1e-5)
    assert sum(found) == pytest.approx(vector["expected"]["total"], abs=vector["tol"])
    means = vectors["lmdi.logmean"]
    found = [log_mean(*pair) for pair in means["inputs"]["pairs"]]
    assert found == pytest.approx(means["expected"]["L"], abs=means["tol"])


def test_a_contradiction_is_unknown() -> None:
    assert effects((1.0, 1.0, 0.0, 1.0), (1.0, 1.0, 1.0, 1.0))[2:] == [None, None]
