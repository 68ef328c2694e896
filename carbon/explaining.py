"""``carbon explain``: one figure taken apart, with every number from the published file."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePath
from typing import Any

import duckdb

from carbon.published import connect_published
from workspace.errors import InputError

LEVELS = ("nation", "region", "province", "city")
_PLACES = """
select distinct entity_level, entity_id, entity_name from bi.carbon_budgets
where lower(entity_name) = lower($place) or entity_name_zh = $place or entity_id = $place
order by all
"""
#: Rows of a level from which a figure of the level above is the sum.
_PARTS = {
    "province": ("city", "province_id"),
    "region": ("province", "region_id"),
    "nation": ("province", None),
}
_PARTS_SHOWN = 5


@dataclass(frozen=True)
class Term:
    """A number that goes into the figure: column, value, unit and meaning."""

    name: str
    value: float | int | str | None
    unit: str | None
    meaning: str


@dataclass(frozen=True)
class File:
    """A file that was read for the figure."""

    path: str
    role: str
    sha256: str
    producer: str | None
    licence: str | None
    is_synthetic: bool | None


@dataclass(frozen=True)
class Explanation:
    """A figure taken apart.

    Attributes
    ----------
    place, entity_level, entity_id, year, measure, label, unit, meaning
        What the figure is.
    value, recomputed : float or None
        As published, and as the formula gives it from the terms.
    formula : str
        SQL over the terms, or the sum that the figure is.
    terms : list of Term
        Numbers of the formula, or the largest parts of the sum.
    cells : list of Term
        What the figure covers: cells, area, shares with data.
    reading : dict
        The choices of the headline, and what other choices give.
    interval : dict
        Low and high, with the verdict that they lead to.
    inputs : list of File
        The files behind the figure.
    """

    place: str
    entity_level: str
    entity_id: str
    year: int
    measure: str
    label: str
    unit: str | None
    meaning: str
    value: float | None
    formula: str
    recomputed: float | None
    terms: list[Term]
    cells: list[Term]
    reading: dict[str, Any]
    interval: dict[str, Any]
    inputs: list[File]


def explain(
    published: Path, place: str, year: int, measure: str, level: str | None = None
) -> Explanation:
    """Take a figure of the published file apart.

    Parameters
    ----------
    published : Path
        The published file.
    place : str
        Name in either language, or id.
    year : int
        A year of the study.
    measure : str
        Such as ``cnc``, ``CNC`` or ``cnc_tgco2``.
    level : str, optional
        One of ``LEVELS``, for a name that places of several levels have.

    Returns
    -------
    Explanation
        Every number read or computed from the file.

    Raises
    ------
    InputError
        If nothing was published, by an older version, or there is no such place, year or measure.
    """
    with connect_published(published) as connection:
        try:
            formulas = _rows(connection, "from meta.formulas")
        except duckdb.CatalogException:
            raise InputError(
                "the published file does not say how its figures are computed",
                where=str(published),
                fix="an older version published it: run carbon build",
            ) from None
        return _Figure(connection, place, year, measure, level, formulas).explanation()


def explanation_text(found: Explanation) -> str:
    """Write an explanation for a terminal."""
    return "\n".join(_lines(found))


def explanation_json(found: Explanation) -> str:
    """Write an explanation as JSON."""
    return json.dumps(asdict(found), ensure_ascii=False, indent=2, default=str)


class _Figure:
    """The figure that is asked for, and where its parts are."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        place: str,
        year: int,
        measure: str,
        level: str | None,
        formulas: list[dict[str, Any]],
    ) -> None:
        self._connection = connection
        self.formula = _formula_of(measure, formulas)
        self.measure = str(self.formula["measure"])
        self.level, self.id, self.name = _place_of(connection, place, level)
        self.year = year
        self.row = self._budget()

    def explanation(self) -> Explanation:
        """Put it all together."""
        described = self._meaning("bi", "carbon_budgets", self.measure)
        is_own = self.formula["table_name"] == "carbon_budgets"
        if is_own or self.level == "city":
            formula, recomputed, terms = self._by_formula(is_own)
        else:
            formula, recomputed, terms = self._by_parts()
        return Explanation(
            place=self.name,
            entity_level=self.level,
            entity_id=self.id,
            year=self.year,
            measure=self.measure,
            label=str(self.formula["label"]),
            unit=described.unit,
            meaning=described.meaning,
            value=self.row[self.measure],
            formula=formula,
            recomputed=recomputed,
            terms=terms,
            cells=self._cells(),
            reading=self._reading(),
            interval=self._interval(),
            inputs=list(self._inputs()),
        )

    def _ask(self, sql: str, *values: object) -> list[dict[str, Any]]:
        return _rows(self._connection, sql, *values)

    def _budget(self) -> dict[str, Any]:
        rows = self._ask(
            "from bi.carbon_budgets where entity_level = ? and entity_id = ? and year = ?",
            *(self.level, self.id, self.year),
        )
        if rows:
            return rows[0]
        (span,) = self._ask("select min(year) as first, max(year) as last from bi.carbon_budgets")
        raise InputError(
            f"the published file has no budget of {self.name} in {self.year}",
            fix=f"choose a year from {span['first']} to {span['last']}",
        )

    def _by_formula(self, is_own: bool) -> tuple[str, float | None, list[Term]]:
        table = str(self.formula["table_name"])
        schema = "bi" if is_own else "marts"
        key = "entity_level = ? and entity_id" if is_own else "city_id"
        values = [self.level, self.id, self.year] if is_own else [self.id, self.year]
        where = f'{schema}."{table}" where {key} = ? and year = ?'
        formula = str(self.formula["formula"])
        (answer,) = self._ask(f"select {formula} as value from {where}", *values)
        rows = self._ask(f"from {where}", *values)
        names = [name for name in rows[0] if re.search(rf"\b{name}\b", formula)] if rows else []
        of = "lithology_name" if rows and "lithology_name" in rows[0] else None
        terms = [
            self._meaning(schema, table, name, row[name], row[of] if of else None)
            for row in rows
            for name in names
        ]
        return formula, answer["value"], terms

    def _by_parts(self) -> tuple[str, float | None, list[Term]]:
        part, column = _PARTS[self.level]
        within = f"and {column} = ?" if column else ""
        rows = self._ask(
            f"select entity_name, {self.measure} as value from bi.carbon_budgets"
            f" where entity_level = ? and year = ? {within} order by abs(value) desc nulls last",
            *[part, self.year, *([self.id] if column else [])],
        )
        unit = self._meaning("bi", "carbon_budgets", self.measure).unit
        terms = [Term(row["entity_name"], row["value"], unit, part) for row in rows[:_PARTS_SHOWN]]
        rest = [row["value"] or 0.0 for row in rows[_PARTS_SHOWN:]]
        if rest:
            terms.append(Term(f"{len(rest)} more", sum(rest), unit, part))
        total = sum(row["value"] or 0.0 for row in rows)
        if self.measure == "ce_tgco2" and self.level == "province":
            (loose,) = self._ask(
                "select unassigned_ce_tgco2 as value from marts.fct_province_carbon_budgets"
                " where province_id = ? and year = ?",
                *(self.id, self.year),
            )
            meaning = self._meaning("marts", "fct_province_carbon_budgets", "unassigned_ce_tgco2")
            terms.append(Term("without a city", loose["value"], unit, meaning.meaning))
            total += loose["value"] or 0.0
        formula = f"sum of {self.measure} over {len(rows)} {part} rows of bi.carbon_budgets"
        return formula, total, terms

    def _meaning(
        self, schema: str, table: str, column: str, value: Any = None, of: str | None = None
    ) -> Term:
        (row,) = self._ask(
            "select unit, description from meta.columns"
            " where schema_name = ? and table_name = ? and column_name = ?",
            *(schema, table, column),
        )
        name = f"{column} of {of}" if of else column
        return Term(name, value, row["unit"], row["description"])

    def _cells(self) -> list[Term]:
        names = ["area_km2", "npp_coverage_ratio", "rcs_coverage_ratio"]
        terms = [self._meaning("bi", "carbon_budgets", name, self.row[name]) for name in names]
        if self.level != "city":
            return terms
        rows = self._ask(
            "from marts.fct_city_terms where city_id = ? and year = ?", *(self.id, self.year)
        )
        names = ["cell_count", "joint_area_km2", "temperature_c", "precipitation_mm", "runoff_mm"]
        return terms + [
            self._meaning("marts", "fct_city_terms", name, row[name])
            for row in rows
            for name in names
        ]

    def _reading(self) -> dict[str, Any]:
        (build,) = self._ask("select vars_json, built_at, git_commit from meta.build")
        choices = json.loads(build["vars_json"])
        prefixes = {"rh": "rh_", "nep": ("rh_", "npp_"), "ecs": ("rh_", "npp_")}
        wanted = prefixes.get(self.measure.split("_")[0], ("rh_", "npp_", "headline_"))
        found = {name: value for name, value in choices.items() if name.startswith(wanted)}
        table, key = f"fct_{self.level}_carbon_budgets", f"{self.level}_id"
        if self.level == "nation":
            table = "fct_national_carbon_budgets"
        if self.measure.startswith(("nep", "ecs", "cnc")):
            rows = self._ask(
                f"select columns('^nep_(monthly|annual).*') from marts.{table}"
                f" where {key} = ? and year = ?",
                *(self.id, self.year),
            )
            found["nep_by_choice_tgco2"] = rows[0] if rows else {}
        return found

    def _interval(self) -> dict[str, Any]:
        low, high = (self.measure.replace("_tgco2", f"_{end}_tgco2") for end in ("low", "high"))
        found = {name: self.row[name] for name in (low, high) if self.row.get(name) is not None}
        if self.measure == "cnc_tgco2":
            found |= {name: self.row[name] for name in ("verdict", "input_grade")}
        return {name: value for name, value in found.items() if name != self.measure}

    def _inputs(self) -> Iterator[File]:
        indicator = {"absorbed": "CNC"}.get(self.measure.split("_")[0])
        indicator = indicator or self.measure.split("_")[0].upper()
        rows = self._ask(
            "select path, role, sha256, producer, licence, is_synthetic from meta.source_files"
            " where role in (select input from ref.ref_indicator_inputs where indicator = $1)"
            " or role in (select $2 || '/' || input from ref.ref_indicator_inputs"
            " where indicator = $1) or role = 'zones' order by role, path",
            *(indicator, self._historical()),
        )
        for row in rows:
            if is_of_year(PurePath(row["path"]).name, self.year):
                yield File(**row)

    def _historical(self) -> str:
        (build,) = self._ask("select vars_json from meta.build")
        return str(json.loads(build["vars_json"])["historical_collection"])


def is_of_year(name: str, year: int) -> bool:
    """Tell whether a file's name leaves open that it holds a year.

    Examples
    --------
    >>> [is_of_year(name, 2001) for name in ("et_2001.tif", "et_2002.tif", "tmp_1999_2003.nc")]
    [True, False, True]
    >>> is_of_year("glim.asc", 2001)
    True
    """
    years = [int(text) for text in re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", name)]
    return not years or min(years) <= year <= max(years)


def _formula_of(measure: str, formulas: list[dict[str, Any]]) -> dict[str, Any]:
    wanted = measure.strip().lower()
    short = {str(row["measure"]).removesuffix("_tgco2"): row for row in formulas}
    named = {str(row["measure"]): row for row in formulas} | short
    if wanted not in named:
        raise InputError(
            f"there is no measure {measure!r}", fix=f"choose one of {', '.join(short)}"
        )
    return named[wanted]


def _place_of(
    connection: duckdb.DuckDBPyConnection, place: str, level: str | None
) -> tuple[str, str, str]:
    if level is not None and level not in LEVELS:
        raise InputError(f"there is no level {level!r}", fix=f"choose one of {', '.join(LEVELS)}")
    found = connection.execute(_PLACES, {"place": place.strip()}).fetchall()
    if level is not None:
        found = [row for row in found if row[0] == level]
    if len(found) == 1:
        return tuple(found[0])
    if found:
        kinds = ", ".join(f"{row[0]} {row[1]}" for row in found)
        raise InputError(
            f"{place} is the name of several places ({kinds})",
            fix=f"add --level, such as --level {found[0][0]}, or give the id",
        )
    names = connection.execute("select distinct entity_name from bi.carbon_budgets").fetchall()
    near = difflib.get_close_matches(place, [name for (name,) in names], n=3)
    kind = f"{level} " if level else "place "
    raise InputError(
        f"the study has no {kind}called {place!r}",
        fix=f"did you mean {' or '.join(near)}?" if near else "see bi.rankings for all places",
    )


def _rows(connection: duckdb.DuckDBPyConnection, sql: str, *values: object) -> list[dict[str, Any]]:
    result = connection.execute(sql, list(values)) if values else connection.execute(sql)
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _lines(found: Explanation) -> Iterator[str]:
    yield f"{found.label}, {found.place} ({found.entity_level} {found.entity_id}), {found.year}"
    yield f"  {_number(found.value)} {found.unit or ''}".rstrip()
    yield f"  {found.meaning}"
    yield ""
    yield f"formula    {found.formula}"
    yield f"           = {_number(found.recomputed)} from the terms"
    for title, terms in (("terms", found.terms), ("cells", found.cells)):
        for number, term in enumerate(terms):
            head = title if number == 0 else ""
            unit = term.unit if term.unit not in (None, "1") else ""
            yield f"{head:<11}{term.name} = {_number(term.value)} {unit}".rstrip()
    for title, facts in (("reading", found.reading), ("interval", found.interval)):
        for number, (name, value) in enumerate(facts.items()):
            yield f"{title if number == 0 else '':<11}{name}: {_fact(value)}"
    for number, file in enumerate(found.inputs):
        made = " (synthetic)" if file.is_synthetic else ""
        head = "files" if number == 0 else ""
        yield f"{head:<11}{file.role}: {file.path}{made}"
        yield f"{'':<11}  sha256 {file.sha256}; {file.producer}; {file.licence}"


def _number(value: object) -> str:
    if value is None:
        return "not known"
    return f"{value:,.10g}" if isinstance(value, float) else str(value)


def _fact(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_number(inner)}" for name, inner in value.items())
    return "null" if value is None else _number(value)
