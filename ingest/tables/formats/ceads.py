"""CEADs provincial inventories: one workbook a year, one sheet per province, in Mt CO2.

Sheets are named by province and year (``Beijing1997``, ``InnerMongolia2005``); others hold notes
and sums and are passed over. Rows are 47 sectors and a total, columns are fuels, cement process and
totals by scope. Two spellings are in circulation: ``Total Consumption`` and ``Scope 1 Total`` under
a blank corner cell, and ``TotalEmissions`` and ``Scope_1_Total`` under ``Emission_Inventory``. Both
become ``total`` and ``Scope 1 Total``. The scope 1 total includes cement process emissions.
"""

from __future__ import annotations

import re

from ingest.tables.kinds import SOURCE_COLUMN, TableKind
from ingest.tables.reading import (
    Adapted,
    Format,
    TableRequest,
    text_table,
    workbook_sheets,
)
from workspace.errors import InputError

_SHEET = re.compile(r"^([A-Za-z' ]+?)[\s_-]*(\d{4})$")
_TOTALS = ("totalconsumption", "totalemissions", "total")

#: English names as CEADs writes them (blanks and case vary) and adcodes of its 30 provinces.
_PROVINCES = {
    "Beijing": "110000",
    "Tianjin": "120000",
    "Hebei": "130000",
    "Shanxi": "140000",
    "Inner Mongolia": "150000",
    "Liaoning": "210000",
    "Jilin": "220000",
    "Heilongjiang": "230000",
    "Shanghai": "310000",
    "Jiangsu": "320000",
    "Zhejiang": "330000",
    "Anhui": "340000",
    "Fujian": "350000",
    "Jiangxi": "360000",
    "Shandong": "370000",
    "Henan": "410000",
    "Hubei": "420000",
    "Hunan": "430000",
    "Guangdong": "440000",
    "Guangxi": "450000",
    "Hainan": "460000",
    "Chongqing": "500000",
    "Sichuan": "510000",
    "Guizhou": "520000",
    "Yunnan": "530000",
    "Shaanxi": "610000",
    "Gansu": "620000",
    "Qinghai": "630000",
    "Ningxia": "640000",
    "Xinjiang": "650000",
}
_BY_PLAIN_NAME = {name.replace(" ", "").lower(): name for name in _PROVINCES}


def adapt(request: TableRequest, kind: TableKind) -> Adapted:
    """Bring the sheets of a workbook into one row per province, year, sector and fuel.

    Raises
    ------
    InputError
        If no sheet is named by province and year, or a sheet is not laid out as an inventory.
    """
    names = ("province_id", "province_name", "year", "sector", "fuel", "ce_mtco2", SOURCE_COLUMN)
    out: dict[str, list[str | None]] = {name: [] for name in names}
    lines: list[int] = []
    passed_over = []
    for sheet, rows in workbook_sheets(request).items():
        match = _SHEET.match(sheet.strip())
        province = _BY_PLAIN_NAME.get(re.sub(r"\s", "", match[1]).lower()) if match else None
        if match is None or province is None:
            passed_over.append(sheet)
            continue
        filled = [(number, cells) for number, cells in rows if any(cells)]
        header = filled[0][1] if filled else []
        plain = [_plain(cell) for cell in header]
        if "scope1total" not in plain:
            raise InputError(
                f"sheet {sheet!r} has no column 'Scope 1 Total' in its first row",
                where=request.where,
                fix="the first row should name the fuels and the totals",
            )
        for number, cells in filled[1:]:
            if not cells[0] or not any(cells[1:]):
                continue
            sector = "total" if _plain(cells[0]) in _TOTALS else _spaced(cells[0])
            for fuel, value in zip(header[1:], cells[1:], strict=False):
                if fuel and value:
                    row = (province, match[2], sector, _spaced(fuel), value, f"{sheet}!{fuel}")
                    for name, cell in zip(names[1:], row, strict=True):
                        out[name].append(cell)
                    out["province_id"].append(_PROVINCES[province])
                    lines.append(number)
    if not lines:
        raise InputError(
            "no sheet is named by a province and a year, such as Beijing1997",
            where=request.where,
            fix=f"its sheets: {', '.join(passed_over[:10])}",
        )
    notes = (f"sheets passed over: {', '.join(passed_over)}",) if passed_over else ()
    return Adapted(table=text_table(out, lines), units={"ce_mtco2": "Mt"}, notes=notes)


def _plain(cell: str | None) -> str:
    return re.sub(r"[\s_]", "", cell or "").lower()


def _spaced(cell: str) -> str:
    """Undo underscores and double blanks.

    Examples
    --------
    >>> _spaced("Scope_1_Total"), _spaced("Raw  Coal")
    ('Scope 1 Total', 'Raw Coal')
    """
    return re.sub(r"[\s_]+", " ", cell).strip()


FORMATS = (
    Format(
        name="ceads_inventory",
        kind="inventories",
        suffixes=(".xlsx",),
        layout="CEADs: one sheet per province and year, sectors by fuels, in Mt CO2",
        adapt=adapt,
        reads_all_sheets=True,
    ),
)
