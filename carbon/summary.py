"""The answer of a published file in five plain lines, and what to be careful with.

``carbon summary`` prints them, and so does ``make warehouse`` at its end.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb

from carbon.published import connect_published
from workspace.errors import InputError

_WIDTH = 96
_MARGIN = 10
#: Verdicts of fct_city_verdicts as the summary words them, from surplus to deficit.
_VERDICTS = {
    "robust surplus": "surely absorb more than they emit",
    "likely surplus": "probably do",
    "undecided": "undecided",
    "likely deficit": "probably emit more",
    "robust deficit": "surely do",
}
_BALANCE = """
    select headline_id, value, low, high, period, unit
    from marts.fct_headlines where headline_id in ('absorbed_ratio', 'national_cnc')
"""
_CITIES = """
    select coalesce(verdict, 'no verdict') as verdict, count(*) as city_count
    from marts.fct_city_verdicts where is_period_mean group by all
"""
_LATER = """
    select
        scenario, neutrality_year, last_year, ce_cut_2060_ratio, ce_cut_2060_low_ratio,
        ce_cut_2060_high_ratio
    from marts.fct_neutrality_paths where entity_level = 'nation' order by scenario
"""
_CHECKS = """
    select check_id, value, low, high
    from marts.fct_plausibility_checks
    where is_summary and not is_plausible order by check_id
"""
_SOURCES = """
    select source_id from meta.sources
    where input_grade in ('synthetic', 'assumed') order by source_id
"""


def summary(published_file: Path, atlas: Path) -> str:
    """Say what a published file answers.

    Parameters
    ----------
    published_file : Path
        The file.
    atlas : Path
        Folder of the atlas; its first page is named if it is there.

    Returns
    -------
    str
        Five paragraphs with a heading each: the nation's balance in Tg CO2 a year with its
        interval, verdicts on the cities, 2060, what to be careful with, and where to look.

    Raises
    ------
    InputError
        If nothing was published, or by a version without these tables.
    """
    with connect_published(published_file) as connection:
        lines = {
            "balance": _balance(_rows(connection, _BALANCE, published_file)),
            "cities": _cities(_rows(connection, _CITIES, published_file)),
            "2060": _later(_rows(connection, _LATER, published_file)),
            "careful": " ".join(
                _cautions(
                    _rows(connection, _CHECKS, published_file),
                    _rows(connection, _SOURCES, published_file),
                )
            ),
            "look": _look(published_file, atlas),
        }
    return "\n".join(_paragraph(head, text) for head, text in lines.items())


def failed_checks(published_file: Path) -> str:
    """Say in a sentence which figures of the nation lie outside what others published.

    Parameters
    ----------
    published_file : Path
        The file.

    Returns
    -------
    str
        Empty if all checks hold, or if there are none: a project that was changed may lack them.
    """
    with connect_published(published_file) as connection:
        try:
            return _outside(_rows(connection, _CHECKS, published_file))
        except InputError:
            return ""


def _rows(connection: duckdb.DuckDBPyConnection, sql: str, path: Path) -> list[dict[str, Any]]:
    try:
        result = connection.execute(sql)
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise InputError(
            f"was published by another version ({str(error).splitlines()[0]})",
            where=str(path),
            fix="run: carbon build",
        ) from None
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _balance(rows: list[dict[str, Any]]) -> str:
    found = {row["headline_id"]: row for row in rows if row["value"] is not None}
    if "national_cnc" not in found:
        return "not known: the file lacks emissions or sinks of the nation"
    balance = found["national_cnc"]
    text = (
        f"{balance['value']:,.0f} Tg CO2 a year, {_between(balance, '{:,.0f}')}"
        f" (mean of {balance['period']})"
    )
    share = found.get("absorbed_ratio")
    if share is None:
        return text
    return f"{text}: {share['value']:.0%} of emissions are absorbed, {_between(share, '{:.0%}')}"


def _between(row: Mapping[str, Any], form: str) -> str:
    if row["low"] is None or row["high"] is None:
        return "range not known"
    return f"between {form.format(row['low'])} and {form.format(row['high'])}"


def _cities(rows: list[dict[str, Any]]) -> str:
    counts = {row["verdict"]: row["city_count"] for row in rows}
    told = [f"{counts.get(verdict, 0)} {words}" for verdict, words in _VERDICTS.items()]
    if counts.get("no verdict"):
        told.append(f"{counts['no verdict']} without a verdict")
    return f"of {sum(counts.values())}: {', '.join(told)}"


def _later(rows: list[dict[str, Any]]) -> str:
    return "; ".join(_path(row) for row in rows) or "no scenarios in this file"


def _path(row: Mapping[str, Any]) -> str:
    if row["neutrality_year"] is not None:
        return f"{row['scenario']}: neutral from {row['neutrality_year']}"
    cut = row["ce_cut_2060_ratio"]
    if cut is None:
        return f"{row['scenario']}: not neutral by {row['last_year']}"
    ends = {"low": row["ce_cut_2060_low_ratio"], "high": row["ce_cut_2060_high_ratio"]}
    return (
        f"{row['scenario']}: not neutral; {cut:.0%} of its emissions would have to go,"
        f" {_between(ends, '{:.0%}')}"
    )


def _cautions(checks: list[dict[str, Any]], sources: list[dict[str, Any]]) -> Iterator[str]:
    yield _outside(checks) or "No figure lies outside what others published."
    names = ", ".join(row["source_id"].replace("_", " ") for row in sources)
    if names:
        yield f"Synthetic or assumed: {names}."


def _outside(checks: list[dict[str, Any]]) -> str:
    return " ".join(
        f"Not plausible: {row['check_id']} is {row['value']:,.0f} Tg CO2 a year, others found"
        f" {row['low']:,.0f} to {row['high']:,.0f}."
        for row in checks
    )


def _look(published_file: Path, atlas: Path) -> str:
    page = atlas / "index.html"
    seen = f"open {page} in a browser" if page.is_file() else "draw the atlas: carbon atlas"
    return f'{seen}; ask {published_file}: carbon query "from fct_headlines"'


def _paragraph(head: str, text: str) -> str:
    return textwrap.fill(
        f"{head:<{_MARGIN}}{text}",
        width=_WIDTH,
        subsequent_indent=" " * _MARGIN,
        break_long_words=False,
        break_on_hyphens=False,
    )
