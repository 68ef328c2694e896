"""``carbon query``: what it answers, in which form, what it refuses, and its bounds."""

from __future__ import annotations

import csv
import io
import json
import os
import time
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from click.testing import Result
from typer.testing import CliRunner

from carbon import cli
from tests.helpers.atlas_file import CITIES, HOSTILE_NAME, write_published
from workspace.errors import InputError

pytestmark = pytest.mark.slow

CITY_SQL = "select city_id, city_name from dim_cities order by city_id"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    write_published(folder / "carbon_budget.duckdb")
    return folder


def ask(published: Path, *arguments: str, given: str = "", data: Path | None = None) -> Result:
    places = {
        "CARBON_PUBLISHED": str(published),
        "CARBON_DATA": None if data is None else str(data),
    }
    return CliRunner().invoke(
        cli.app, ["query", *arguments], input=given, env={**places, "COLUMNS": "200"}
    )


def refusal(published: Path, *arguments: str, data: Path | None = None) -> str:
    result = ask(published, *arguments, data=data)
    assert isinstance(result.exception, InputError), result.output
    return str(result.exception)


def test_forms_of_an_answer(published: Path, tmp_path: Path) -> None:
    expected = sorted((city[0], city[1]) for city in CITIES)
    table = ask(published, CITY_SQL).output
    assert all(name in table for name, _ in expected)
    assert HOSTILE_NAME in table
    rows = list(csv.reader(io.StringIO(ask(published, CITY_SQL, "--format", "csv").output)))
    defused = [[key, f"'{name}" if name.startswith("=") else name] for key, name in expected]
    assert rows == [["city_id", "city_name"], *defused]
    answer = json.loads(ask(published, CITY_SQL, "--format", "json").output)
    assert [(row["city_id"], row["city_name"]) for row in answer] == expected
    path = tmp_path / "cities.parquet"
    assert ask(published, CITY_SQL, "--output", str(path)).output == ""
    assert [tuple(row.values()) for row in pq.read_table(path).to_pylist()] == expected
    assert [entry.name for entry in tmp_path.iterdir()] == ["cities.parquet"]


def test_values_that_forms_lack(published: Path) -> None:
    sql = "select null as n, 'nan'::double as x, [1, null] as l, {'a': 1.5} as s, true as t"
    (row,) = json.loads(ask(published, sql, "--format", "json").output)
    assert row == {"n": None, "x": None, "l": [1, None], "s": {"a": 1.5}, "t": True}
    text = ask(published, sql, "--format", "csv").output.splitlines()[1]
    assert next(csv.reader([text])) == ["", "nan", "[1, null]", '{"a": 1.5}', "true"]
    assert json.loads(ask(published, "select 1 where false", "--format", "json").output) == []


def test_csv_holds_no_formulas(published: Path) -> None:
    sql = "select '=1+1' as a, '@sum(a)' as b, '-1.5' as c, -1.5 as d, 'a=1' as e"
    answer = ask(published, sql, "--format", "csv").output
    assert answer == "a,b,c,d,e\n'=1+1,'@sum(a),-1.5,-1.5,a=1\n"


def test_functions_files_and_standard_input(published: Path, tmp_path: Path) -> None:
    sql = "select mann_kendall([1, 3, 2, 4, 5]).s as s"
    file = tmp_path / "question.sql"
    file.write_text(f"create temp table one as select 1; {sql}", encoding="utf-8")
    for arguments, given in (((sql,), ""), (("--file", str(file)), ""), (("-",), sql)):
        result = ask(published, *arguments, "--format", "csv", given=given)
        assert result.output == "s\n8\n"


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("from dim_citis", 'dim_citis does not exist! Did you mean "dim_cities"?'),
        ("select\ncity_nam from dim_cities", '"city_nam" not found in FROM clause! Candidate'),
        ("selec 1", 'syntax error at or near "selec" (line 1: selec 1)'),
        ("delete from marts.dim_cities", "read-only mode"),
        ("create table marts.mine as select 1", "read-only mode"),
        ("from read_csv('/etc/passwd')", "disabled by configuration"),
        ("copy dim_cities to 'cities.csv'", "disabled by configuration"),
        ("attach 'other.duckdb'", "disabled by configuration"),
        ("install spatial", "disabled by configuration"),
        ("set enable_external_access = true", "the configuration has been locked"),
        ("set memory_limit = '900GB'", "the configuration has been locked"),
        ("", "the query has no answer"),
    ],
)
def test_refusals_are_one_line(published: Path, sql: str, said: str) -> None:
    head, *fix = refusal(published, sql).split("\n")
    assert said in head
    assert len(fix) <= 1


def test_arguments_that_do_not_fit(published: Path, tmp_path: Path) -> None:
    assert "there is no query" in refusal(published)
    assert "there are two queries" in refusal(published, "select 1", "--file", "a.sql")
    assert "there is no such file" in refusal(published, "--file", str(tmp_path / "a.sql"))
    assert "names no format" in refusal(published, "select 1", "--output", "a.txt")
    assert "not for a terminal" in refusal(published, "select 1", "--format", "parquet")
    assert "is not a folder" in refusal(published, "select 1", "-o", str(tmp_path / "no" / "a.csv"))
    assert "nothing was published" in refusal(tmp_path, "select 1")
    assert "two columns are called 'a'" in refusal(
        published, "select 1 as a, 2 as a", "--format", "json"
    )


def test_an_output_never_destroys(published: Path, tmp_path: Path) -> None:
    """Only an earlier answer is replaced, or any plain file with --force, but no source of it."""
    output = tmp_path / "answer.csv"
    for number in ("1", "2"):
        ask(published, f"select {number} as n", "-o", str(output))
        assert output.read_text(encoding="utf-8") == f"n\n{number}\n"
    output.write_text("my notes", encoding="utf-8")
    assert "is no earlier answer" in refusal(published, "select 1", "-o", str(output))
    assert output.read_text(encoding="utf-8") == "my notes"
    ask(published, "select 3 as n", "-o", str(output), "--force")
    assert output.read_text(encoding="utf-8") == "n\n3\n"

    data, file = tmp_path / "data", published / "carbon_budget.duckdb"
    question, raster = tmp_path / "question.sql", tmp_path / "npp.tif"
    part = data / "lake" / "cells-00000.parquet"
    for path in (data / "build" / "carbon_budget.duckdb", part):
        path.parent.mkdir(parents=True)
        path.touch()
    question.write_text("select 1", encoding="utf-8")
    raster.touch()
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema if not exists meta")
        connection.execute(
            f"create or replace table meta.source_files as select '{raster}' as path"
        )
        connection.execute("create or replace table meta.build as select 'my.yml' as catalogue")
    linked, device = tmp_path / "linked.csv", tmp_path / "device.csv"
    linked.symlink_to(output)
    os.mkfifo(device)
    before = {path: path.read_bytes() for path in (file, question, raster, part, output)}
    for path, what in {
        file: "is the published file",
        data / "build" / "carbon_budget.duckdb": "is the build file",
        part: "is a file of the warehouse",
        raster: "is an input",
        question: "is the file that holds the query",
        linked: "is a link",
        device: "is a device",
        tmp_path: "is a folder",
        Path(os.devnull): "is a device",
    }.items():
        said = refusal(
            *(published, "--file", str(question), "--format", "csv", "-o", str(path), "--force"),
            data=data,
        )
        assert what in said, said
    assert {path: path.read_bytes() for path in before} == before
    assert linked.is_symlink()
    assert device.is_fifo()


def test_memory_and_time_are_bounded(published: Path, tmp_path: Path) -> None:
    began = time.monotonic()
    late = refusal(published, "select count(*) from range(1000000000000)", "--seconds", "0.3")
    assert "the query was stopped after 0.3 s" in late
    assert time.monotonic() - began < 20
    hungry = "select list(n) from range(200000000) as _(n)"
    assert "more than 100MB of memory" in refusal(published, hungry, "--memory", "100MB")
    output = tmp_path / "kept.csv"
    ask(published, "select 'yesterday' as of", "-o", str(output))
    slow = "select n, md5(n::varchar) from range(1000000000) as _(n)"
    assert "stopped" in refusal(published, slow, "--seconds", "0.3", "-o", str(output))
    assert output.read_text(encoding="utf-8") == "of\nyesterday\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["kept.csv"]
    # Nothing was left beside the published file, and it can be opened for writing.
    assert [entry.name for entry in published.iterdir()] == ["carbon_budget.duckdb"]
    duckdb.connect(str(published / "carbon_budget.duckdb")).close()


#: Queries whose time or memory is that of Python or Jinja; DuckDB neither counts nor ends them.
HOSTILE = {
    "python, long": (
        "select bp_forecast([[n] for n in range(20)], range(20)::double[], [[21.0]], "
        "[8], range(20000)::integer[])",
        "the query was stopped after 2 s",
    ),
    "native, long": (
        "select gini(list(n::double)) from range(20000000) as _(n)",
        "the query",
    ),
    "python, large": (
        "select mann_kendall(range(200000)::double[])",
        "the query needs more than 200MB of memory",
    ),
    "template, large": ("select '{{ \"x\" * 10**10 }}'", "the query needs more than 200MB"),
    "template, long": (
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}select 1",
        "the query was stopped after 2 s",
    ),
    "template, endless answer": (
        "select '{% for a in range(99999) %}{{ \"x\" * 150 }}{% endfor %}'",
        "longer than 10 MB when it is compiled",
    ),
    "native, abort": ("call enable_logging(storage_path='x'); select 1", "the query ended"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_nothing_a_query_runs_outlasts_its_limits(case: str, published: Path) -> None:
    sql, said = HOSTILE[case]
    seconds = "2" if case.endswith("long") else "60"
    head, _fix = refusal(published, sql, "--seconds", seconds, "--memory", "200MB").split("\n")
    assert said in head


def test_templates_see_no_environment_but_that_of_the_project(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    for name in ("SECRET_TOKEN", "PATH", "HOME"):
        said = refusal(published, f"select '{{{{ env_var(\"{name}\") }}}}'")
        assert f"'{name}'" in said
        assert "hunter2" not in said
    told = ask(published, "select '{{ env_var(\"CARBON_PUBLISHED\") }}' as a", "--format", "csv")
    assert told.output == f"a\n{published}\n"
