"""Reference documents, exposures and dbt's page say what is there, and nothing less."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

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


def test_the_data_dictionary_is_that_of_the_models(manifest: dict[str, Any]) -> None:
    written = (PROJECT / "docs" / "DATA_DICTIONARY.md").read_text(encoding="utf-8")
    assert written == dictionary_document(manifest), "run: make docs"


def test_every_table_and_column_is_described(manifest: dict[str, Any]) -> None:
    assert undocumented(manifest) == []
    a_mart = next(node for node in manifest["nodes"].values() if node["name"] == "dim_cities")
    a_mart = {**a_mart, "columns": {"x": {"name": "x", "description": " "}}}
    assert undocumented({"nodes": {"model": a_mart}}) == ["dim_cities.x"]


def test_each_figure_of_the_paper_is_an_exposure(
    manifest: dict[str, Any], marts_of_anchor: dict[str, set[str]]
) -> None:
    analyses = {
        node["name"]: marts_of(node)
        for node in manifest["nodes"].values()
        if node["resource_type"] == "analysis"
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
