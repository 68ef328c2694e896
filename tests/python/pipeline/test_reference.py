"""Reference documents, exposures and dbt's page say what is there, and nothing less."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from carbon.atlas.database import AbsentTable, Published, open_published
from carbon.atlas.datasets import DATASETS
from carbon.atlas.site import PAGES
from tests.helpers.workplace import PROJECT, Workplace
from tools.reference.dictionary import dictionary_document, undocumented

pytestmark = pytest.mark.pipeline

MART = re.compile(r"\b(?:fct|dim)_\w+")


@pytest.fixture(scope="module")
def manifest(sample: Workplace) -> dict[str, Any]:
    """What dbt knew when it built the sample."""
    path = Path(sample.environ["DBT_TARGET_PATH"]) / "manifest.json"
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


@pytest.fixture(scope="module")
def marts_of_anchor(sample: Workplace) -> dict[str, set[str]]:
    """Marts that the SQL of each figure of the atlas reads, by page and anchor."""
    read: dict[str, set[str]] = {}
    with open_published(sample.published_file) as published:
        for page in PAGES:
            for plate in page.plates:
                read[f"{page.slug}.html#{plate.anchor}"] = {
                    mart
                    for name in plate.datasets
                    # The page of a place has data of its own.
                    if name in DATASETS
                    for mart in marts_asked(published, name)
                }
    return read


def marts_asked(published: Published, name: str) -> set[str]:
    """Marts that a data set of the atlas reads; none if the file has no such mart."""
    try:
        return set(MART.findall(published.ask(DATASETS[name](published)).sql))
    except AbsentTable:
        return set()


def marts_of(node: dict[str, Any]) -> set[str]:
    return {MART.findall(name)[0] for name in node["depends_on"]["nodes"] if MART.findall(name)}


def test_the_data_dictionary_describes_what_is_published(
    manifest: dict[str, Any], sample: Workplace
) -> None:
    written = dictionary_document(manifest)
    with duckdb.connect(str(sample.published_file), read_only=True) as connection:
        columns = connection.execute(
            "select schema_name || '.' || table_name, column_name, unit from meta.columns"
            " where schema_name in ('marts', 'bi', 'meta', 'ref')"
        ).fetchall()
    for table, column, unit in columns:
        section = written.partition(f"\n### {table}\n")[2].partition("\n### ")[0]
        (line,) = [line for line in section.splitlines() if line.startswith(f"| `{column}` |")]
        assert line.split(" | ")[2].strip() == (unit or ""), f"{table}.{column}"


def test_every_table_and_column_is_described(manifest: dict[str, Any]) -> None:
    assert undocumented(manifest) == []
    a_mart = next(node for node in manifest["nodes"].values() if node["name"] == "dim_cities")
    a_mart = {**a_mart, "columns": {"x": {"name": "x", "description": " "}}}
    assert undocumented({"nodes": {"model": a_mart}}) == ["dim_cities.x"]


def test_each_figure_of_the_paper_is_an_exposure(
    manifest: dict[str, Any], marts_of_anchor: dict[str, set[str]]
) -> None:
    # A file may answer two figures: fig_6a_6b.
    analyses = {
        f"fig_{part}" if node["name"].startswith("fig_") else node["name"]: marts_of(node)
        for node in manifest["nodes"].values()
        if node["resource_type"] == "analysis"
        for part in node["name"].split("_")[1:]
    }
    exposures = {node["name"]: node for node in manifest["exposures"].values()}
    anchors = {
        place: place.partition("#")[2]
        for place in marts_of_anchor
        if re.search(r"#(fig|table)-", place)
    }
    found = {}
    for place, anchor in anchors.items():
        kind, _, number = anchor.partition("-")
        name = f"{'figure' if kind == 'fig' else kind}_{number}"
        analysis = f"fig_{number}" if kind == "fig" else f"{anchor.replace('-', '_')}_errors"
        exposure = exposures[name]
        assert exposure["url"] == f"published/atlas/{place}"
        expected = marts_of_anchor[place] | analyses.get(analysis, set())
        assert marts_of(exposure) == expected, name
        found[name] = exposure
    assert set(exposures) - set(found) == {"atlas", "notebook"}


def test_the_atlas_and_the_notebook_are_exposures(
    manifest: dict[str, Any], sample: Workplace
) -> None:
    exposures = {node["name"]: node for node in manifest["exposures"].values()}
    asked: set[str] = set()
    with open_published(sample.published_file) as published:
        for name in DATASETS:
            asked |= marts_asked(published, name)
    assert asked <= marts_of(exposures["atlas"])
    notebook = PROJECT / exposures["notebook"]["url"]
    used = set(re.findall(r'mart\("(\w+)"\)', notebook.read_text(encoding="utf-8")))
    assert used == marts_of(exposures["notebook"])
