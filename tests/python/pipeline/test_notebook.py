"""The notebook runs from its first cell to its last, and its charts show something."""

from __future__ import annotations

import re
from typing import Any

import duckdb
import jupytext
import pytest
from nbclient import NotebookClient

from tests.helpers.workplace import PROJECT, Workplace

pytestmark = pytest.mark.pipeline

NOTEBOOK = PROJECT / "notebooks" / "which_cities.py"
#: Charts of the notebook, by a word of their title.
CHARTS = ("by city", "through the years", "follows the emissions", "growth rates", "how sure")


@pytest.fixture(scope="module")
def executed(sample: Workplace, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """Outputs of all cells; a cell that fails fails here."""
    notebook = jupytext.read(NOTEBOOK)
    environment = {**sample.environ, "IPYTHONDIR": str(tmp_path_factory.mktemp("ipython"))}
    NotebookClient(
        notebook, timeout=120, resources={"metadata": {"path": str(sample.folder)}}
    ).execute(env=environment)
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def test_every_chart_is_drawn(executed: list[Any]) -> None:
    drawn = [
        output["data"]["image/svg+xml"]
        for output in executed
        if "image/svg+xml" in output.get("data", {})
    ]
    assert len(drawn) == len(CHARTS)
    for words, svg in zip(CHARTS, drawn, strict=True):
        assert words in svg
        assert not re.search(r"NaN|undefined|Infinity", svg)
        # Marks besides the axes: Vega names the group of each mark.
        marks = re.findall(
            r'<g class="mark-(?:symbol|line|area|rect|rule) role-mark[^>]*>(.*?)</g>', svg
        )
        assert any(marks), words


def test_its_count_is_that_of_the_marts(executed: list[Any], sample: Workplace) -> None:
    printed = "".join(output["text"] for output in executed if output["output_type"] == "stream")
    with duckdb.connect(str(sample.published_file), read_only=True) as connection:
        expected = connection.execute(
            """
            select count(*) filter (where balance > 0), count(*) from (
                select avg(cnc_tgco2) as balance from marts.fct_city_carbon_budgets
                where in_study and cnc_tgco2 is not null group by city_id
            )
            """
        ).fetchone()
    assert expected is not None
    assert f"{expected[0]} of {expected[1]} cities absorb what they emit" in printed
