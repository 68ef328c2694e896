"""What every function promises in SQL: NULL rules, errors, documentation, any thread count."""

from __future__ import annotations

import math
import os
import random
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

import udfs
from udfs.plugin import Plugin

GOOD = "[1, 4, 2, 8, 5, 7, 1, 3]"
EDGES = "[1, 2, 3, 4, 5, 6, 7, 8], [2, 3, 4, 5, 6, 7, 8, 1]"
ONES = "[1, 1, 1, 1, 1, 1, 1, 1]"
CALLS = {
    "hurst_exponent": "hurst_exponent({x}, 3)",
    "hurst_test": "hurst_test({x}, 3, 1, 19, 1)",
    "detrend": "detrend({x})",
    "mann_kendall_corrected": "mann_kendall_corrected({x}, 'simulated')",
    "mann_kendall": "mann_kendall({x})",
    "sequential_mann_kendall": "sequential_mann_kendall({x})",
    "mutation_points": "mutation_points({x}, 1997)",
    "morans_i": f"morans_i({{x}}, {EDGES}, {ONES}, 19, 1)",
    "local_morans_i": f"local_morans_i({{x}}, {EDGES}, {ONES}, 19, 1)",
    "getis_ord_gi_star": f"getis_ord_gi_star({{x}}, {EDGES})",
    "gini": "gini({x})",
}
DIRTY = {
    "null list": "null::double[]",
    "null inside": "[1, 4, 2, null, 5, 7, 1, 3]",
    "nan": "[1, 4, 2, 'nan'::double, 5, 7, 1, 3]",
    "infinity": "[1, 4, 2, '-inf'::double, 5, 7, 1, 3]",
}


def same(found: Any, expected: Any) -> bool:
    if isinstance(expected, dict):
        return found.keys() == expected.keys() and all(
            same(found[key], expected[key]) for key in expected
        )
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(same, found, expected))
    if isinstance(expected, float):
        return found == pytest.approx(expected, abs=1e-6)
    return found == expected


@pytest.mark.parametrize("function", udfs.FUNCTIONS, ids=lambda f: f.name)
def test_documentation_is_whole_and_its_example_runs(
    function: udfs.SqlFunction, ask: Callable[..., Any], connection: duckdb.DuckDBPyConnection
) -> None:
    assert function.doc.endswith(".")
    assert "NULL" in function.null_rule
    assert all(argument.meaning for argument in function.arguments)
    assert function.example.call.startswith(f"{function.name}(")
    assert same(ask(function.example.call), function.example.result)
    types, result = connection.execute(
        "select parameter_types, return_type from duckdb_functions() where function_name = ?",
        [function.name],
    ).fetchall()[0]
    assert types == [argument.sql_type for argument in function.arguments]
    assert re.sub(r'"', "", result) == function.sql_result


def test_public_interface_is_complete() -> None:
    signatures = {function.signature: function.sql_result for function in udfs.FUNCTIONS}
    spatial = (
        "vals DOUBLE[], src INTEGER[], dst INTEGER[], weights DOUBLE[], "
        "permutations INTEGER, seed INTEGER"
    )
    driven = "features DOUBLE[][], targets DOUBLE[], future DOUBLE[][]"
    networks = f"{driven}, hidden INTEGER[], seeds INTEGER[]"
    assert signatures == {
        "hurst_exponent(series DOUBLE[], max_block INTEGER)": "DOUBLE",
        (
            "hurst_test(series DOUBLE[], max_block INTEGER, detrended INTEGER, draws INTEGER, "
            "seed INTEGER)"
        ): (
            "STRUCT(h DOUBLE, null_mean DOUBLE, null_low DOUBLE, null_high DOUBLE, p_value DOUBLE)"
        ),
        "detrend(series DOUBLE[])": "DOUBLE[]",
        "mann_kendall_corrected(series DOUBLE[], correction VARCHAR)": (
            "STRUCT(s BIGINT, var_s DOUBLE, z DOUBLE, p_value DOUBLE, tau DOUBLE, sen_slope DOUBLE)"
        ),
        "mann_kendall(series DOUBLE[])": (
            "STRUCT(s BIGINT, var_s DOUBLE, z DOUBLE, p_value DOUBLE, tau DOUBLE, sen_slope DOUBLE)"
        ),
        "sequential_mann_kendall(series DOUBLE[])": "STRUCT(uf DOUBLE[], ub DOUBLE[])",
        "mutation_points(series DOUBLE[], first_year INTEGER)": (
            "STRUCT(first_significant_year INTEGER, crossings "
            "STRUCT(crossing_year DOUBLE, crossing_value DOUBLE, is_valid BOOLEAN)[])"
        ),
        f"morans_i({spatial})": (
            "STRUCT(i DOUBLE, expected_i DOUBLE, var_norm DOUBLE, z_norm DOUBLE, p_norm DOUBLE, "
            "p_sim DOUBLE)"
        ),
        f"local_morans_i({spatial})": "STRUCT(local_i DOUBLE, p_sim DOUBLE, quadrant VARCHAR)[]",
        "getis_ord_gi_star(vals DOUBLE[], src INTEGER[], dst INTEGER[])": "DOUBLE[]",
        "gini(vals DOUBLE[])": (
            "STRUCT(weighted DOUBLE, eq16 DOUBLE, rsv DOUBLE, deficit DOUBLE, surplus DOUBLE)"
        ),
        "false_discovery_rate(p DOUBLE[])": "DOUBLE[]",
        "uniform_draws(key VARCHAR, draws INTEGER)": "DOUBLE[]",
        "normal_draws(key VARCHAR, draws INTEGER)": "DOUBLE[]",
        "normal_quantiles(p DOUBLE[])": "DOUBLE[]",
        (
            "field_draws(longitudes DOUBLE[], latitudes DOUBLE[], length_km DOUBLE, "
            "draws INTEGER, key VARCHAR)"
        ): "DOUBLE[][]",
        "sobol_points(inputs INTEGER, count INTEGER, seed INTEGER)": "DOUBLE[][]",
        "sobol_indices(a DOUBLE[], b DOUBLE[], mixed DOUBLE[][])": (
            "STRUCT(first DOUBLE[], total DOUBLE[])"
        ),
        f"bp_forecast({networks})": (
            "STRUCT(fitted DOUBLE[], predicted DOUBLE[], low DOUBLE[], high DOUBLE[], r2 DOUBLE)"
        ),
        f"bp_seeds({networks})": (
            "STRUCT(seed INTEGER, r2 DOUBLE, is_dead BOOLEAN, fitted DOUBLE[], "
            "predicted DOUBLE[])[]"
        ),
        f"ols_forecast({driven})": (
            "STRUCT(coefficients DOUBLE[], fitted DOUBLE[], predicted DOUBLE[], low DOUBLE[], "
            "high DOUBLE[], r2 DOUBLE)"
        ),
        f"bp_anchored_forecast({driven}, places INTEGER[], future_places INTEGER[], "
        "hidden INTEGER[], seeds INTEGER[], penalties DOUBLE[], clip_ratio DOUBLE)": (
            "STRUCT(fitted DOUBLE[], predicted DOUBLE[], low DOUBLE[], high DOUBLE[], "
            "by_seed DOUBLE[][], is_dead BOOLEAN[], extrapolation DOUBLE[], penalty DOUBLE)"
        ),
        f"ridge_forecast({driven}, penalties DOUBLE[])": (
            "STRUCT(coefficients DOUBLE[], penalty DOUBLE, left_out_error DOUBLE, "
            "fitted DOUBLE[], predicted DOUBLE[])"
        ),
        "damped_trend(series DOUBLE[], steps INTEGER)": "DOUBLE[]",
        "diebold_mariano(losses DOUBLE[], others DOUBLE[], horizon INTEGER)": (
            "STRUCT(statistic DOUBLE, p_value DOUBLE)"
        ),
    }


@pytest.mark.parametrize("name", CALLS)
def test_a_list_that_is_not_all_numbers_is_answered_null(
    name: str, connection: duckdb.DuckDBPyConnection
) -> None:
    """In one batch with rows that can be answered, in between them, and alone."""
    lists = [GOOD, *DIRTY.values(), GOOD]
    rows = " union all ".join(f"select {k} as k, {x} as x" for k, x in enumerate(lists))
    call = CALLS[name].format(x="x")
    answers = connection.execute(f"select {call} from ({rows}) order by k").fetchall()
    assert answers[0] == answers[-1]
    assert answers[0] != (None,)
    assert answers[1:-1] == [(None,)] * len(DIRTY)
    for dirty in DIRTY.values():
        alone = connection.execute(f"select {CALLS[name].format(x=dirty)}").fetchone()
        assert alone == (None,)


def test_a_batch_may_hold_lists_of_any_length(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "create or replace temp table ragged as select i, case when i % 7 = 3 then null else "
        "list_transform(range(i % 11), lambda t: (t * i * 7919 % 13)::double) end as x "
        "from range(3000) as r(i)"
    )
    for name in ("mann_kendall", "hurst_exponent", "gini", "mutation_points", "detrend"):
        call = CALLS[name].format(x="x").replace("1997", "i::integer")
        batch = connection.execute(f"select i, x, {call} from ragged order by i").fetchall()
        for i, x, answer in batch[::97]:
            alone = CALLS[name].format(x="?::double[]").replace("1997", str(i))
            assert connection.execute(f"select {alone}", [x]).fetchone() == (answer,)


@pytest.mark.parametrize("name", CALLS)
def test_last_digits_do_not_depend_on_the_batch(
    name: str, connection: duckdb.DuckDBPyConnection
) -> None:
    connection.execute(
        "create or replace temp table fractions as select i, list_transform(range(8), "
        "lambda t: sin(t * i * 7919)) as x from range(60) as r(i)"
    )
    call = CALLS[name].format(x="x")
    together = connection.execute(f"select {call} from fractions order by i").fetchall()
    for size in (1, 2, 3, 7):
        parts = [
            row
            for start in range(0, 60, size)
            for row in connection.execute(
                f"select {call} from (select * from fractions where i >= {start} "
                f"and i < {start + size} order by i)"
            ).fetchall()
        ]
        assert parts == together


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("hurst_exponent([]::double[], 5)", None),
        ("hurst_exponent([1, 4, 2, 8, 5], 5)", None),  # five values: two block lengths only
        ("hurst_exponent([5, 5, 5, 5, 5, 5, 5, 5, 5], 5)", None),
        ("hurst_exponent([0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1], 3)", None),
        (f"hurst_exponent({GOOD}, null)", None),
        ("detrend([]::double[])", None),
        ("detrend([1, 2])", None),
        ("mann_kendall([]::double[])", None),
        ("mann_kendall([1])", None),
        ("mann_kendall([7, 7, 7])",
         {"s": 0, "var_s": 0.0, "z": 0.0, "p_value": 1.0, "tau": 0.0, "sen_slope": 0.0}),
        ("sequential_mann_kendall([1])", None),
        ("sequential_mann_kendall([7, 7, 7])", {"uf": [0.0, 0.0, 0.0], "ub": [0.0, 0.0, 0.0]}),
        ("mutation_points([1], 2000)", None),
        (f"mutation_points({GOOD}, null)", None),
        ("mutation_points([7, 7, 7], 2000)", {"first_significant_year": None, "crossings": []}),
        (f"morans_i([5, 5, 5, 5, 5, 5, 5, 5], {EDGES}, {ONES}, 9, 1)", None),
        ("morans_i([1, 2], [1, 2], [2, 1], [1, 1], 9, 1)", None),
        ("morans_i([1, 2, 4], []::integer[], []::integer[], []::double[], 9, 1)", None),
        ("morans_i([]::double[], []::integer[], []::integer[], []::double[], 9, 1)", None),
        ("morans_i([1, 2, 4], null, [2], [1], 9, 1)", None),
        (f"morans_i({GOOD}, {EDGES}, {ONES}, null, 1)", None),
        (f"morans_i({GOOD}, {EDGES}, {ONES}, 9, null)", None),
        (f"local_morans_i([5, 5, 5, 5, 5, 5, 5, 5], {EDGES}, {ONES}, 9, 1)", None),
        (f"getis_ord_gi_star([5, 5, 5, 5, 5, 5, 5, 5], {EDGES})", None),
        ("getis_ord_gi_star([1, 2, 3], [1, 1], [2, 3])", [None, 0.0, 1.2247448713915892]),
        ("gini([]::double[])", None),
        ("gini([0, 0])",
         {"weighted": 0.0, "eq16": 0.0, "rsv": 0.0, "deficit": 0.0, "surplus": 0.0}),
        ("gini([-171.5]).weighted", 0.0),
        ("false_discovery_rate(null)", None),
        ("false_discovery_rate([]::double[])", None),
        ("false_discovery_rate([null, 'nan'::double])", None),
    ],
)  # fmt: skip
def test_short_and_constant_series(call: str, expected: Any, ask: Callable[..., Any]) -> None:
    assert same(ask(call), expected)


def test_complete_graph_has_no_score(ask: Callable[..., Any]) -> None:
    answer = ask("morans_i([1, 2, 4], [1, 1, 2, 2, 3, 3], [2, 3, 1, 3, 1, 2], "
                 "[1, 1, 1, 1, 1, 1], 9, 1)")  # fmt: skip
    assert answer["i"] == pytest.approx(-0.5)
    assert answer["var_norm"] is answer["z_norm"] is answer["p_norm"] is None


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (f"hurst_exponent({GOOD}, 2)", "max_block must be at least 3, got 2"),
        ("morans_i([1, 2, 4], [1, 2], [2], [1, 1], 9, 1)", "src, dst and weights .* 2, 1 and 2"),
        ("local_morans_i([1, 2, 4], [1], [2], [1, 1], 9, 1)", "src, dst and weights .* 1, 1 and 2"),
        ("getis_ord_gi_star([1, 2, 4], [1, 2], [2])", "src and dst .* 2 and 1"),
        ("morans_i([1, 2, 4], [1, 0], [2, 3], [1, 1], 9, 1)", "src holds 0 at edge 2"),
        ("morans_i([1, 2, 4], [1, 2], [2, 4], [1, 1], 9, 1)", "dst holds 4 at edge 2"),
        ("getis_ord_gi_star([1, 2, 4], [1], [9])", "dst holds 9 at edge 1"),
        ("getis_ord_gi_star([1, null, 4], [1], [9])", "dst holds 9 at edge 1"),
        ("morans_i([1, 2, 4], [1, null], [2, 3], [1, 1], 9, 1)", "src must not hold NULL"),
        ("morans_i([1, 2, 4], [1, 2], [2, 2], [1, 1], 9, 1)", "join a place to itself"),
        ("morans_i([1, 2, 4], [1, 2], [2, 3], [1, null], 9, 1)", "weights must be finite"),
        ("morans_i([1, 2, 4], [1, 2], [2, 3], [1, 'inf'::double], 9, 1)", "weights must be finite"),
        ("morans_i([1, 2, 4], [1, 2], [2, 3], [1, 1], -9, 1)", "permutations must not be negative"),
        ("local_morans_i([1, 2, 4], [1, 2], [2, 3], [1, 1], 9, -1)", "seed must not be negative"),
        ("false_discovery_rate([0.5, 1.5])", "p must lie between 0 and 1, got 1.5"),
    ],
)
def test_misuse_is_an_error_that_names_the_argument(
    call: str, words: str, ask: Callable[..., Any]
) -> None:
    with pytest.raises(duckdb.InvalidInputException, match=words):
        ask(call)


def test_registering_again_and_through_a_cursor_is_harmless() -> None:
    opened = duckdb.connect()
    udfs.register(opened)
    udfs.register(opened)
    udfs.register(opened.cursor())
    assert opened.cursor().execute("select gini([1, 1, 2, 8]).eq16").fetchone() is not None
    counted = opened.execute(
        "select count(*) from duckdb_functions() where function_name = 'gini'"
    ).fetchone()
    assert counted == (1,)


def test_dbt_plugin_registers_the_functions(tmp_path: Path) -> None:
    opened = duckdb.connect(str(tmp_path / "warehouse.duckdb"))
    Plugin.create("udfs.plugin", config={}).configure_connection(opened)
    assert opened.cursor().execute("select mann_kendall([1, 2, 3]).s").fetchone() == (3,)


def test_answers_do_not_depend_on_the_number_of_threads(tmp_path: Path) -> None:
    def answers(threads: int) -> list[Any]:
        opened = duckdb.connect(config={"threads": threads})
        udfs.register(opened)
        opened.execute(
            "create table s as select i, list_transform(range(12), "
            "lambda t: ((t * 7919 + i * 104729) % 97)::double) as x from range(125000) as r(i)"
        )
        edges = ", ".join(
            f"[{', '.join(str(f(k)) for k in range(12))}]"
            for f in (lambda k: k + 1, lambda k: (k + 1) % 12 + 1, lambda k: 1 + k % 2)
        )
        return opened.execute(
            "select md5(string_agg(h, '' order by i)) from (select i, md5(concat_ws('|', "
            "mann_kendall(x)::varchar, hurst_exponent(x, 4), detrend(x)::varchar, case when "
            f"i % 500 = 0 then local_morans_i(x, {edges}, 49, 7)::varchar end, case when "
            f"i % 500 = 0 then morans_i(x, {edges}, 49, 7)::varchar end)) as h from s "
            "where i % 5 = 0)"
        ).fetchall()

    assert answers(1) == answers(4)


#: Calls of a function; networks take a tenth of them.
CALLS_EACH = int(os.environ.get("CARBON_FUZZED_CALLS", "50"))
#: Numbers that break what is not careful: they overflow when squared, vanish, or are all alike.
EXTREME = (0.0, 1.0, -1.0, 1e308, -1e308, 1e-308, 1e154, math.nan, math.inf, -math.inf)


def random_argument(kind: str, length: int, chance: random.Random) -> Any:
    """Make an argument of a type; lists of one call are mostly as long as each other."""
    if kind.endswith("[]"):
        inner = kind.removesuffix("[]")
        count = length if chance.random() < 0.95 else chance.randrange(6)
        if inner == "DOUBLE" and chance.random() < 0.2:
            return [chance.choice(EXTREME[:7])] * count
        return [random_argument(inner, 2, chance) for _ in range(count)]
    if kind == "INTEGER":
        return chance.choice((1, 1, 2, 3, 5, length))
    if kind == "VARCHAR":
        return chance.choice(("key", "", "simulated", "pre-whitening"))
    if chance.random() < 0.3:
        return chance.choice(EXTREME)
    return chance.choice((chance.random(), chance.gauss(0, 100), float(chance.randrange(5))))


def numbers_in(answer: Any) -> list[float]:
    if isinstance(answer, dict):
        answer = list(answer.values())
    if isinstance(answer, list):
        return [number for item in answer for number in numbers_in(item)]
    return [answer] if isinstance(answer, float) else []


@pytest.mark.parametrize("function", udfs.FUNCTIONS, ids=lambda f: f.name)
def test_no_answer_holds_nan_or_infinity(
    function: udfs.SqlFunction, connection: duckdb.DuckDBPyConnection
) -> None:
    """Whatever is asked: an answer is finite or NULL, or the question is rejected."""
    chance = random.Random(f"{function.name} 20171997")
    marks = ", ".join(f"?::{argument.sql_type}" for argument in function.arguments)
    answered = 0
    for _ in range(CALLS_EACH // 10 if function.name.startswith("bp_") else CALLS_EACH):
        length = chance.choice((0, 1, 2, 3, 5, 8, 12))
        given = [random_argument(a.sql_type, length, chance) for a in function.arguments]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                row = connection.execute(f"select {function.name}({marks})", given).fetchone()
            except duckdb.Error:  # The question is rejected.
                continue
        assert row is not None
        answered += 1
        wrong = [number for number in numbers_in(row[0]) if not math.isfinite(number)]
        assert wrong == [], given
    assert answered
