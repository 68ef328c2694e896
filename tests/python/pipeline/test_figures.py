"""Figures taken apart (``carbon explain``), compared (``diff``) and drawn (``bi``)."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from carbon.difference import compare
from carbon.explaining import explain
from carbon.superset import superset_bundle
from tests.helpers.workplace import PROJECT, Workplace
from workspace.errors import InputError

pytestmark = pytest.mark.pipeline

MEASURES = ("ce", "npp", "rh", "nep", "rcs", "ecs", "cnc", "absorbed_ratio", "cnc_ktco2_km2")


@pytest.fixture(scope="module")
def reader(sample: Workplace) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(sample.published_file), read_only=True) as connection:
        yield connection


@pytest.mark.parametrize("measure", MEASURES)
def test_every_figure_follows_from_its_terms(measure: str, sample: Workplace) -> None:
    """At every level: an inland city, one at the sea, a province, a region and the nation."""
    for place in ("530100", "440300", "530000", "northern_coast", "CN"):
        found = explain(sample.published_file, place, 2010, measure)
        assert found.value is not None
        assert found.recomputed == pytest.approx(found.value, rel=1e-12), (place, measure)
        assert found.terms
        assert all(term.meaning for term in [*found.terms, *found.cells])


def test_an_explanation_names_files_that_are_there(sample: Workplace) -> None:
    written = json.loads(sample.carbon("explain", "昆明市", "2010", "CNC", "--json"))
    assert written["interval"]["cnc_low_tgco2"] < written["value"]
    assert written["value"] < written["interval"]["cnc_high_tgco2"]
    assert written["reading"]["rh_time_base"] == "monthly"
    assert len(written["reading"]["nep_by_choice_tgco2"]) == 4
    assert {file["role"].split("/")[-1] for file in written["inputs"]} == {
        *("emissions", "npp", "temperature", "precipitation"),
        *("evapotranspiration", "lithology", "zones"),
    }
    for file in written["inputs"]:
        path = sample.data.parent / file["path"]
        if not path.is_file():
            path = PROJECT / file["path"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == file["sha256"], file["path"]
    text = sample.carbon("explain", "Kunming", "2010", "rcs")
    assert "carbonate sedimentary" in text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("Beijing", 2010, "cnc", None), "several places (city 110000, province 110000)"),
        (("Bejing", 2010, "cnc", None), "did you mean Beijing"),
        (("Kunming", 1890, "cnc", None), "choose a year from 1997 to 2017"),
        (("Kunming", 2010, "gdp", None), "choose one of ce, npp"),
        (("Kunming", 2010, "ce", "county"), "there is no level 'county'"),
    ],
)
def test_a_question_without_an_answer_is_rejected(
    asked: tuple[Any, ...], said: str, sample: Workplace
) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        explain(sample.published_file, *asked)


def test_a_difference_names_rows_sizes_and_causes(sample: Workplace, tmp_path: Path) -> None:
    changed, page = tmp_path / "changed.duckdb", tmp_path / "changes.html"
    shutil.copy(sample.published_file, changed)
    with duckdb.connect(str(changed)) as connection:
        for statement in (
            "update marts.fct_city_carbon_budgets set ce_tgco2 = ce_tgco2 * 1.01"
            " where city_id = '110000'",
            "delete from marts.dim_regions where region_id = 'northern_coast'",
            "update meta.build set vars_json = replace(vars_json, "
            "'\"rh_days_per_month\": 30', '\"rh_days_per_month\": 31')",
            "update meta.project_files set sha256 = 'x' where path = 'seeds/ref_measures.csv'",
            "update meta.source_files set sha256 = 'y' where role = 'historical/npp'"
            " and path like '%2010%'",
            "update meta.build set title = '<script>alert(1)</script>'",
        ):
            connection.execute(statement)
    found = json.loads(
        sample.carbon(
            *("diff", str(sample.published_file), str(changed), "--json", "--page", str(page)),
            *("--rows", "0"),
        )
    )
    tables = {table["table"]: table for table in found["tables"]}
    assert set(tables) == {"fct_city_carbon_budgets", "dim_regions"}
    assert tables["dim_regions"]["removed"] == 1
    budgets = tables["fct_city_carbon_budgets"]
    assert (budgets["added"], budgets["removed"], budgets["changed"]) == (0, 0, 21)
    (column,) = budgets["columns"]
    assert (column["column"], column["rows"]) == ("ce_tgco2", 21)
    assert column["largest_ratio"] == pytest.approx(0.01, rel=1e-9)
    assert {change["key"]["city_id"] for change in budgets["changes"]} == {"110000"}
    assert len(budgets["changes"]) == 21
    causes = {(cause["kind"], cause["name"].split("/")[-1]) for cause in found["causes"]}
    assert {kind for kind, _ in causes} == {"var", "seed", "source file"}
    assert ("var", "rh_days_per_month") in causes
    html = page.read_text(encoding="utf-8")
    assert "rh_days_per_month" in html
    assert "<script>" not in html
    # A hundredth is none where two hundredths are allowed.
    near = compare(sample.published_file, changed, tolerance=0.02)
    assert [table.table for table in near.tables] == ["dim_regions"]


def test_what_cannot_be_compared_is_rejected(sample: Workplace, tmp_path: Path) -> None:
    other = tmp_path / "other.duckdb"
    with duckdb.connect(str(other)) as connection:
        connection.execute("create table t (a integer)")
    with pytest.raises(InputError, match="is no published file"):
        compare(other, sample.published_file)
    with pytest.raises(InputError, match="compared with itself"):
        compare(sample.published_file, sample.published_file)
    with pytest.raises(InputError, match="nothing was published"):
        compare(tmp_path / "none.duckdb", sample.published_file)


@pytest.fixture(scope="module")
def bundle(sample: Workplace, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Files of the bundle that ``carbon bi`` writes, by path."""
    path = tmp_path_factory.mktemp("bi") / "superset.zip"
    assert "a dashboard of 8 charts" in sample.carbon("bi", str(path))
    again = path.with_name("again.zip")
    superset_bundle(sample.published_file, again)
    assert path.read_bytes() == again.read_bytes()
    with zipfile.ZipFile(path) as files:
        return {
            name.partition("/")[2]: yaml.safe_load(files.read(name)) for name in files.namelist()
        }


def test_a_dashboard_holds_together(bundle: dict[str, Any]) -> None:
    (database,) = [bundle[name] for name in bundle if name.startswith("databases/")]
    assert "enable_external_access=false&lock_configuration=true" in database["sqlalchemy_uri"]
    assert database["sqlalchemy_uri"].startswith("duckdb:////")
    assert not database["allow_dml"]
    datasets = {bundle[name]["uuid"]: bundle[name] for name in bundle if "datasets/" in name}
    charts = {bundle[name]["uuid"]: bundle[name] for name in bundle if "charts/" in name}
    assert len(charts) == 8
    for chart in charts.values():
        dataset = datasets[chart["dataset_uuid"]]
        form = chart["params"]
        metrics = {metric["metric_name"] for metric in dataset["metrics"]}
        columns = {column["column_name"] for column in dataset["columns"]}
        asked = [*form.get("metrics", []), *([form["metric"]] if "metric" in form else [])]
        assert asked
        assert set(asked) <= metrics
        grouped = [
            *(form.get("groupby", [])),
            *(form.get("groupbyRows", [])),
            *(form.get("groupbyColumns", [])),
            *(form[key] for key in ("x_axis", "entity") if key in form),
            *(item["subject"] for item in form["adhoc_filters"]),
        ]
        assert set(grouped) <= columns
    (dashboard,) = [bundle[name] for name in bundle if "dashboards/" in name]
    tiles = [tile for tile in dashboard["position"].values() if "CHART-" in str(tile)]
    drawn = [tile["meta"]["uuid"] for tile in tiles if tile["type"] == "CHART"]
    assert sorted(drawn) == sorted(charts)


def test_metrics_are_right_or_nothing(
    bundle: dict[str, Any], reader: duckdb.DuckDBPyConnection
) -> None:
    """Of one level and year every metric gives the nation's figure; of several it gives none."""
    for name in [name for name in bundle if "datasets/" in name]:
        dataset = bundle[name]
        table = f"bi.{dataset['table_name']}"
        for metric in dataset["metrics"]:
            reader.execute(f"select {metric['expression']} from {table}")
    metrics = {
        metric["metric_name"].removesuffix("_all"): metric["expression"]
        for metric in bundle["datasets/carbon_budget/carbon_budgets.yaml"]["metrics"]
    }
    assert {"ce_tgco2", "ecs_tgco2", "absorbed_ratio", "cnc_ktco2_km2"} <= set(metrics)
    for measure in ("ce_tgco2", "ecs_tgco2", "cnc_tgco2", "absorbed_ratio", "cnc_ktco2_km2"):
        (published,) = reader.execute(
            f"select {measure} from bi.carbon_budgets where entity_level = 'nation' and year = 2017"
        ).fetchall()[0]
        for level in ("nation", "region", "province", "city"):
            (value,) = reader.execute(
                f"select {metrics[measure]} from bi.carbon_budgets"
                f" where entity_level = '{level}' and year = 2017"
            ).fetchall()[0]
            assert value == pytest.approx(published, rel=1e-9), (measure, level)
        everything = f"select {metrics[measure]} from bi.carbon_budgets where year = 2017"
        assert reader.execute(everything).fetchall() == [(None,)]


@pytest.mark.skipif("CARBON_SUPERSET" not in os.environ, reason="CARBON_SUPERSET names no Superset")
def test_superset_imports_the_dashboard(sample: Workplace, tmp_path: Path) -> None:
    """``CARBON_SUPERSET`` is the command ``superset`` of an environment that has it."""
    command = os.environ["CARBON_SUPERSET"]
    (tmp_path / "superset_config.py").write_text(
        f"SECRET_KEY = 'test'\nSQLALCHEMY_DATABASE_URI = 'sqlite:///{tmp_path}/superset.db'\n",
        encoding="utf-8",
    )
    bundle = tmp_path / "superset.zip"
    sample.carbon("bi", str(bundle))
    environ = {
        **os.environ,
        "SUPERSET_CONFIG_PATH": str(tmp_path / "superset_config.py"),
        "SUPERSET_HOME": str(tmp_path),
        "FLASK_APP": "superset",
    }
    account = "--username admin --firstname a --lastname b --email a@b.c --password admin"
    for step in (
        ["db", "upgrade"],
        ["fab", "create-admin", *account.split()],
        ["init"],
        ["import-dashboards", "-p", str(bundle), "-u", "admin"],
    ):
        done = subprocess.run(
            [command, *step], env=environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]
    import sqlite3

    with sqlite3.connect(tmp_path / "superset.db") as store:
        count = store.execute("select count(*) from slices").fetchone()
    assert count == (8,)
