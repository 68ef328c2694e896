"""Every analysis compiles and runs on the published sample, and Table 1 gives the known errors."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from carbon.query.database import Limits, open_bounded
from tests.helpers.workplace import PROJECT, Workplace

pytestmark = pytest.mark.pipeline

#: A numbered question of the index and its SQL.
QUESTION = re.compile(r"\*\*(\d+)\. (.*?)\*\*.*?```sql\n(.*?)```", re.DOTALL)

ANALYSES = sorted(path.stem for path in (PROJECT / "analyses").glob("*.sql"))


@pytest.fixture(scope="module")
def compiled(sample: Workplace) -> Path:
    """Folder of the analyses as plain SQL."""
    done = subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", "compile", "--select", "path:analyses"],
        cwd=PROJECT,
        env=sample.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return Path(sample.environ["DBT_TARGET_PATH"]) / "compiled" / "carbon_budget" / "analyses"


@pytest.fixture(scope="module")
def reader(sample: Workplace) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the published file as any reader does: without the SQL functions."""
    with duckdb.connect(str(sample.published_file), read_only=True) as connection:
        yield connection


def answer(
    reader: duckdb.DuckDBPyConnection, compiled: Path, name: str
) -> tuple[list[str], list[tuple[Any, ...]]]:
    result = reader.execute((compiled / f"{name}.sql").read_text(encoding="utf-8"))
    assert result.description is not None
    return [column[0] for column in result.description], result.fetchall()


@pytest.mark.parametrize("name", ANALYSES)
def test_analysis_runs_and_says_something(
    reader: duckdb.DuckDBPyConnection, compiled: Path, name: str
) -> None:
    columns, rows = answer(reader, compiled, name)
    assert rows
    empty = [
        column for place, column in enumerate(columns) if all(row[place] is None for row in rows)
    ]
    assert empty == []


def test_head_of_every_analysis_states_question_grain_unit_and_the_paper() -> None:
    for name in ANALYSES:
        text = (PROJECT / "analyses" / f"{name}.sql").read_text(encoding="utf-8")
        head = text.split("\nwith\n")[0]
        for part in ("?", "Grain: ", "Unit", "Paper: ", "Where the paper is wrong: "):
            assert part in head, f"{name} lacks {part!r}"


def test_every_analysis_is_in_the_index() -> None:
    index = (PROJECT / "analyses" / "README.md").read_text(encoding="utf-8")
    assert [name for name in ANALYSES if f"({name}.sql)" not in index] == []


def test_carbon_query_compiles_a_file_and_answers_the_same(
    sample: Workplace, reader: duckdb.DuckDBPyConnection, compiled: Path, tmp_path: Path
) -> None:
    output = tmp_path / "fig_2b.parquet"
    sample.carbon("query", "--file", "analyses/fig_2b.sql", "--output", str(output))
    columns, rows = answer(reader, compiled, "fig_2b")
    with duckdb.connect() as connection:
        written = connection.execute("from read_parquet(?)", [str(output)])
        assert [column[0] for column in written.description or ()] == columns
        assert written.fetchall() == rows


def test_thirty_questions_of_the_index_are_answered(sample: Workplace, tmp_path: Path) -> None:
    # A copy: DuckDB opens no file twice in one process with other settings.
    published = Path(shutil.copy(sample.published_file, tmp_path))
    index = (PROJECT / "analyses" / "README.md").read_text(encoding="utf-8")
    questions = QUESTION.findall(index)
    assert [int(number) for number, _, _ in questions] == list(range(1, 31))
    for number, _, sql in questions:
        with open_bounded(published, Limits()) as connection:
            answer = connection.sql(sql)
            rows = answer.fetchall()
        assert rows, number
        empty = [
            name for place, name in enumerate(answer.columns) if all(r[place] is None for r in rows)
        ]
        assert empty == [], number


def test_errors_of_table_1(reader: duckdb.DuckDBPyConnection, compiled: Path) -> None:
    columns, rows = answer(reader, compiled, "table_1_errors")
    place = columns.index("mean_absolute_error_ratio")
    errors = {row[0]: 100 * row[place] for row in rows}
    expected = {"1997": 20.31, "2010": 7.91, "2017": 8.00, "mean": 5.00, "years pooled": 12.07}
    assert errors == pytest.approx(expected, abs=0.005)
