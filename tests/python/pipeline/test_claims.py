"""The scoreboard follows the labels of its sources: the sample as it is, and called real."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.helpers.workplace import Workplace

pytestmark = pytest.mark.pipeline

COMPILED = "compiled/carbon_budget/models/marts/quality/fct_paper_claims.sql"
Claim = dict[str, Any]


@pytest.fixture(scope="module")
def relabelled(
    sample: Workplace, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the build whose sources a test may relabel; views follow them at once."""
    copy = tmp_path_factory.mktemp("claims") / sample.build_file.name
    shutil.copy(sample.build_file, copy)
    with duckdb.connect(str(copy)) as connection:
        yield connection


def claims(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, Claim]:
    result = connection.execute(query)
    assert result.description is not None
    names = [column[0] for column in result.description]
    return {row[0]: dict(zip(names, row, strict=True)) for row in result.fetchall()}


@pytest.fixture(scope="module")
def published(sample: Workplace) -> dict[str, Claim]:
    with duckdb.connect(str(sample.published_file), read_only=True) as connection:
        return claims(connection, "select * from marts.fct_paper_claims")


def computed_again(
    connection: duckdb.DuckDBPyConnection, sample: Workplace, real: str
) -> dict[str, Claim]:
    """Scoreboard with the sources that fulfil a condition called real."""
    query = (Path(sample.environ["DBT_TARGET_PATH"]) / COMPILED).read_text(encoding="utf-8")
    connection.execute("begin")
    try:
        connection.execute(
            "update raw.sources set is_synthetic = false, input_grade = 'measured', "
            f"calibrated_to = null where {real}"
        )
        return claims(connection, query)
    finally:
        connection.execute("rollback")


def test_most_claims_are_computed(published: dict[str, Claim]) -> None:
    assert len(published) == 398
    computed = [claim for claim in published.values() if claim["is_computed"]]
    assert len(computed) >= 340
    # Beside Table 1, whose figures the sample was made from.
    assert sum(claim["location"] != "Table1" for claim in computed) >= 90
    assert all(claim["fact_key"] for claim in computed)


def test_synthetic_inputs_decide_nothing(published: dict[str, Claim]) -> None:
    verdicts = Counter(claim["verdict"] for claim in published.values())
    assert verdicts["differs"] == 0
    assert verdicts["circular"] > 250  # what the sample was made from
    assert verdicts["tautology"] == 6
    assert verdicts["needs real data"] > 20
    for claim in published.values():
        if claim["verdict"] == "reproduced":
            assert claim["is_judged_by_paper"] or not claim["is_synthetic"]
        if claim["verdict"] == "circular":
            assert claim["ratio"] is None
            assert "Zhang et al. (2022)" in claim["reason"]
            assert claim["input_grade"] == "synthetic"
    assert published["c041"]["reason"] == "by the paper alone, from Table 1"
    assert published["c109"]["reason"] == "by the paper alone, from the two columns of Table 1"


def test_a_figure_said_twice_counts_once(published: dict[str, Claim]) -> None:
    repeated = {key: claim for key, claim in published.items() if claim["duplicate_of"]}
    assert repeated
    for key, claim in repeated.items():
        first = published[claim["duplicate_of"]]
        assert first["duplicate_of"] is None
        assert first["claim_id"] < key
        assert (first["fact_key"], first["printed"]) == (claim["fact_key"], claim["printed"])


def test_the_papers_own_arithmetic(
    published: dict[str, Claim], vectors: dict[str, dict[str, Any]]
) -> None:
    growth = vectors["paper.growth"]["expected"]["simple_over_21_years"]
    table_1 = vectors["paper.table1.mare"]
    for claim in ("c041", "c398"):
        assert published[claim]["paper_check_value"] == pytest.approx(100 * growth, rel=1e-9)
    assert published["c109"]["warehouse_value"] == pytest.approx(
        table_1["expected"]["MARE_MEAN_cols_pct"], abs=table_1["tol"]
    )
    totals = [published[f"c{number}"]["paper_check_value"] for number in range(379, 387)]
    assert totals == pytest.approx(table_1["expected"]["sums"], abs=1e-6)


def test_real_emissions_decide_what_rests_on_them_alone(
    relabelled: duckdb.DuckDBPyConnection, sample: Workplace, published: dict[str, Claim]
) -> None:
    found = computed_again(relabelled, sample, "source_id = 'emissions'")
    changed = {key for key in found if found[key]["verdict"] != published[key]["verdict"]}
    assert {found[key]["verdict"] for key in changed} == {"reproduced", "differs"}
    assert {"c108", "c117", "c123"} < changed
    assert sum(found[key]["quantity"] == "CE CEADs" for key in changed) == 30 * 4
    assert not found["c041"]["is_judged_by_paper"]
    assert found["c041"]["verdict"] == "reproduced"
    # What needs sinks, balances or scenarios as well waits for these.
    for key in ("c001", "c025", "c089", "c139"):
        assert found[key]["verdict"] in ("needs real data", "circular")


def test_all_real_sources_give_a_score(
    relabelled: duckdb.DuckDBPyConnection, sample: Workplace
) -> None:
    found = computed_again(relabelled, sample, "true")
    waiting = {key for key, claim in found.items() if claim["verdict"] == "needs real data"}
    # The growth rates stay an assumption, whatever the rasters are.
    assert waiting
    assert all(found[key]["fact_key"].startswith("scenario/") for key in waiting)
    assert all("ref_scenario_growth_rates" in found[key]["reason"] for key in waiting)
    for claim in found.values():
        if claim["verdict"] in ("reproduced", "differs"):
            assert claim["is_met"] == (claim["verdict"] == "reproduced"), claim["claim_id"]
    # A count is right or wrong, and a printed digit hides half of itself.
    assert found["c045"]["verdict"] == "differs"
    assert found["c042"]["verdict"] == "reproduced"
    assert found["c092"]["verdict"] == "differs"
