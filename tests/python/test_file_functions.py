"""The macros of the published file say what the registered functions say, in every DuckDB."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

import udfs
from carbon.publishing import FUNCTIONS_FILE, file_functions
from tests.helpers.client_programs import SCRIPTS, program, run

#: Relative to the largest value: what differs in its last digits, and by how much.
TOLERANCES = {"p_value": 1e-14, "gini": 1e-12, "detrend": 1e-12}


def series_of_all_kinds() -> list[list[float]]:
    """A thousand series: noise, trends, walks and ties, from 6 to 59 values of any size."""
    draws = np.random.default_rng(20220615)
    found = []
    for number in range(1000):
        values = draws.normal(size=int(draws.integers(6, 60)))
        if number % 5 == 0:
            values = np.round(2 * values)
        if number % 7 == 0:
            values = values + np.arange(len(values)) * draws.normal()
        if number % 11 == 0:
            values = np.cumsum(values)
        found.append((values * 10.0 ** draws.integers(-3, 6)).tolist())
    return found


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file as publishing writes it: two cities and their nation, and the functions."""
    path = tmp_path_factory.mktemp("functions") / "carbon_budget.duckdb"
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as next (storage_version 'v1.0.0'); use next")
        connection.execute("""
            create schema bi;
            create table bi.carbon_budgets as
            select
                *, 3 * nep_tgco2 as npp_tgco2, 2 * nep_tgco2 as rh_tgco2,
                nep_tgco2 + rcs_tgco2 as ecs_tgco2, nep_tgco2 + rcs_tgco2 - ce_tgco2 as cnc_tgco2,
                case when nep_tgco2 + rcs_tgco2 > ce_tgco2 then 'surplus' else 'deficit' end
                    as carbon_state
            from (values
                ('city', 'a', 'Aton', '甲', 2001, 5e0, 2e0, 1e0),
                ('city', 'b', 'Bton', '乙', 2001, 1e0, 4e0, 1e0),
                ('nation', 'N', 'Nation', null, 2001, 6e0, 6e0, 2e0)
            ) as v (entity_level, entity_id, entity_name, entity_name_zh, year, ce_tgco2,
                nep_tgco2, rcs_tgco2)
        """)
        connection.execute(file_functions("next"))
        connection.execute("use memory; detach next")
    return path


def compare(name: str, expected: Any, found: Any, scale: float = 0.0) -> None:
    if isinstance(expected, dict):
        assert expected.keys() == found.keys()
        for key, value in expected.items():
            compare(key if name == "mann_kendall" else name, value, found[key])
    elif isinstance(expected, list):
        for ours, theirs in zip(expected, found, strict=True):
            compare(name, ours, theirs, max(map(abs, expected)))
    elif expected is None:
        assert found is None, name
    else:
        tolerance = TOLERANCES.get(name, 0.0)
        assert found == pytest.approx(expected, rel=tolerance, abs=tolerance * scale), name


@pytest.mark.parametrize("client", ["this", "duckdb-1.0", "newest"])
def test_macros_answer_as_the_registered_functions(file: Path, tmp_path: Path, client: str) -> None:
    python = sys.executable if client == "this" else program(client, "bin", "python")
    series = series_of_all_kinds()
    asked = tmp_path / "series.json"
    asked.write_text(json.dumps(series), encoding="utf-8")
    answers = run(python, SCRIPTS / "ask_series.py", file, asked)["answers"]
    with duckdb.connect() as connection:
        udfs.register(connection)
        connection.execute("create temp table given (id integer, series double[])")
        connection.executemany("insert into given values (?, ?)", list(enumerate(series)))
        expected = connection.execute(
            "select mann_kendall(series), sequential_mann_kendall(series),"
            " hurst_exponent(series, 5), gini(series), detrend(series) from given order by id"
        ).fetchall()
    names = ("mann_kendall", "sequential_mann_kendall", "hurst_exponent", "gini", "detrend")
    for ours, theirs in zip(expected, answers, strict=True):
        for name, value, found in zip(names, ours, theirs, strict=True):
            compare(name, value, found)


@pytest.mark.parametrize("series", ["null", "[]", "[1]", "[1, null, 3]", "[1, 'nan'::double, 3]"])
def test_gaps_are_answered_null(file: Path, series: str) -> None:
    with duckdb.connect(str(file), read_only=True) as connection:
        given = f"{series}::double[]"
        row = connection.execute(
            f"select mann_kendall({given}), sequential_mann_kendall({given}), ols_slope({given}),"
            f" hurst_exponent({given}, 5), detrend({given})"
        ).fetchone()
        assert row == (None,) * 5
        (gini,) = connection.execute(f"select gini({given})").fetchone() or (0,)
        assert (gini is None) == (series != "[1]")


def test_macros_have_what_every_duckdb_can_read() -> None:
    """No overload, no typed or default parameter: 1.0 would not open or not call it."""
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as next; create schema bi")
        connection.execute(
            "create table bi.carbon_budgets (entity_level varchar, entity_id varchar, entity_name"
            " varchar, entity_name_zh varchar, year integer, ce_tgco2 double, npp_tgco2 double,"
            " rh_tgco2 double, nep_tgco2 double, rcs_tgco2 double, ecs_tgco2 double,"
            " cnc_tgco2 double, carbon_state varchar)"
        )
        connection.execute(file_functions("next"))
        macros = connection.execute(
            "select function_name, count(*), any_value(parameter_types), any_value(comment)"
            " from duckdb_functions() where database_name = 'next' and not internal"
            " and function_type in ('macro', 'table_macro') group by function_name"
        ).fetchall()
    assert len(macros) == FUNCTIONS_FILE.read_text(encoding="utf-8").count("create macro ")
    for name, overloads, types, comment in macros:
        assert overloads == 1, name
        assert not any(types), name
        assert comment, name
    assert ":=" not in FUNCTIONS_FILE.read_text(encoding="utf-8")


def test_table_macros_answer_questions(file: Path) -> None:
    with duckdb.connect(str(file), read_only=True) as connection:
        udfs.register(connection)
        for name in ("aton", "甲", "a"):
            rows = connection.execute("select entity_id from place(?)", [name]).fetchall()
            assert rows == [("a",)]
        (difference,) = connection.execute(
            "select cnc_difference_tgco2 from compare('Aton', 'b')"
        ).fetchone() or (None,)
        assert difference == -6.0
        states = connection.execute(
            "select entity_id, carbon_state, carbon_state_if from what_if(0.5) where"
            " entity_level = 'city'"
        ).fetchall()
        assert states == [("a", "deficit", "surplus"), ("b", "surplus", "surplus")]
        assert connection.execute("select bool_and(holds) from verify()").fetchone() == (True,)


def test_verify_finds_what_does_not_hold(file: Path, tmp_path: Path) -> None:
    spoilt = tmp_path / "carbon_budget.duckdb"
    spoilt.write_bytes(file.read_bytes())
    with duckdb.connect(str(spoilt)) as connection:
        connection.execute("update bi.carbon_budgets set ecs_tgco2 = ecs_tgco2 * 1.001")
        broken = connection.execute("select identity from verify() where not holds").fetchall()
    assert broken == [("CNC = ECS - CE",), ("ECS = NEP + RCS",)]
