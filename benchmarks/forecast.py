"""Time the ensemble of networks beside scikit-learn alone, and show what does not move its answer.

Run from the root of the repository, on an idle machine::

    python -m benchmarks.forecast

The nation has 21 years of seven drivers, the panel 30 provinces of these: smooth growth with some
noise, from a fixed seed. Each is learnt by the study's network under twenty seeds, through SQL, and
by scikit-learn with the same settings on the same scaled rows.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import duckdb
import numpy as np
from numpy.typing import NDArray
from sklearn.neural_network import MLPRegressor

import udfs
from udfs import forecast

HIDDEN = (5, 4, 8, 6)
SEEDS = tuple(range(1, 21))
YEARS, FUTURE_YEARS, DRIVERS, PROVINCES = 21, 43, 7, 30

Floats = NDArray[np.float64]
Rows = tuple[Floats, Floats, Floats]


@dataclass(frozen=True)
class Duration:
    """Seconds on the clock and on all cores together."""

    wall: float
    cpu: float


def timed(work: Callable[[], object]) -> Duration:
    """Time one run; training takes seconds, so that one is enough."""
    start, start_cpu = time.perf_counter(), time.process_time()
    work()
    return Duration(time.perf_counter() - start, time.process_time() - start_cpu)


def drivers(seed: int) -> Rows:
    """Known rows, their targets, and rows to predict of one place."""
    rng = np.random.default_rng(seed)
    count = YEARS + FUTURE_YEARS
    growth = np.linspace(0.0, count / YEARS, count)[:, None] * rng.uniform(-0.5, 2.0, DRIVERS)
    table = growth + 0.02 * rng.standard_normal((count, DRIVERS))
    targets = 0.7 * table[:, 0] + 0.3 * table[:, 1]
    return table[:YEARS], targets[:YEARS], table[YEARS:]


def panel() -> Rows:
    """Stack the rows of all provinces."""
    parts = [drivers(province) for province in range(PROVINCES)]
    known, targets, future = (np.concatenate([part[place] for part in parts]) for place in range(3))
    return known, targets, future


def by_sql(connection: duckdb.DuckDBPyConnection, rows: Rows) -> dict[str, list[float]]:
    """Ask the SQL function for the median and band of the ensemble."""
    forecast._ensemble_of_bytes.cache_clear()
    found = connection.execute(
        "select bp_forecast(?, ?, ?, ?, ?)",
        [*(part.tolist() for part in rows), list(HIDDEN), list(SEEDS)],
    ).fetchone()
    assert found is not None
    answer: dict[str, list[float]] = found[0]
    return answer


def by_scikit_learn(rows: Rows) -> list[MLPRegressor]:
    """Train the same networks, one after the other."""
    known, targets, _ = rows
    scaled, _ = forecast.scale_columns(known, known)
    goal = (targets - targets.mean()) / targets.std()
    return [
        MLPRegressor(
            hidden_layer_sizes=HIDDEN,
            solver="lbfgs",
            alpha=forecast.PENALTY,
            max_iter=forecast.MAX_ITERATIONS,
            max_fun=10 * forecast.MAX_ITERATIONS,
            tol=1e-8,
            random_state=seed,
        ).fit(scaled, goal)
        for seed in SEEDS
    ]


def worst_difference(one: dict[str, list[float]], other: dict[str, list[float]]) -> float:
    """Largest absolute difference of the predictions and their bands."""
    return max(
        float(np.abs(np.array(one[name]) - np.array(other[name])).max())
        for name in ("predicted", "low", "high")
    )


def main() -> None:
    """Run everything and write Markdown tables to standard output."""
    warnings.simplefilter("ignore")
    connections = {}
    for threads in (1, 4):
        connections[threads] = duckdb.connect(config={"threads": threads})
        udfs.register(connections[threads])
    nation = drivers(0)
    lines = [
        "| workload | this (s) | CPU (s) | scikit-learn alone (s) | CPU (s) |",
        "|---|---|---|---|---|",
    ]
    by_scikit_learn(nation)
    for name, rows in (
        (f"nation, {YEARS} rows", nation),
        (f"{PROVINCES} provinces, {PROVINCES * YEARS} rows", panel()),
    ):
        ours = timed(partial(by_sql, connections[4], rows))
        theirs = timed(partial(by_scikit_learn, rows))
        lines.append(
            f"| {len(SEEDS)} networks, {name} | {ours.wall:.1f} | {ours.cpu:.1f} "
            f"| {theirs.wall:.1f} | {theirs.cpu:.1f} |"
        )
    known, targets, future = nation
    order = np.random.default_rng(1).permutation(YEARS)
    once = by_sql(connections[4], nation)
    network = by_scikit_learn(nation)[0]
    layers = list(zip(network.coefs_, network.intercepts_, strict=True))
    forward = np.abs(forecast.forward(layers, future) - network.predict(future)).max()
    differences = {
        "one thread or four": worst_difference(once, by_sql(connections[1], nation)),
        "rows in another order": worst_difference(
            once, by_sql(connections[4], (known[order], targets[order], future))
        ),
        "drivers in another unit": worst_difference(
            once, by_sql(connections[4], (known * 1000, targets, future * 1000))
        ),
        "forward pass or MLPRegressor.predict": float(forward),
    }
    lines += ["", "| what is changed | worst difference of the answer |", "|---|---|"]
    lines += [f"| {name} | {worst:.1e} |" for name, worst in differences.items()]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
