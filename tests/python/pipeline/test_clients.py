"""What readers bring opens the published sample: old and new drivers, and tools on top of them.

Each client reads in its own interpreter or program, installed by `make test` from a lock file of
`tests/clients/`, and is asked `answers.sql`. What it answers must equal what we read, and the
comments of all tables and columns must arrive.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from typing import Any

import duckdb
import pytest

from tests.helpers.client_programs import INSTALLED, SCRIPTS, program, run
from tests.helpers.workplace import PROJECT, Workplace

pytestmark = pytest.mark.pipeline

QUERY = SCRIPTS / "answers.sql"


@pytest.fixture(scope="module")
def expected(sample: Workplace) -> dict[str, Any]:
    """The answer of our own DuckDB."""
    with duckdb.connect(str(sample.published_file), read_only=True) as connection:
        answer = connection.execute(QUERY.read_text(encoding="utf-8")).df().to_dict("records")[0]
        assert answer["silent_column_count"] == 0
        assert answer["foreign_key_count"] > 10
        return {str(name): value for name, value in answer.items()}


def same(answer: dict[str, Any], expected: dict[str, Any]) -> bool:
    return {name: answer.get(name) for name in expected} == expected


@pytest.mark.parametrize(("client", "version"), [("duckdb-1.0", "1.0.0"), ("newest", "2.")])
def test_python_wheels_read_every_table(
    sample: Workplace, expected: dict[str, Any], client: str, version: str
) -> None:
    python = program(client, "bin", "python")
    answer = run(python, SCRIPTS / "read_duckdb.py", sample.published_file, QUERY)
    assert answer["version"].startswith(version)
    assert answer["table_count"] > 50
    assert same(answer, expected)


def test_ibis(sample: Workplace, expected: dict[str, Any]) -> None:
    answer = run(sys.executable, SCRIPTS / "read_ibis.py", sample.published_file, QUERY)
    assert same(answer, expected)


def test_command_line_shell(sample: Workplace, expected: dict[str, Any]) -> None:
    shell = program("newest", "bin", "duckdb")
    query = QUERY.read_text(encoding="utf-8")
    assert same(run(shell, "-readonly", "-json", sample.published_file, "-c", query), expected)


def test_sqlalchemy_reflects_columns_and_comments(
    sample: Workplace, expected: dict[str, Any]
) -> None:
    python = program("newest", "bin", "python")
    answer = run(python, SCRIPTS / "read_sqlalchemy.py", sample.published_file, QUERY)
    assert same(answer, expected)
    with duckdb.connect(str(sample.published_file), read_only=True) as connection:
        comments: dict[str, dict[str, str]] = {
            table: {"": comment}
            for table, comment in connection.execute(
                "select table_name, comment from duckdb_tables() where schema_name = 'marts'"
            ).fetchall()
        }
        for table, column, comment in connection.execute(
            "select table_name, column_name, comment from duckdb_columns()"
            " where schema_name = 'marts'"
        ).fetchall():
            comments[table][column] = comment
    assert answer["comments"] == comments


def test_harlequin_imports_the_catalogue(sample: Workplace, expected: dict[str, Any]) -> None:
    python = program("newest", "bin", "python")
    answer = run(python, SCRIPTS / "read_harlequin.py", sample.published_file, QUERY)
    assert same(answer, expected)
    tree: dict[str, dict[str, list[str]]] = {}
    with duckdb.connect(str(sample.published_file), read_only=True) as connection:
        for schema, table, column in connection.execute(
            "select table_schema, table_name, column_name from information_schema.columns"
        ).fetchall():
            tree.setdefault(schema, {}).setdefault(table, []).append(column)
    shown = {schema: tables for schema, tables in answer["tree"].items() if tables}
    assert {
        schema: {table: sorted(columns) for table, columns in tables.items()}
        for schema, tables in shown.items()
    } == {
        schema: {table: sorted(columns) for table, columns in tables.items()}
        for schema, tables in tree.items()
    }


def test_node(sample: Workplace, expected: dict[str, Any]) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    program("node", "node_modules", "@duckdb", "node-api")
    packages = INSTALLED / "node" / "node_modules"
    answer = run(node, SCRIPTS / "read_node.mjs", packages, sample.published_file, QUERY)
    assert same(answer, expected)


def test_python_of_the_guide_runs(sample: Workplace) -> None:
    guide = (PROJECT / "docs" / "BI.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        newest = "sqlalchemy" in block
        python = program("newest", "bin", "python") if newest else sys.executable
        done = subprocess.run(
            [python, "-c", block], cwd=sample.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
