"""The table of Our World in Data: one row per country, indicator and year, aggregates left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.tables.checking import read_table
from ingest.tables.reading import TableRequest
from workspace.errors import InputError


def request(path: Path) -> TableRequest:
    return TableRequest(
        kind="countries",
        path=path,
        format="owid_co2",
        source="owid",
        unit=None,
        sheet=None,
        columns={},
    )


def test_columns_become_indicators_and_aggregates_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "owid-co2-data.csv"
    path.write_text(
        "country,year,iso_code,population,gdp,co2\n"
        "China,2000,CHN,1269581120,5.9e12,3649.227\n"
        "China,2001,CHN,1278725010,,\n"
        "World,2000,,6171702993,,25453.4\n",
        encoding="utf-8",
    )
    table, facts = read_table(request(path))
    rows = {(r["country_code"], r["indicator"], r["year"]): r["value"] for r in table.to_pylist()}
    assert rows == {
        ("CHN", "owid.co2", 2000): 3649.227,
        ("CHN", "owid.population", 2000): 1269581120,
        ("CHN", "owid.population", 2001): 1278725010,
    }
    assert facts.notes == ("1 aggregates without an ISO code are left out",)


def test_another_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("country,year,co2\nChina,2000,1\n", encoding="utf-8")
    with pytest.raises(InputError, match="the header lacks iso_code"):
        read_table(request(path))
