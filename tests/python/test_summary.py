"""The answer in five lines: each figure is the file's own, and what fails its check is named."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from carbon.summary import failed_checks, summary
from workspace.errors import InputError

_TABLES = """
    create schema marts; create schema meta;
    create table marts.fct_headlines as from (values
        ('national_cnc', -5000.4, -8000.0, 100.0, '2001-2005', 'Tg CO2 yr-1'),
        ('absorbed_ratio', 0.25, -0.1, 0.5, '2001-2005', '1')
    ) as h (headline_id, value, low, high, period, unit);
    create table marts.fct_city_verdicts as
        select true as is_period_mean, verdict from (values
            ('robust surplus'), ('undecided'), ('undecided'), ('robust deficit'), (null)
        ) as v (verdict)
        union all select false, 'likely surplus';
    create table marts.fct_neutrality_paths as from (values
        ('nation', 'A2', null, 2060, 0.8, 0.7, 0.95), ('nation', 'B1', 2055, 2060, 0, 0, 0.2),
        ('nation', 'C', null, 2050, null, null, null), ('city', 'A2', 2030, 2060, 0, 0, 0)
    ) as p (entity_level, scenario, neutrality_year, last_year, ce_cut_2060_ratio,
        ce_cut_2060_low_ratio, ce_cut_2060_high_ratio);
    create table marts.fct_plausibility_checks as from (values
        ('NEP of the nation', true, 4500.0, 600.0, 1200.0, false),
        ('somebody 2010', false, 4500.0, 600.0, 1200.0, false),
        ('CE of the nation', true, 7000.0, 6000.0, 8000.0, true)
    ) as c (check_id, is_summary, value, low, high, is_plausible);
    create table meta.sources as from (values
        ('energy_balances', 'synthetic'), ('climate', 'modelled'), ('drivers', 'assumed')
    ) as s (source_id, input_grade);
"""


@pytest.fixture
def published(tmp_path: Path) -> Path:
    path = tmp_path / "carbon_budget.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(_TABLES)
    return path


def paragraphs(text: str) -> dict[str, str]:
    """The five paragraphs by their heading, unwrapped."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        head, rest = line[:10].strip(), line[10:]
        if head:
            found[head] = rest
        else:
            found[list(found)[-1]] += f" {rest}"
    return found


def test_the_answer_has_five_lines(published: Path, tmp_path: Path) -> None:
    text = paragraphs(summary(published, tmp_path / "atlas"))
    assert list(text) == ["balance", "cities", "2060", "careful", "look"]
    assert text["balance"] == (
        "-5,000 Tg CO2 a year, between -8,000 and 100 (mean of 2001-2005): 25% of emissions are"
        " absorbed, between -10% and 50%"
    )
    assert text["cities"] == (
        "of 5: 1 surely absorb more than they emit, 0 probably do, 2 undecided,"
        " 0 probably emit more, 1 surely do, 1 without a verdict"
    )
    assert text["2060"] == (
        "A2: not neutral; 80% of its emissions would have to go, between 70% and 95%;"
        " B1: neutral from 2055; C: not neutral by 2050"
    )
    assert text["careful"] == (
        "Not plausible: NEP of the nation is 4,500 Tg CO2 a year, others found 600 to 1,200."
        " Synthetic or assumed: drivers, energy balances."
    )
    assert text["look"].startswith("draw the atlas: carbon atlas")


def test_what_is_not_there_is_said(published: Path, tmp_path: Path) -> None:
    (tmp_path / "atlas").mkdir()
    (tmp_path / "atlas" / "index.html").touch()
    with duckdb.connect(str(published)) as connection:
        connection.execute("""
            update marts.fct_headlines set value = null, low = null, high = null;
            delete from marts.fct_neutrality_paths;
            update marts.fct_plausibility_checks set is_plausible = null where check_id like 'NEP%';
            delete from meta.sources;
        """)
    text = paragraphs(summary(published, tmp_path / "atlas"))
    assert text["balance"] == "not known: the file lacks emissions or sinks of the nation"
    assert text["2060"] == "no scenarios in this file"
    assert text["careful"] == "No figure lies outside what others published."
    assert text["look"].startswith("open ")
    assert failed_checks(published) == ""


def test_a_file_without_the_tables_is_rejected(published: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(published)) as connection:
        connection.execute("drop table marts.fct_plausibility_checks")
    assert failed_checks(published) == ""
    with pytest.raises(InputError, match="another version"):
        summary(published, tmp_path)
    with pytest.raises(InputError, match="nothing was published yet"):
        summary(tmp_path / "none.duckdb", tmp_path)
