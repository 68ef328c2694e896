"""Every SQL function, named once: arguments, result, answer to NULL, and a worked number.

To add a function, write its statistic as a pure function of a block of rows and add one entry
to `FUNCTIONS`; registration, the dbt plugin, the documentation and its test follow from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from inspect import Parameter, Signature
from typing import Any

import duckdb
import pyarrow as pa
from duckdb.func import ARROW, SPECIAL

from udfs import (
    accuracy,
    anchored,
    arrow,
    discovery,
    draws,
    forecast,
    getis_ord,
    gini,
    hurst,
    mann_kendall,
    memory,
    moran,
    smoothing,
    sobol,
    trend,
)

_DOUBLE = pa.float64()
_DOUBLES = pa.list_(_DOUBLE)
_TABLE = pa.list_(_DOUBLES)
_NOT_FINITE = "NULL for a NULL argument and for a list that holds NULL, NaN or infinity"
_MISUSE = (
    "An error for lists of different length, a position outside 1..len(vals) and a NULL inside "
    "src or dst"
)


@dataclass(frozen=True)
class Argument:
    """One argument: its name, its DuckDB type and what it means."""

    name: str
    sql_type: str
    meaning: str


@dataclass(frozen=True)
class Example:
    """A call in SQL and what it gives; numbers agree to 1e-6."""

    call: str
    result: Any


@dataclass(frozen=True)
class SqlFunction:
    """A scalar SQL function.

    Attributes
    ----------
    name : str
        Name in SQL.
    arguments : tuple of Argument
        Arguments in order.
    result : pyarrow.DataType
        Type of the result; ``sql_result`` is the same in DuckDB's words.
    null_rule : str
        What is answered NULL and what is refused with an error.
    doc : str
        What it computes, with unit and equation.
    example : Example
        Worked number.
    call : callable
        Arrow function of the result type and one column for each argument.
    """

    name: str
    arguments: tuple[Argument, ...]
    result: Any
    null_rule: str
    doc: str
    example: Example
    call: arrow.ArrowFunction

    def python_function(self) -> Callable[..., Any]:
        """Arrow function with one named parameter for each argument, as DuckDB counts them."""

        def answer(*columns: Any) -> Any:
            return self.call(self.result, *columns)

        kind = Parameter.POSITIONAL_OR_KEYWORD
        vars(answer)["__signature__"] = Signature([Parameter(a.name, kind) for a in self.arguments])
        return answer

    @property
    def sql_result(self) -> str:
        """DuckDB type of the result."""
        return sql_type(self.result)

    @property
    def signature(self) -> str:
        """Call as one writes it, for example ``gini(vals DOUBLE[])``."""
        inner = ", ".join(f"{a.name} {a.sql_type}" for a in self.arguments)
        return f"{self.name}({inner})"


def sql_type(kind: Any) -> str:
    """Name an Arrow type in DuckDB's words.

    Parameters
    ----------
    kind : pyarrow.DataType
        Number, text, truth value, list or struct.

    Returns
    -------
    str
        DuckDB type.

    Raises
    ------
    KeyError
        If the type is none of these.

    Examples
    --------
    >>> sql_type(pa.struct([("z", pa.float64()), ("uf", pa.list_(pa.float64()))]))
    'STRUCT(z DOUBLE, uf DOUBLE[])'
    """
    if pa.types.is_list(kind):
        return f"{sql_type(kind.value_type)}[]"
    if pa.types.is_struct(kind):
        return f"STRUCT({', '.join(f'{f.name} {sql_type(f.type)}' for f in kind)})"
    return {
        pa.float64(): "DOUBLE",
        pa.int64(): "BIGINT",
        pa.int32(): "INTEGER",
        pa.bool_(): "BOOLEAN",
        pa.string(): "VARCHAR",
    }[kind]


def register(connection: duckdb.DuckDBPyConnection) -> None:
    """Make every SQL function known to a DuckDB connection and to all cursors of its database.

    Functions that the database knows already are left as they are, so that it may be called
    again; so are the macros of a published file, which say the same. Functions are not stored in
    the database file: register them in every process.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Open connection.

    Examples
    --------
    >>> connection = duckdb.connect()
    >>> register(connection)
    >>> connection.execute("select gini([1, 1, 2, 8]).weighted").fetchone()
    (0.4583333333333333,)
    """
    known = {
        name
        for (name,) in connection.execute("select function_name from duckdb_functions()").fetchall()
    }
    for function in FUNCTIONS:
        if function.name not in known:
            connection.create_function(
                function.name,
                function.python_function(),
                [duckdb.sqltype(argument.sql_type) for argument in function.arguments],
                duckdb.sqltype(function.sql_result),
                type=ARROW,
                null_handling=SPECIAL,
            )


def load_for(sql: str) -> None:
    """Load what the functions that a query names compute with, before its memory is counted.

    It takes longer than most queries do, so that it is loaded when a function is called; here,
    when one will be.

    Parameters
    ----------
    sql : str
        Any text.

    Examples
    --------
    >>> load_for("select gini([1, 2])")
    """
    text = sql.lower()
    if any(function.name in text for function in FUNCTIONS):
        for name in ("scipy.sparse", "scipy.spatial", "scipy.stats"):
            import_module(name)


def _doubles(*names: str) -> Any:
    return pa.struct([(name, _DOUBLE) for name in names])


_MANN_KENDALL = pa.struct(
    [("s", pa.int64()), *_doubles("var_s", "z", "p_value", "tau", "sen_slope")]
)
_SERIES = Argument("series", "DOUBLE[]", "one value a year (or step), in order, any unit")
_VALS = Argument("vals", "DOUBLE[]", "one value a place, any unit")
_EDGES = (
    Argument("src", "INTEGER[]", "position in vals, from 1, of the place that has the neighbour"),
    Argument("dst", "INTEGER[]", "position in vals, from 1, of the neighbour"),
)
_WEIGHTED = (
    _VALS,
    *_EDGES,
    Argument("weights", "DOUBLE[]", "weight of each edge, used as given: standardise beforehand"),
    Argument("permutations", "INTEGER", "random permutations, 0 for none"),
    Argument("seed", "INTEGER", "seed of the permutations, 0 or more"),
)
_DRIVEN = (
    Argument("features", "DOUBLE[][]", "drivers of each known row, in the order of targets"),
    Argument("targets", "DOUBLE[]", "what they drove, one value a row, any unit"),
    Argument("future", "DOUBLE[][]", "drivers of each row to predict, in the columns of features"),
)
_NETWORKS = (
    *_DRIVEN,
    Argument("hidden", "INTEGER[]", "units of each hidden layer; the study has [5, 4, 8, 6]"),
    Argument("seeds", "INTEGER[]", "seed of each network, 0 or more; 20 or more are advised"),
)
_UNLEARNABLE = (
    "NULL for a NULL argument, for NULL, NaN or infinity among the numbers, for fewer than three "
    "rows and for targets that do not vary"
)
_MISFIT = (
    "An error for lists that do not fit together, a hidden layer without units and a negative seed"
)
_KEY = Argument("key", "VARCHAR", "name of what is drawn; one name gives the same numbers anywhere")
_DRAWS = Argument("draws", "INTEGER", "how many numbers")
_LINE = "[[1], [2], [3], [4], [5], [6]], [2, 4, 6, 8, 10, 12], [[3.5]]"
_CHAIN = "[1, 2, 2, 3, 3, 4], [2, 1, 3, 2, 4, 3]"

FUNCTIONS: tuple[SqlFunction, ...] = (
    SqlFunction(
        name="hurst_exponent",
        arguments=(
            _SERIES,
            Argument("max_block", "INTEGER", "longest block of years, 3 or more; 5 suits 21 years"),
        ),
        result=_DOUBLE,
        null_rule=(
            f"{_NOT_FINITE}; NULL where fewer than three block lengths have a variance (a constant "
            "series, fewer than six values). An error for max_block below 3"
        ),
        doc=(
            "Hurst exponent by aggregated variance (eqs 7-8): H = 1 + slope / 2, the slope of "
            "ln V(m) on ln m for blocks of m = 1..max_block values that fit at least twice. Not "
            "clipped. A trend alone gives about 0.95: compare hurst_exponent(detrend(series), ...)."
        ),
        example=Example("hurst_exponent(range(1, 22)::double[], 7)", 0.94607737089),
        call=arrow.series_function(hurst.hurst_exponent, min_length=1),
    ),
    SqlFunction(
        name="hurst_test",
        arguments=(
            _SERIES,
            Argument("max_block", "INTEGER", "longest block of years, 3 or more"),
            Argument("detrended", "INTEGER", "1 to take out the straight line first, else 0"),
            Argument("draws", "INTEGER", "series of white noise to compare with, 1 or more"),
            Argument("seed", "INTEGER", "seed of the noise, 0 or more"),
        ),
        result=_doubles("h", "null_mean", "null_low", "null_high", "p_value"),
        null_rule=(
            f"{_NOT_FINITE}; NULL where hurst_exponent is. An error for max_block below 3, no draw "
            "and a negative seed"
        ),
        doc=(
            "Hurst exponent beside those of white noise of the same length, blocks and detrending: "
            "their mean and 95 % range, and the two-sided probability of an exponent so far out. "
            "Noise of 21 values has 0.35 on average, so that 0.5 is no border."
        ),
        example=Example(
            "hurst_test(range(1, 22)::double[], 5, 0, 999, 1)",
            {
                "h": 0.9595215,
                "null_mean": 0.3330444,
                "null_low": -0.2074399,
                "null_high": 0.7068241,
                "p_value": 0.002,
            },
        ),
        call=arrow.series_function(hurst.hurst_test, min_length=1),
    ),
    SqlFunction(
        name="detrend",
        arguments=(_SERIES,),
        result=_DOUBLES,
        null_rule=f"{_NOT_FINITE}; NULL for fewer than three values",
        doc=(
            "Residuals of a series about its least squares line (eq. 9), in the unit of the "
            "series. A straight line gives exact zeros."
        ),
        example=Example("detrend([0, 3, 0])", [-1.0, 2.0, -1.0]),
        call=arrow.series_function(trend.detrend, min_length=trend.MIN_LENGTH),
    ),
    SqlFunction(
        name="mann_kendall",
        arguments=(_SERIES,),
        result=_MANN_KENDALL,
        null_rule=(
            f"{_NOT_FINITE}; NULL for fewer than two values. A constant series is answered: no "
            "trend, s = 0, p_value = 1"
        ),
        doc=(
            "Mann-Kendall test with ties and continuity correction, two-sided p, tau = s over the "
            "number of pairs, and the Theil-Sen slope in the unit of the series per step."
        ),
        example=Example(
            "mann_kendall([1, 3, 2, 4, 5])",
            {
                "s": 8,
                "var_s": 16.6666667,
                "z": 1.7146428,
                "p_value": 0.0864107,
                "tau": 0.8,
                "sen_slope": 1.0,
            },
        ),
        call=arrow.series_function(mann_kendall.mann_kendall, min_length=mann_kendall.MIN_LENGTH),
    ),
    SqlFunction(
        name="mann_kendall_corrected",
        arguments=(
            _SERIES,
            Argument("correction", "VARCHAR", "none, hamed_rao, prewhitened or simulated"),
        ),
        result=_MANN_KENDALL,
        null_rule=(
            f"{_NOT_FINITE}; NULL for fewer than six values. An error for another correction"
        ),
        doc=(
            "Mann-Kendall test of a series that remembers: hamed_rao (1998) corrects the variance "
            "by the autocorrelation of ranks, prewhitened takes out lag-1 memory free of the trend "
            "(Yue et al. 2002), simulated compares with AR(1) series of the same length. Of 21 "
            "values only the last keeps its 5 %."
        ),
        example=Example(
            "mann_kendall_corrected([1, 2, 4, 5, 4, 3, 5, 7], 'hamed_rao')",
            {
                "s": 18,
                "var_s": 63.3333333,
                "z": 2.1361549,
                "p_value": 0.0326668,
                "tau": 0.6428571,
                "sen_slope": 0.6666667,
            },
        ),
        call=arrow.choice_function(
            memory.CORRECTIONS, min_length=memory.MIN_SIMULATED, name="correction"
        ),
    ),
    SqlFunction(
        name="sequential_mann_kendall",
        arguments=(_SERIES,),
        result=pa.struct([("uf", _DOUBLES), ("ub", _DOUBLES)]),
        null_rule=f"{_NOT_FINITE}; NULL for fewer than two values. A constant series scores 0",
        doc=(
            "Forward and backward curves of the sequential Mann-Kendall test, corrected for ties: "
            "uf_k is the score of the first k values, ub the negated and reversed score of the "
            "reversed series. The critical lines lie at -1.96 and 1.96."
        ),
        example=Example(
            "sequential_mann_kendall([1, 3, 2, 4])",
            {"uf": [0.0, 1.0, 0.522233, 1.358732], "ub": [1.358732, 0.522233, 1.0, 0.0]},
        ),
        call=arrow.series_function(
            mann_kendall.sequential_mann_kendall, min_length=mann_kendall.MIN_LENGTH
        ),
    ),
    SqlFunction(
        name="mutation_points",
        arguments=(_SERIES, Argument("first_year", "INTEGER", "year of the first value")),
        result=pa.struct(
            [
                ("first_significant_year", pa.int32()),
                (
                    "crossings",
                    pa.list_(
                        pa.struct(
                            [
                                ("crossing_year", _DOUBLE),
                                ("crossing_value", _DOUBLE),
                                ("is_valid", pa.bool_()),
                            ]
                        )
                    ),
                ),
            ]
        ),
        null_rule=(
            f"{_NOT_FINITE}; NULL for fewer than two values. first_significant_year is NULL where "
            "uf stays within the critical lines; crossings is empty where the curves do not cross"
        ),
        doc=(
            "Every crossing of the two curves of sequential_mann_kendall, its year and value "
            "linearly interpolated, valid only where |value| < 1.96; and the first year with "
            "|uf| > 1.96."
        ),
        example=Example(
            "mutation_points([3, 2, 1, 2.5, 4, 5], 2000)",
            {
                "first_significant_year": None,
                "crossings": [
                    {"crossing_year": 2004.2794815, "crossing_value": 0.7205185, "is_valid": True}
                ],
            },
        ),
        call=arrow.mutation_function(
            mann_kendall.mutation_points, min_length=mann_kendall.MIN_LENGTH
        ),
    ),
    SqlFunction(
        name="morans_i",
        arguments=_WEIGHTED,
        result=_doubles("i", "expected_i", "var_norm", "z_norm", "p_norm", "p_sim"),
        null_rule=(
            f"{_NOT_FINITE} among its vals; NULL for equal values, fewer than three places and "
            "weights that sum to zero; p_sim is NULL without permutations, var_norm, z_norm and "
            f"p_norm where I cannot vary. {_MISUSE}, a weight that is not finite, an edge from a "
            "place to itself, and negative permutations or seed"
        ),
        doc=(
            "Global Moran's I (eq. 10), n / S0 * sum w z z / sum z^2, with its expectation, "
            "variance under normality, two-sided p_norm and one-sided permutation p_sim = "
            "(M + 1) / (R + 1). Edges are lists of 1-based positions; an edge given twice counts "
            "twice."
        ),
        example=Example(
            f"morans_i([1, 2, 3, 4], {_CHAIN}, [1, 1, 1, 1, 1, 1], 0, 0)",
            {
                "i": 0.3333333,
                "expected_i": -0.3333333,
                "var_norm": 0.1481481,
                "z_norm": 1.7320508,
                "p_norm": 0.0832645,
                "p_sim": None,
            },
        ),
        call=arrow.spatial_function(moran.morans_i, weighted=True),
    ),
    SqlFunction(
        name="local_morans_i",
        arguments=_WEIGHTED,
        result=pa.list_(
            pa.struct([("local_i", _DOUBLE), ("p_sim", _DOUBLE), ("quadrant", pa.string())])
        ),
        null_rule=(
            f"{_NOT_FINITE} among its vals; NULL for equal values and fewer than three places; "
            "p_sim of a place is NULL without permutations, without neighbours, and exactly at the "
            f"mean. {_MISUSE}, a weight that is not finite, an edge from a place to itself, and "
            "negative permutations or seed"
        ),
        doc=(
            "Local Moran's I of every place (eq. 11), n z_i sum w_ij z_j / sum z^2, in the order "
            "of vals, with one-sided conditional permutation p_sim = (M + 1) / (R + 1) and the "
            "quadrant HH, LL, HL or LH, ns where the deviation or the lag is zero. The quadrant "
            "does not look at p_sim."
        ),
        example=Example(
            f"local_morans_i([1, 2, 3, 4], {_CHAIN}, [1, 1, 1, 1, 1, 1], 0, 0)",
            [
                {"local_i": 0.6, "p_sim": None, "quadrant": "LL"},
                {"local_i": 0.4, "p_sim": None, "quadrant": "LL"},
                {"local_i": 0.4, "p_sim": None, "quadrant": "HH"},
                {"local_i": 0.6, "p_sim": None, "quadrant": "HH"},
            ],
        ),
        call=arrow.spatial_function(moran.local_morans_i, weighted=True),
    ),
    SqlFunction(
        name="getis_ord_gi_star",
        arguments=(_VALS, *_EDGES),
        result=_DOUBLES,
        null_rule=(
            f"{_NOT_FINITE} among its vals; NULL for equal values; NULL for a place whose "
            f"neighbourhood is every place. {_MISUSE}"
        ),
        doc=(
            "Getis-Ord Gi* of every place as a normal score, binary weights with the place itself "
            "included, in the order of vals: hot above, cold below 1.645, 1.96 or 2.576 (90, 95, "
            "99 %)."
        ),
        example=Example(
            "getis_ord_gi_star([5, 4, 1, 2], [1, 2, 3, 4], [2, 1, 4, 3])",
            [1.6431677, 1.6431677, -1.6431677, -1.6431677],
        ),
        call=arrow.spatial_function(getis_ord.getis_ord_gi_star, weighted=False),
    ),
    SqlFunction(
        name="gini",
        arguments=(_VALS,),
        result=_doubles("weighted", "eq16", "rsv", "deficit", "surplus"),
        null_rule=(
            f"{_NOT_FINITE}, and for an empty list. A single value is answered 0, as the "
            "estimator has it: dispersion of one place means nothing, so publish NULL"
        ),
        doc=(
            "Gini coefficients of values that may be negative (eqs 12-16): deficit (G1) among the "
            "negative, surplus (G2) among the positive values, weighted = P1 G1 + P2 G2 with their "
            "shares of the places, eq16 = G1 + G2 as printed (it can exceed 1), and rsv, all "
            "values together over the mean of |x|."
        ),
        example=Example(
            "gini([-59, -20, -12, -9, -5, -3, -1, 8])",
            {
                "weighted": 0.4931193,
                "eq16": 0.5635649,
                "rsv": 0.6356837,
                "deficit": 0.5635649,
                "surplus": 0.0,
            },
        ),
        call=arrow.series_function(gini.gini, min_length=1),
    ),
    SqlFunction(
        name="false_discovery_rate",
        arguments=(Argument("p", "DOUBLE[]", "probabilities of the tests made together, 0..1"),),
        result=_DOUBLES,
        null_rule=(
            "NULL for a NULL list, an empty list and one without a number; NULL (or NaN) inside "
            "the list stays NULL and is not counted as a test. An error for p outside 0..1"
        ),
        doc="Benjamini-Hochberg adjusted probabilities, in the order given.",
        example=Example("false_discovery_rate([0.01, 0.04, NULL, 0.03])", [0.03, 0.04, None, 0.04]),
        call=arrow.series_function(discovery.false_discovery_rate, min_length=1, gaps=True),
    ),
    SqlFunction(
        name="uniform_draws",
        arguments=(_KEY, _DRAWS),
        result=_DOUBLES,
        null_rule="NULL for a NULL argument. An error for negative draws",
        doc=(
            "Numbers between 0 and 1 that follow from a name alone, stratified: one in each of "
            "draws equal slices, in random order (Latin hypercube)."
        ),
        example=Example("uniform_draws('runoff', 2)", [0.4519282, 0.954208]),
        call=arrow.array_function(draws.uniform_draws),
    ),
    SqlFunction(
        name="normal_draws",
        arguments=(_KEY, _DRAWS),
        result=_DOUBLES,
        null_rule="NULL for a NULL argument. An error for negative draws",
        doc=(
            "Standard normal numbers that follow from a name alone: normal quantiles of "
            "uniform_draws, so that their mean and spread are hardly left to chance."
        ),
        example=Example("normal_draws('runoff', 2)", [-0.1207913, 1.6871004]),
        call=arrow.array_function(draws.normal_draws),
    ),
    SqlFunction(
        name="normal_quantiles",
        arguments=(Argument("p", "DOUBLE[]", "probabilities between 0 and 1"),),
        result=_DOUBLES,
        null_rule=f"{_NOT_FINITE}, and for an empty list; NULL for an element outside 0..1",
        doc="Quantiles of the standard normal distribution, in the order given.",
        example=Example("normal_quantiles([0.5, 0.975])", [0.0, 1.959964]),
        call=arrow.series_function(draws.normal_quantiles, min_length=1),
    ),
    SqlFunction(
        name="field_draws",
        arguments=(
            Argument("longitudes", "DOUBLE[]", "one a place, degrees east"),
            Argument("latitudes", "DOUBLE[]", "one a place, degrees north"),
            Argument("length_km", "DOUBLE", "distance at which the correlation is 1/e, km"),
            _DRAWS,
            _KEY,
        ),
        result=_TABLE,
        null_rule=(
            "NULL for a NULL argument and for NULL, NaN or infinity in a list. An error for lists "
            "of different length, a negative length and negative draws"
        ),
        doc=(
            "Standard normal numbers that places share with their neighbours, a list for each "
            "place: correlation exp(-distance / length_km), distances on a sphere. Length 0: every "
            "place for itself."
        ),
        example=Example(
            "field_draws([100, 101], [30, 30], 300, 2, 'npp')",
            [[0.0769941, -0.6082539], [-0.3612643, 0.1066494]],
        ),
        call=arrow.array_function(draws.field_draws),
    ),
    SqlFunction(
        name="sobol_points",
        arguments=(
            Argument("inputs", "INTEGER", "dimensions, 1 or more"),
            Argument("count", "INTEGER", "number of points, a power of two"),
            Argument("seed", "INTEGER", "seed of the scrambling, 0 or more"),
        ),
        result=_TABLE,
        null_rule=(
            "NULL for a NULL argument. An error for no dimension, a count that is no power of two "
            "and a negative seed"
        ),
        doc="Points that fill the unit cube evenly: a scrambled Sobol' sequence, one list a point.",
        example=Example("sobol_points(2, 2, 1)", [[0.2861692, 0.1626353], [0.5817833, 0.9379642]]),
        call=arrow.array_function(sobol.sobol_points),
    ),
    SqlFunction(
        name="sobol_indices",
        arguments=(
            Argument("a", "DOUBLE[]", "results for the first sample of all inputs, any unit"),
            Argument("b", "DOUBLE[]", "results for the second sample"),
            Argument("mixed", "DOUBLE[][]", "for each input: the first sample with that input's b"),
        ),
        result=pa.struct([("first", _DOUBLES), ("total", _DOUBLES)]),
        null_rule=(
            "NULL for a NULL argument and for NULL, NaN or infinity in a list; NULL inside both "
            "lists where the results do not vary. An error for lists of different length"
        ),
        doc=(
            "Sobol' indices of each input (Saltelli et al. 2010): first, the share of the variance "
            "that it explains alone, and total, the share that goes if all others are known."
        ),
        example=Example(
            "sobol_indices([-1, 1, -1, 1], [1, 1, -1, -1], [[1, 1, -1, -1], [-1, 1, -1, 1]])",
            {"first": [1.0, 0.0], "total": [1.0, 0.0]},
        ),
        call=arrow.array_function(sobol.sobol_indices),
    ),
    SqlFunction(
        name="bp_forecast",
        arguments=_NETWORKS,
        result=pa.struct(
            [
                ("fitted", _DOUBLES),
                ("predicted", _DOUBLES),
                ("low", _DOUBLES),
                ("high", _DOUBLES),
                ("r2", _DOUBLE),
            ]
        ),
        null_rule=f"{_UNLEARNABLE}, and where every network is dead. {_MISFIT}",
        doc=(
            "Median of back-propagation networks (eqs 5-6: ReLU, linear output), one for each "
            "seed, with the 5th and 95th percentile of their predictions, in the unit of targets. "
            "Columns are standardised on the known rows alone. Dead networks, which answer one "
            "number for all known or for all future rows, are left out; bp_seeds tells how many. "
            "Neither the order of rows nor the number of threads matters."
        ),
        example=Example(
            f"bp_forecast({_LINE}, [3], [1, 2, 3]).r2",
            0.9999972,
        ),
        call=arrow.model_function(forecast.bp_forecast, integer_lists=2),
    ),
    SqlFunction(
        name="bp_seeds",
        arguments=_NETWORKS,
        result=pa.list_(
            pa.struct(
                [
                    ("seed", pa.int32()),
                    ("r2", _DOUBLE),
                    ("is_dead", pa.bool_()),
                    ("fitted", _DOUBLES),
                    ("predicted", _DOUBLES),
                ]
            )
        ),
        null_rule=f"{_UNLEARNABLE}. {_MISFIT}",
        doc=(
            "The networks of bp_forecast one by one, in the order of seeds, each with its r2 on "
            "the known rows and whether it is dead."
        ),
        example=Example(f"bp_seeds({_LINE}, [3], [1, 2])[1].is_dead", False),
        call=arrow.model_function(forecast.bp_seeds, integer_lists=2),
    ),
    SqlFunction(
        name="ols_forecast",
        arguments=_DRIVEN,
        result=pa.struct(
            [
                ("coefficients", _DOUBLES),
                ("fitted", _DOUBLES),
                ("predicted", _DOUBLES),
                ("low", _DOUBLES),
                ("high", _DOUBLES),
                ("r2", _DOUBLE),
            ]
        ),
        null_rule=(
            "NULL for a NULL argument, for NULL, NaN or infinity among the numbers, for rows no "
            "more than columns plus one, and for columns that depend on each other. An error for "
            "lists that do not fit together"
        ),
        doc=(
            "Ordinary least squares with an intercept (the first coefficient), and the 90 % "
            "prediction interval of each future row. On logarithms it is STIRPAT."
        ),
        example=Example(
            "ols_forecast([[0], [1], [2], [3]], [1, 3, 2, 4], [[4]])",
            {
                "coefficients": [1.3, 0.8],
                "fitted": [1.3, 2.1, 2.9, 3.7],
                "predicted": [4.5],
                "low": [0.1200216],
                "high": [8.8799784],
                "r2": 0.64,
            },
        ),
        call=arrow.model_function(forecast.ols_forecast, integer_lists=0),
    ),
    SqlFunction(
        name="bp_anchored_forecast",
        arguments=(
            *_DRIVEN,
            Argument("places", "INTEGER[]", "place of each known row; its last is the anchor"),
            Argument("future_places", "INTEGER[]", "place of each row to predict"),
            *_NETWORKS[len(_DRIVEN) :],
            Argument("penalties", "DOUBLE[]", "L2 penalties of which validation chooses one"),
            Argument("clip_ratio", "DOUBLE", "known ranges beyond which future drivers are cut"),
        ),
        result=pa.struct(
            [
                ("fitted", _DOUBLES),
                ("predicted", _DOUBLES),
                ("low", _DOUBLES),
                ("high", _DOUBLES),
                ("by_seed", pa.list_(_DOUBLES)),
                ("is_dead", pa.list_(pa.bool_())),
                ("extrapolation", _DOUBLES),
                ("penalty", _DOUBLE),
            ]
        ),
        null_rule=(
            f"{_UNLEARNABLE}, and where every network is dead. {_MISFIT}, a place to predict "
            "without a known row, no penalty and a negative clip_ratio"
        ),
        doc=(
            "Networks as bp_forecast trains them, on a panel of places, each anchored at the last "
            "known row of its place: last target + network(future) - network(last). The last fifth "
            "of the rows of each place chooses the penalty. by_seed holds the answers one by one, "
            "extrapolation how far outside the known ranges (in ranges) the furthest driver lies."
        ),
        example=Example(
            "bp_anchored_forecast([[1], [2], [3], [4], [5], [6]], [2, 4, 6, 8, 10, 12], "
            "[[6], [9]], [1, 1, 1, 1, 1, 1], [1, 1], [3], [1, 2, 3], [0.01], 0.2).extrapolation",
            [0.0, 0.6],
        ),
        call=arrow.model_function(
            anchored.bp_anchored_forecast, integer_lists=4, number_lists=1, numbers=1
        ),
    ),
    SqlFunction(
        name="ridge_forecast",
        arguments=(
            *_DRIVEN,
            Argument("penalties", "DOUBLE[]", "penalties above 0, each times the number of rows"),
        ),
        result=pa.struct(
            [
                ("coefficients", _DOUBLES),
                ("penalty", _DOUBLE),
                ("left_out_error", _DOUBLE),
                ("fitted", _DOUBLES),
                ("predicted", _DOUBLES),
            ]
        ),
        null_rule=(
            "NULL for a NULL argument, for NULL, NaN or infinity among the numbers, for fewer than "
            "three rows, a column of zeros and a penalty not above 0. An error for lists that do "
            "not fit together"
        ),
        doc=(
            "Ridge regression through the origin, its penalty chosen by leaving one row out. On "
            "changes of ln(CE / energy) and of the logarithms of the drivers it is STIRPAT whose "
            "elasticities shrink to those of the Kaya identity."
        ),
        example=Example(
            "ridge_forecast([[1], [2], [3], [4]], [2, 4, 6, 9], [[5]], [0.01, 1]).penalty", 0.01
        ),
        call=arrow.model_function(forecast.ridge_forecast, number_lists=1),
    ),
    SqlFunction(
        name="damped_trend",
        arguments=(_SERIES, Argument("steps", "INTEGER", "years to continue, 1 or more")),
        result=_DOUBLES,
        null_rule=f"{_NOT_FINITE}; NULL for fewer than three values. An error for steps below 1",
        doc=(
            "Continuation of a series by exponential smoothing with a damped additive trend; the "
            "weights are those of a grid with the least squared error one step ahead. On "
            "logarithms the trend is a rate of growth."
        ),
        example=Example("damped_trend([1, 2, 3, 4, 5], 2)", [5.98, 6.9404]),
        call=arrow.series_outlook(smoothing.damped_trend, series=1),
    ),
    SqlFunction(
        name="diebold_mariano",
        arguments=(
            Argument("losses", "DOUBLE[]", "loss of a forecast from each origin, in order"),
            Argument("others", "DOUBLE[]", "loss of the other forecast from the same origins"),
            Argument("horizon", "INTEGER", "steps ahead, 1 or more"),
        ),
        result=_doubles("statistic", "p_value"),
        null_rule=(
            f"{_NOT_FINITE}; NULL for fewer than three forecasts, no more forecasts than steps and "
            "differences that do not vary. An error for lists of different length"
        ),
        doc=(
            "Diebold-Mariano test with the correction of Harvey, Leybourne and Newbold for few "
            "forecasts, two-sided; the statistic is negative where the first forecast is better."
        ),
        example=Example(
            "diebold_mariano([1, 2, 1, 2], [2, 2, 3, 3], 1)",
            {"statistic": -2.4494897, "p_value": 0.0917211},
        ),
        call=arrow.series_outlook(accuracy.diebold_mariano, series=2),
    ),
)
