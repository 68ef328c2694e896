"""Time the SQL functions beside the libraries that compute the same, and show how far they agree.

Run from the root of the repository, on an idle machine::

    python -m benchmarks.sql_functions

Every figure is the best of the runs that fit two seconds, all in this one process. A peer
that is too slow for the whole workload is timed on a part of it, and its rate is compared.
"""

from __future__ import annotations

import math
import resource
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import duckdb
import esda
import libpysal.weights
import numpy as np
import pymannkendall
from inequality.gini import Gini

import udfs

YEARS = 21
SERIES = 100_000
PIXELS = 1_000_000
CITIES = (12, 31)  # a lattice of 372
PERMUTATIONS = 999


@dataclass(frozen=True)
class Speed:
    """One workload: seconds and items of the function and of its peer."""

    workload: str
    seconds: float
    items: int
    peer: str
    peer_seconds: float
    peer_items: int

    @property
    def ratio(self) -> float:
        """How many times the peer's rate."""
        return (self.items / self.seconds) / (self.peer_items / self.peer_seconds)


@dataclass(frozen=True)
class Agreement:
    """Worst absolute difference between a function and its oracle."""

    function: str
    oracle: str
    cases: int
    worst: float


def best(work: Callable[[], object], budget: float = 2.0) -> float:
    """Shortest of the runs that fit a time budget in seconds, at least two.

    Both sides of a comparison get the same time, so that a disturbance by other work on the
    machine, which a short run is hit by all the harder, is left out for both.
    """
    durations: list[float] = []
    while len(durations) < 2 or sum(durations) < budget:
        start = time.perf_counter()
        work()
        durations.append(time.perf_counter() - start)
    return min(durations)


def hurst_of_one(x: np.ndarray, max_block: int = 5) -> float:
    """Hurst exponent of one series with NumPy, the way a loop over series does it."""
    mean = x.mean()
    points = []
    for m in range(1, max_block + 1):
        count = len(x) // m
        variance = np.mean((x[: count * m].reshape(count, m).mean(axis=1) - mean) ** 2)
        if variance > 0:
            points.append((math.log(m), math.log(variance)))
    slope, _ = np.polyfit(*zip(*points, strict=True), 1)
    return float(1 + slope / 2)


def hurst_of_one_list(x: list[float], max_block: int = 5) -> float:
    """Hurst exponent of one series in plain Python, without NumPy's overhead on short arrays."""
    mean = sum(x) / len(x)
    points = []
    for m in range(1, max_block + 1):
        count = len(x) // m
        means = [sum(x[k * m : (k + 1) * m]) / m - mean for k in range(count)]
        points.append((math.log(m), math.log(sum(d * d for d in means) / count)))
    mid = sum(p[0] for p in points) / len(points)
    return 1 + sum((a - mid) * b for a, b in points) / sum((a - mid) ** 2 for a, _ in points) / 2


def open_workload() -> tuple[duckdb.DuckDBPyConnection, libpysal.weights.W]:
    """Tables of city values and edges, and the same weights for esda."""
    connection = duckdb.connect()
    udfs.register(connection)
    weights = libpysal.weights.lat2W(*CITIES, rook=False)
    weights.transform = "r"
    edges = [(i + 1, j + 1, 1.0 / len(near)) for i, near in weights.neighbors.items() for j in near]
    src, dst, shares = (list(column) for column in zip(*edges, strict=True))
    connection.execute("select setseed(0.25)")
    connection.execute(
        "create table edges as select ?::integer[] as src, ?::integer[] as dst, "
        "?::double[] as weights",
        [src, dst, shares],
    )
    connection.execute(
        f"create table cities as select 1997 + i as year, list_transform(range({weights.n}), "
        f"lambda t: sin(t / 40.0) + random() * 3 - 2) as vals from range({YEARS}) as r(i)"
    )
    return connection, weights


def fill_series(connection: duckdb.DuckDBPyConnection, rows: int) -> None:
    """Create a table of random series of 21 years."""
    connection.execute(
        f"create or replace table series as select list_transform(range({YEARS}), "
        f"lambda t: random() * 10 + t * 0.1) as x from range({rows})"
    )


def spatial(
    connection: duckdb.DuckDBPyConnection, weights: libpysal.weights.W
) -> Iterator[Speed | Agreement | str]:
    """Local Moran's I of every city and year."""
    sql = (
        "select year, local_morans_i(vals, src, dst, weights, "
        f"{PERMUTATIONS}, 1) as places from cities, edges order by year"
    )
    connection.execute(sql).fetchall()
    ours = best(lambda: connection.execute(f"create or replace table lisa as {sql}"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    yield f"peak memory of the process after LISA: {peak:.2f} GiB"
    values = connection.execute("select vals from cities order by year").fetchnumpy()["vals"]
    years = [np.array(row, dtype=float) for row in values]

    def theirs() -> list[esda.Moran_Local]:
        return [esda.Moran_Local(y, weights, permutations=PERMUTATIONS, seed=1) for y in years]

    workload = f"LISA, {PERMUTATIONS} permutations, {weights.n} cities x {YEARS} years"
    yield Speed(workload, ours, YEARS, "esda.Moran_Local", best(theirs), YEARS)
    places = [row[1] for row in connection.execute(sql).fetchall()]
    n = weights.n
    oracles = theirs()
    local = max(
        float(np.abs(np.array([p["local_i"] for p in row]) - o.Is * n / (n - 1)).max())
        for row, o in zip(places, oracles, strict=True)
    )
    yield Agreement("local_morans_i.local_i", "esda (x n / (n - 1))", n * YEARS, local)
    p_sim = max(
        float(np.abs(np.array([p["p_sim"] for p in row]) - o.p_sim).max())
        for row, o in zip(places, oracles, strict=True)
    )
    yield Agreement("local_morans_i.p_sim (sampling)", "esda", n * YEARS, p_sim)
    whole = connection.execute(
        "select m.i, m.z_norm, m.p_norm from (select year, morans_i(vals, src, dst, weights, 0, 0) "
        "as m from cities, edges) order by year"
    ).fetchall()
    globals_ = [esda.Moran(y, weights, permutations=0) for y in years]
    worst = max(
        max(abs(a[0] - o.I), abs(a[1] - o.z_norm), abs(a[2] - o.p_norm))
        for a, o in zip(whole, globals_, strict=True)
    )
    yield Agreement("morans_i (i, z_norm, p_norm)", "esda", YEARS, worst)
    binary = libpysal.weights.fill_diagonal(libpysal.weights.W(weights.neighbors), 1.0)
    spots = connection.execute(
        "select getis_ord_gi_star(vals, src, dst) from cities, edges order by year"
    ).fetchall()
    worst = max(
        float(
            np.abs(
                np.array(a[0])
                - esda.G_Local(y - y.min() + 1, binary, transform="B", star=True, permutations=0).Zs
            ).max()
        )
        for a, y in zip(spots, years, strict=True)
    )
    yield Agreement("getis_ord_gi_star", "esda (values made positive)", n * YEARS, worst)


def trends(connection: duckdb.DuckDBPyConnection) -> Iterator[Speed | Agreement | str]:
    """Mann-Kendall and Hurst of many series."""
    fill_series(connection, SERIES)
    sample = connection.execute("select x from series limit 1000").fetchall()
    lists = [row[0] for row in sample]
    arrays = [np.array(x) for x in lists]
    mann_kendall = "create or replace table answer as select mann_kendall(x) as a from series"
    theirs = best(lambda: [pymannkendall.original_test(x) for x in arrays])
    yield Speed(
        f"Mann-Kendall and Sen's slope, {SERIES:,} series",
        best(lambda: connection.execute(mann_kendall)),
        SERIES,
        "pymannkendall.original_test",
        theirs,
        len(arrays),
    )
    hurst = "create or replace table answer as select hurst_exponent(x, 5) as a from series"
    ours = best(lambda: connection.execute(hurst))
    workload = f"Hurst exponent, {SERIES:,} series"
    loop = best(lambda: [hurst_of_one(x) for x in arrays])
    yield Speed(workload, ours, SERIES, "loop with NumPy and polyfit", loop, len(arrays))
    loop = best(lambda: [hurst_of_one_list(x) for x in lists])
    yield Speed(workload, ours, SERIES, "loop in plain Python", loop, len(arrays))
    answers = connection.execute("select hurst_exponent(x, 5) from series limit 1000").fetchall()
    worst = max(abs(a[0] - hurst_of_one(x)) for a, x in zip(answers, arrays, strict=True))
    yield Agreement("hurst_exponent", "loop with NumPy and polyfit", len(arrays), worst)
    for name, expression in (("random", "x"), ("tied", "list_transform(x, lambda v: round(v))")):
        rows = connection.execute(
            f"select {expression}, mann_kendall({expression}) from series limit 1000"
        ).fetchall()
        worst = 0.0
        for x, a in rows:
            o = pymannkendall.original_test(x)
            pairs = ((a["s"], o.s), (a["var_s"], o.var_s), (a["z"], o.z), (a["p_value"], o.p),
                     (a["tau"], o.Tau), (a["sen_slope"], o.slope))  # fmt: skip
            worst = max(worst, *(abs(p - q) for p, q in pairs))
        yield Agreement(f"mann_kendall, {name} series", "pymannkendall", len(rows), worst)
    rows = connection.execute("select x, gini(x) from series limit 1000").fetchall()
    worst = max(abs(a["weighted"] - Gini(np.array(x)).g) for x, a in rows)
    yield Agreement("gini, positive values", "inequality", len(rows), worst)
    fill_series(connection, PIXELS)
    yield Speed(
        f"Mann-Kendall and Sen's slope, {PIXELS:,} pixels",
        best(lambda: connection.execute(mann_kendall)),
        PIXELS,
        "pymannkendall.original_test",
        theirs,
        len(arrays),
    )


def main() -> None:
    """Run everything and write Markdown tables to standard output."""
    warnings.simplefilter("ignore")
    connection, weights = open_workload()
    results = [*spatial(connection, weights), *trends(connection)]
    lines = [
        "| workload | this (s) | peer | peer, same work (s) | ratio |",
        "|---|---|---|---|---|",
    ]
    for r in results:
        if isinstance(r, Speed):
            same_work = r.peer_seconds * r.items / r.peer_items
            lines.append(
                f"| {r.workload} | {r.seconds:.3f} | {r.peer} | {same_work:.2f} | {r.ratio:.0f} |"
            )
    lines += ["", "| function | oracle | cases | worst difference |", "|---|---|---|---|"]
    for r in results:
        if isinstance(r, Agreement):
            lines.append(f"| {r.function} | {r.oracle} | {r.cases:,} | {r.worst:.1e} |")
    lines += ["", *(r for r in results if isinstance(r, str))]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
