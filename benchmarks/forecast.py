"""Show how well emissions are forecast, what other seeds make of it, and what the networks cost.

Run from the root of the repository, after a build::

    python -m benchmarks.forecast
    python -m benchmarks.forecast --real chen2020_county_co2_1997_2017.xlsx

With ``--real`` the county emissions of Chen et al. (2020) take the place of those of the built
warehouse in a copy of it, and the models of forecasts and scenarios are run anew. Everything is
printed as Markdown.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray
from sklearn.neural_network import MLPRegressor

from ingest.tables.checking import read_table
from ingest.tables.reading import TableRequest
from udfs import anchored, forecast
from workspace.settings import find_project, load_settings

HIDDEN = (5, 4, 8, 6)
PENALTIES, CLIP_RATIO = np.array([0.03, 0.1, 0.3]), 0.25
SEED_SETS = (tuple(range(1, 41)), tuple(range(41, 81)), tuple(range(81, 121)))
SHOWN_YEARS = (2025, 2030, 2060)
# Deficits plus the sinks of about 0.8 Pg, and peaks, as the paper gives them (section 3.5), Pg CO2.
PAPER = {"A2": "10.3, 12.1, 13", "B1": "15.8, 22.0, 8"}

Floats = NDArray[np.float64]


@contextmanager
def warehouse(real: Path | None) -> Iterator[Path]:
    """Give the built database, or a copy of it that rests on the county emissions of a file."""
    built = load_settings().data / "build" / "carbon_budget.duckdb"
    if real is None:
        yield built
        return
    table, _ = read_table(
        TableRequest(kind="emissions", path=real, format="chen2020", source="emissions")
    )
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "data" / "build" / built.name
        copy.parent.mkdir(parents=True)
        shutil.copy(built, copy)
        with duckdb.connect(str(copy)) as connection:
            connection.execute("delete from raw.emissions")
            connection.register("county_emissions", table)
            connection.execute("insert into raw.emissions by name from county_emissions")
        environment = {**os.environ, "CARBON_DATA": str(Path(folder) / "data")}
        environment["CARBON_PUBLISHED"] = str(Path(folder) / "published")
        models = ["+fct_forecast_skill", "+fct_scenario_carbon_budgets"]
        subprocess.run(
            [sys.executable, "-m", "dbt.cli.main", "--quiet", "run", "--select", *models],
            cwd=find_project(),
            env=environment,
            check=True,
        )
        yield copy


def markdown(connection: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    """Write the answer to a query as a table."""
    answer = connection.execute(query)
    names = [column[0] for column in answer.description or []]
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    return [
        *lines,
        *(
            "| " + " | ".join("" if cell is None else str(cell) for cell in row) + " |"
            for row in answer.fetchall()
        ),
        "",
    ]


def skill_table(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Errors by years ahead, and what is tested about them."""
    errors = ", ".join(
        f"max(round(100 * mean_absolute_error_ratio, 1)) filter (where horizon = {h}) as '{h}'"
        for h in range(1, 8)
    )
    return markdown(
        connection,
        f"""
        select drivers, model, {errors},
            round(avg(mase) filter (where coverage_ratio is not null), 2) as mase,
            round(100 * avg(pinball_loss_ratio), 2) as 'pinball %',
            round(100 * sum(coverage_ratio * coverage_origin_count)
                / nullif(sum(coverage_origin_count), 0), 1) as 'coverage %',
            round(100 * sum(forward_coverage_ratio * forward_origin_count)
                / nullif(sum(forward_origin_count), 0), 1) as 'forward %',
            max(round(dm_p_value, 3)) filter (where horizon = 1) as 'DM p 1',
            max(round(dm_p_value, 3)) filter (where horizon = 5) as 'DM p 5',
            max(round(100 * seed_low_error_ratio, 1)) filter (where horizon = 5) as 'seeds 5 %',
            max(round(100 * seed_high_error_ratio, 1)) filter (where horizon = 5) as '95 %',
            any_value(is_headline) as headline
        from marts.fct_forecast_skill
        group by drivers, model
        order by drivers desc, mase
        """,
    )


def scenario_table(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Emissions of each scenario by model, with bands and peaks."""
    years = ", ".join(
        f"max(round(ce_tgco2 / 1000, 2) || ' (' || coalesce(round(ce_low_tgco2 / 1000, 1) || '-' "
        f"|| round(ce_high_tgco2 / 1000, 1), '') || ')') filter (where year = {year}) as '{year}'"
        for year in SHOWN_YEARS
    )
    return markdown(
        connection,
        f"""
        select scenario, model, any_value(is_headline) as headline, {years},
            any_value(ce_peak_year) || ' (' || any_value(ce_peak_low_year) || '-'
            || any_value(ce_peak_high_year) || ')' as peak,
            max(round(co2_intensity_t_tce, 2)) filter (where year = 2060) as 't CO2/tce 2060'
        from marts.fct_scenario_carbon_budgets
        where ce_tgco2 is not null
        group by scenario, model
        order by scenario, headline desc, model
        """,
    )


def seed_table(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """National emissions of 2060 by networks of several sets of seeds."""
    row = connection.execute(
        "select bp_known, log_intensities, bp_asked, known_places, asked_places, question_keys "
        "from intermediate.int_forecast_samples_listed order by origin_year desc limit 1"
    ).fetchone()
    if row is None:
        return ["No drivers: no network was asked.", ""]
    known, targets, asked = (np.array(part, dtype=np.float64) for part in row[:3])
    energies = {
        tuple(key): energy
        for *key, energy in connection.execute(
            "select entity_level, entity_id, path, year, energy_tce "
            "from intermediate.int_forecast_questions_asked"
        ).fetchall()
    }
    keys = [(k["entity_level"], k["entity_id"], k["path"], k["year"]) for k in row[5]]
    paths = sorted({key[2] for key in keys})
    lines = [
        "| seeds | " + " | ".join(f"{path} 2060 (Pg)" for path in paths) + " | dead | CPU (s) |"
    ]
    lines.append("|---|" + "---|" * (len(paths) + 2))
    found: dict[str, list[float]] = {path: [] for path in paths}
    for seeds in SEED_SETS:
        start = time.process_time()
        answer = anchored.bp_anchored_forecast(
            known,
            targets,
            asked,
            tuple(row[3]),
            tuple(row[4]),
            HIDDEN,
            seeds,
            PENALTIES,
            CLIP_RATIO,
        )
        cost = time.process_time() - start
        if answer is None:
            continue
        for path in paths:
            total = sum(
                np.exp(value) * energies[key] / 1e9  # t in Pg
                for key, value in zip(keys, answer.predicted, strict=True)
                if key[2] == path and key[3] == SHOWN_YEARS[-1]
            )
            found[path].append(float(total))
        cells = " | ".join(f"{found[path][-1]:.3f}" for path in paths)
        lines.append(
            f"| {seeds[0]}-{seeds[-1]} | {cells} | {int(answer.is_dead.sum())} | {cost:.1f} |"
        )
    worst = max((max(values) / min(values) - 1 for values in found.values() if values), default=0.0)
    return [*lines, "", f"Largest difference between two sets of seeds: {100 * worst:.2f} %.", ""]


def cost_table() -> list[str]:
    """Seconds of an ensemble beside scikit-learn, on smooth drivers of a nation and of a panel."""
    lines = ["| workload | this, CPU (s) | scikit-learn, CPU (s) |", "|---|---|---|"]
    for places in (1, 30):
        rng = np.random.default_rng(places)
        years = np.tile(np.linspace(0.0, 1.0, 21), places)[:, None]
        rows = years * rng.uniform(-0.5, 2.0, 7) + 0.02 * rng.standard_normal((21 * places, 7))
        goal = 0.7 * rows[:, 0] + 0.3 * rows[:, 1]
        start = time.process_time()
        forecast.bp_forecast(rows, goal, rows[:1], HIDDEN, SEED_SETS[0][:20])
        ours = time.process_time() - start
        start = time.process_time()
        scaled, _ = forecast.scale_columns(rows, rows)
        for seed in SEED_SETS[0][:20]:
            MLPRegressor(
                hidden_layer_sizes=HIDDEN,
                solver="lbfgs",
                alpha=forecast.PENALTY,
                max_iter=forecast.ITERATIONS,
                max_fun=10 * forecast.ITERATIONS,
                random_state=seed,
            ).fit(scaled, (goal - goal.mean()) / goal.std())
        theirs = time.process_time() - start
        name = f"20 networks, {len(rows)} rows, {forecast.ITERATIONS} steps"
        lines.append(f"| {name} | {ours:.1f} | {theirs:.1f} |")
    return [*lines, ""]


def main() -> None:
    """Run everything and write Markdown tables to standard output."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--real", type=Path, metavar="FILE", help="county emissions, Chen et al.")
    real = parser.parse_args().real
    warnings.simplefilter("ignore")
    with warehouse(real) as path, duckdb.connect(str(path), read_only=True) as connection:
        lines = ["Mean errors in % by years ahead:", "", *skill_table(connection)]
        lines += ["Emissions in Pg CO2 (90 % band):", "", *scenario_table(connection)]
        lines += [f"The paper has {' / '.join(f'{k}: {v}' for k, v in PAPER.items())}.", ""]
        lines += ["Other seeds:", "", *seed_table(connection)]
    if real is None:
        lines += ["Cost:", "", *cost_table()]
    sys.stdout.write("\n".join(lines))


if __name__ == "__main__":
    main()
