"""County-level CO2 of Chen et al. 2020 (Scientific Data 7:391), 1997-2017, as published in XLSX.

One row per county in the divisions of 2010, one column per year (``C1997`` ... ``C2017``), in
million tonnes of CO2; county, city and province each stand twice, in Chinese and in English. Three
things need care.

* Below the data come a blank row and a footnote.
* Three development zones share the six digits of a neighbouring district and carry a suffix,
  such as ``320211（2）``. Their codes are kept as written: cast to integers, or cut to six
  digits, they would vanish from a join or collide, and with them up to 15.7 Mt a year.
* English names are not keys: Pu'er stands there as both "Puer City" and "Pudong City". Cities are
  told apart by their Chinese names, of which there are 353.

The file has no city codes. They follow from the county codes (GB/T 2260), of which the first four
digits name the prefecture, with two exceptions that `city_ids` covers.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from ingest.tables.kinds import SOURCE_COLUMN, TableKind
from ingest.tables.reading import (
    Adapted,
    Format,
    TableRequest,
    found,
    read_workbook,
    sheet_from_rows,
    text_table,
)
from workspace.errors import InputError

_CODE = "DISTCODE地区代码"
_NAMES = ("County Name", "City Name", "Province Name")
_YEAR = re.compile(r"^C(\d{4})$")
_COUNTY_CODE = re.compile(r"^\d{6}(\D.*)?$")
#: Far below any county (the next value is 7.7e-5 Mt): the file writes it where it has no estimate.
_FILL = "1e-08"


def adapt(request: TableRequest, kind: TableKind) -> Adapted:
    """Bring the workbook into the columns of ``emissions``, one row per county and year.

    Raises
    ------
    InputError
        If the workbook has not the published headers, or a code is not a county code.
    """
    rows = read_workbook(request)
    data, left_out = _without_footnotes(rows)
    sheet = sheet_from_rows(data, request)
    years = [header for header in sheet.headers if _YEAR.match(header)]
    # The first of each pair is Chinese. Were it missing, the English one would pass for it.
    wanted_headers = (_CODE, *_NAMES, *(f"{name} (2)" for name in _NAMES))
    missing = [header for header in wanted_headers if header not in sheet.headers]
    if missing or not years:
        wanted = missing[0].removesuffix(" (2)") if missing else "C1997"
        twice = "second " if missing and missing[0].endswith(" (2)") else ""
        raise InputError(
            f"there is no {twice}column {wanted!r}, so this is not the table of Chen et al. 2020",
            where=request.where,
            fix=found(sheet, wanted),
        )
    arrow = sheet.table.to_pyarrow()
    columns = {name: [_blank(value) for value in arrow[name].to_pylist()] for name in sheet.headers}
    lines = arrow["source_row"].to_pylist()
    for line, code in zip(lines, columns[_CODE], strict=True):
        if code is None or not _COUNTY_CODE.match(code):
            raise InputError(
                f"column {_CODE!r}, row {line}: {code!r} is not a county code",
                where=request.where,
                fix="codes have six digits, with or without a suffix such as （2）",
            )
    codes, repeated = distinct_codes([code or "" for code in columns[_CODE]])
    counties, cities, provinces = (columns[name] for name in _NAMES)
    by_city = city_ids(codes, cities, provinces)
    count = len(codes)
    out: dict[str, list[str | None]] = {
        "unit_id": [*codes] * len(years),
        "unit_name": counties * len(years),
        "city_id": [
            by_city.get((province, city)) for province, city in zip(provinces, cities, strict=True)
        ]
        * len(years),
        "city_name": cities * len(years),
        "province_id": [*(f"{code[:2]}0000" for code in codes)] * len(years),
        "province_name": provinces * len(years),
        "year": [year[1:] for year in years for _ in range(count)],
        "ce_mtco2": [value for year in years for value in columns[year]],
        SOURCE_COLUMN: [year for year in years for _ in range(count)],
    }
    notes = [
        f"{count:,} counties in {len(set(zip(provinces, cities, strict=True)))} cities of "
        f"{len(set(provinces))} provinces",
        *left_out,
        *repeated,
    ]
    suffixed = [code for code in codes if len(code) > 6]
    if suffixed:
        notes.append(f"codes with a suffix, kept as written: {', '.join(suffixed)}")
    filled = [
        code for index, code in enumerate(codes) if any(columns[y][index] == _FILL for y in years)
    ]
    if filled:
        notes.append(
            f"{len(filled)} counties hold the placeholder {_FILL} Mt in some years, kept as written"
        )
    unplaced = sorted({str(city) for (_, city), city_id in by_city.items() if city_id is None})
    if unplaced:
        notes.append(f"cities without a code of their own: {', '.join(unplaced)}")
    return Adapted(
        table=text_table(out, lines * len(years)),
        headers={
            "unit_id": _CODE,
            "unit_name": "County Name",
            "city_name": "City Name",
            "province_name": "Province Name",
        },
        units={"ce_mtco2": "Mt"},
        notes=tuple(notes),
    )


def city_ids(
    codes: Sequence[str], cities: Sequence[str | None], provinces: Sequence[str | None]
) -> dict[tuple[str | None, str | None], str | None]:
    """Derive each city's adcode from the codes of its counties.

    Parameters
    ----------
    codes, cities, provinces : sequence of str
        Of each county, in the same order.

    Returns
    -------
    dict
        ``(province, city)`` to adcode: the first four digits and ``00`` for a prefecture; the
        province's own code for a municipality, whose districts and counties have different
        prefixes; the county's own code for a unit that the province administers itself (third and
        fourth digits ``90``). None where counties of one city disagree in another way, or two
        cities would get the same code.

    Examples
    --------
    >>> city_ids(["340102", "110101", "110228", "429004"],
    ...          ["合肥市", "北京市", "北京市", "仙桃市"], ["安徽省", "北京市", "北京市", "湖北省"])
    {('安徽省', '合肥市'): '340100', ('北京市', '北京市'): '110000', ('湖北省', '仙桃市'): '429004'}
    """
    members: dict[tuple[str | None, str | None], list[str]] = defaultdict(list)
    for code, city, province in zip(codes, cities, provinces, strict=True):
        members[(province, city)].append(code)
    cities_of_province = Counter(own[0][:2] for own in members.values())
    derived: dict[tuple[str | None, str | None], str | None] = {}
    for place, own in members.items():
        prefixes = {code[:4] for code in own}
        whole_province = cities_of_province[own[0][:2]] == 1 and place[0] == place[1]
        if whole_province:
            derived[place] = f"{own[0][:2]}0000"
        elif len(own) == 1 and own[0][2:4] == "90":
            derived[place] = own[0]
        elif len(prefixes) == 1:
            derived[place] = f"{own[0][:4]}00"
        else:
            derived[place] = None
    shared = Counter(city_id for city_id in derived.values() if city_id is not None)
    return {
        place: city_id if city_id is None or shared[city_id] == 1 else None
        for place, city_id in derived.items()
    }


def distinct_codes(codes: Sequence[str]) -> tuple[list[str], list[str]]:
    """Tell repeated codes apart the way the file itself does, by a number in brackets.

    Returns
    -------
    list of str
        As many codes, all different.
    list of str
        A sentence for each code that was changed.

    Examples
    --------
    >>> distinct_codes(["320211", "320211"])
    (['320211', '320211（2）'], ['the code 320211 stands twice; the second became 320211（2）'])
    """
    taken = set(codes)
    seen: set[str] = set()
    distinct, notes = [], []
    for code in codes:
        own = code
        if code in seen:
            number = 2
            while (own := f"{code}（{number}）") in taken:
                number += 1
            notes.append(f"the code {code} stands twice; the second became {own}")
            taken.add(own)
        seen.add(own)
        distinct.append(own)
    return distinct, notes


def _without_footnotes(
    rows: Sequence[tuple[int, list[str | None]]],
) -> tuple[list[tuple[int, list[str | None]]], list[str]]:
    """Leave out what stands below the data: blank rows, and text alone in the first cell."""
    last = len(rows)
    notes = []
    while last > 1 and not any(rows[last - 1][1][1:]):
        cells = rows[last - 1][1]
        if cells and cells[0] and _COUNTY_CODE.match(cells[0]):
            break
        if cells and cells[0]:
            notes.append(f"row {rows[last - 1][0]} is a footnote, left out: {cells[0]}")
        last -= 1
    return list(rows[:last]), notes


def _blank(value: str | None) -> str | None:
    return (value or "").strip() or None


FORMATS = (
    Format(
        name="chen2020",
        kind="emissions",
        suffixes=(".xlsx",),
        layout="Chen et al. 2020: one row per county, C1997 to C2017 in Mt CO2",
        adapt=adapt,
    ),
)
