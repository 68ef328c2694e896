"""Every worked number of docs/METHODS.md is what the macros and functions give."""

from __future__ import annotations

import doctest
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

import udfs
from tests.helpers.documents import blocks
from tests.helpers.workplace import PROJECT

pytestmark = pytest.mark.slow

METHODS = PROJECT / "docs" / "METHODS.md"
WORKED = blocks(METHODS, "sql")
SEPARATOR = "\n-- next worked number\n"
#: Files of macros that hold formulas; the others choose, name, read, publish or match.
FORMULAS = ("balance", "emissions", "lmdi", "respiration", "scenarios", "trend", "uncertainty")
FORMULAS += ("units", "weathering")


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The SQL of every block as dbt compiles it, in one run of dbt."""
    folder = tmp_path_factory.mktemp("methods")
    (folder / "data" / "build").mkdir(parents=True)
    together = SEPARATOR.join(block.text for block in WORKED)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "dbt.cli.main", "--quiet", "compile"),
            *("--inline", together, "--profiles-dir", "."),
        ],
        cwd=PROJECT,
        env={
            **os.environ,
            "CARBON_DATA": str(folder / "data"),
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads((folder / "target" / "run_results.json").read_text(encoding="utf-8"))
    statements: list[str] = results["results"][0]["compiled_code"].split(SEPARATOR.strip())
    assert len(statements) == len(WORKED)
    return statements


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        udfs.register(connection)
        yield connection


def agrees(printed: str, value: Any) -> bool:
    """Say whether a value is what was printed, to half a unit of its last digit."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return printed == {True: "true", False: "false", None: "NULL"}.get(value, value)
    if isinstance(value, list):
        inner = [part.strip() for part in printed.strip("[]").split(",")]
        return len(inner) == len(value) and all(map(agrees, inner, value))
    decimals = len(printed.partition(".")[2])
    # A number without decimals is meant exactly.
    tolerance = 0.5 * 10.0**-decimals if decimals else 1e-9 * max(abs(float(printed)), 1.0)
    return abs(float(value) - float(printed)) <= tolerance * (1 + 1e-9)


@pytest.mark.parametrize("number", range(len(WORKED)), ids=lambda n: f"line_{WORKED[n].line}")
def test_worked_number(
    connection: duckdb.DuckDBPyConnection, compiled: list[str], number: int
) -> None:
    assert len(WORKED[number].table) == 2, "a block of SQL is followed by a table of one row"
    names, printed = WORKED[number].table
    answer = connection.execute(compiled[number])
    assert answer.description is not None
    assert tuple(column[0] for column in answer.description) == names
    (row,) = answer.fetchall()
    for name, text, value in zip(names, printed, row, strict=True):
        assert agrees(text, value), f"{name} is printed as {text} and comes out as {value}"


@pytest.mark.parametrize("printed", ["199.514", "199.6", "200"])
def test_a_wrong_number_is_seen(printed: str) -> None:
    assert agrees("199.515", 199.51533)
    assert not agrees(printed, 199.51533)


def test_worked_python() -> None:
    together = "\n".join(block.text for block in blocks(METHODS, "python"))
    case = doctest.DocTestParser().get_doctest(together, {}, METHODS.name, None, 0)
    assert case.examples
    assert doctest.DocTestRunner(verbose=False).run(case).failed == 0


def test_every_formula_has_a_worked_number() -> None:
    """A macro of a formula file is called in a block, unless it only names or lists things."""
    macros = yaml.safe_load((PROJECT / "macros" / "_macros.yml").read_text(encoding="utf-8"))
    arguments = {macro["name"]: macro.get("arguments", []) for macro in macros["macros"]}
    called = set(re.findall(r"\w+", " ".join(block.text for block in WORKED)))
    defined = [
        name
        for stem in FORMULAS
        for name in re.findall(r"macro (\w+)\(", _macro_file(stem).read_text(encoding="utf-8"))
    ]
    formulas = {
        name
        for name in defined
        if any(argument["type"] in ("string", "expression") for argument in arguments[name])
    }
    helpers = {
        "has_enough_npp",  # a bound
        "bp_features",  # lists of drivers
        "nep_choice_columns",  # names of columns
        "respiration_choice",  # a whole select
        "mean_of_study_years",  # a mean, NULL with a gap
        "safe_ratio",  # a division
        "slug",  # an identifier
        "uniform_draw",  # a random number
    }
    assert formulas - called - helpers == set()
    assert {function.name for function in udfs.FUNCTIONS} - called == set()


def _macro_file(stem: str) -> Path:
    return PROJECT / "macros" / f"{stem}.sql"
