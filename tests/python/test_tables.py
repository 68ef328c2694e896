"""Statistics tables: what is read from each layout, and what each bad input is told."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.tables.checking import (
    TableRequest,
    read_table,
    read_tables,
)
from ingest.tables.kinds import FUEL_UNITS, KINDS, arrow_schema, empty_table
from workspace.errors import InputError

Rows = Iterable[Sequence[Any]]

CITY_HEADER = ("city_id", "name", "province", "year", "value")
CITY_ROWS = (
    ("110000", "Beijing", "Beijing", 1997, 61.9),
    ("110000", "Beijing", "Beijing", 2017, 85.0),
    ("320200", "无锡市", "Jiangsu", 1997, 20.5),
)


def write_csv(path: Path, rows: Rows, encoding: str = "utf-8", delimiter: str = ",") -> Path:
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def write_xlsx(path: Path, sheets: dict[str, Rows]) -> Path:
    book = openpyxl.Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def tidy(path: Path, **changes: Any) -> TableRequest:
    fields = {"kind": "emissions", "format": "tidy_emissions", "source": "test", "unit": "Mt"}
    return TableRequest(path=path, **(fields | changes))


def refused(request: TableRequest) -> InputError:
    with pytest.raises(InputError) as caught:
        read_table(request)
    assert len(str(caught.value).splitlines()) <= 2
    return caught.value


def test_tidy_emissions_from_csv_xlsx_and_parquet_agree(tmp_path: Path) -> None:
    rows = [CITY_HEADER, *CITY_ROWS]
    columns = dict(zip(CITY_HEADER, zip(*CITY_ROWS, strict=True), strict=True))
    pq.write_table(pa.table({n: list(v) for n, v in columns.items()}), tmp_path / "a.parquet")
    tables = [
        read_table(tidy(path))[0]
        for path in (
            # The name is a trap: a reader that expands patterns would also take ab.csv.
            write_csv(tmp_path / "a[1]*.csv", rows),
            write_csv(tmp_path / "semicolons.csv", rows, delimiter=";"),
            write_csv(tmp_path / "tabs.tsv", rows, delimiter="\t"),
            write_csv(tmp_path / "marked.csv", rows, encoding="utf-8-sig"),
            write_xlsx(tmp_path / "a.xlsx", {"Data": rows}),
            tmp_path / "a.parquet",
        )
    ]
    assert all(table.equals(tables[0]) for table in tables)
    assert tables[0].schema.equals(arrow_schema("emissions"))
    assert tables[0].to_pylist()[2] == {
        "source_id": "test",
        "unit_id": "320200",
        "unit_name": "无锡市",
        "city_id": "320200",
        "city_name": "无锡市",
        "province_id": None,
        "province_name": "Jiangsu",
        "year": 1997,
        "ce_mtco2": 20.5,
    }


def test_units_are_converted_and_the_range_is_told_in_the_file_s_unit(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [CITY_HEADER, *CITY_ROWS])
    table, facts = read_table(tidy(path, unit="10^4 t"))
    np.testing.assert_allclose(table["ce_mtco2"], [0.619, 0.85, 0.205], rtol=1e-15)
    assert (facts.unit, facts.value_min, facts.value_max) == ("10^4 t", 20.5, 85.0)
    assert facts.row_count == 3


def test_columns_can_be_named_in_the_catalogue(tmp_path: Path) -> None:
    header = ("AREA", "name", "province", "t", "tonnes of CO2")
    path = write_csv(tmp_path / "a.csv", [header, *CITY_ROWS])
    columns = {"city_id": "AREA", "year": "t", "ce_mtco2": "tonnes of CO2"}
    assert read_table(tidy(path, columns=columns))[0]["city_id"][0].as_py() == "110000"
    error = refused(tidy(path, columns=columns | {"year": "T"}))
    assert "there is no column 'T'" in error.what
    assert "t" in (error.fix or "")
    assert "not a column of emissions" in refused(tidy(path, columns={"jahr": "t"})).what


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    values=st.dictionaries(
        st.tuples(st.integers(100000, 999999), st.integers(1900, 2100)),
        st.floats(0, 1e9, allow_nan=False),
        min_size=1,
        max_size=12,
    ),
    suffix=st.sampled_from([".csv", ".xlsx", ".parquet"]),
)
def test_what_is_written_is_what_is_read(
    tmp_path: Path, values: dict[tuple[int, int], float], suffix: str
) -> None:
    path = tmp_path / f"round{suffix}"
    rows = [(str(city), year, value) for (city, year), value in values.items()]
    header = ("city_id", "year", "value")
    if suffix == ".csv":
        write_csv(path, [header, *rows])
    elif suffix == ".xlsx":
        write_xlsx(path, {"Data": [header, *rows]})
    else:
        columns = zip(header, zip(*rows, strict=True), strict=True)
        pq.write_table(pa.table({name: list(cells) for name, cells in columns}), path)
    table, _ = read_table(tidy(path))
    read = {(int(row["city_id"]), row["year"]): row["ce_mtco2"] for row in table.to_pylist()}
    if suffix == ".xlsx":
        # The writer of this test, openpyxl, keeps 16 digits of a number.
        values = {key: float(f"{value:.16g}") for key, value in values.items()}
    assert read == values


def with_cell(row: int, column: int, value: Any) -> list[list[Any]]:
    rows = [list(cells) for cells in (CITY_HEADER, *CITY_ROWS)]
    rows[row - 1][column] = value
    return rows


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (with_cell(1, 3, "jahr"), "there is no column 'year'"),
        (with_cell(1, 4, "weight"), "there is no column 'ce_mtco2', or value"),
        (with_cell(3, 3, 1997), "year 1997 stands 2 times in rows 2 and 3"),
        (with_cell(3, 4, -2), "column 'value', row 3: '-2' is negative"),
        (with_cell(3, 4, "n/a"), "column 'value', row 3: 'n/a' is not a number"),
        (with_cell(3, 4, "1,234"), "'1,234' is not a number"),
        (with_cell(3, 4, "1_000"), "'1_000' is not a number"),
        (with_cell(3, 4, "NaN"), "'NaN' is not a finite number"),
        (with_cell(3, 4, "-inf"), "'-inf' is not a finite number"),
        (with_cell(3, 4, "1e999"), "'1e999' is not a finite number"),
        (with_cell(3, 4, ""), "column 'value', row 3: the cell is blank"),
        (with_cell(3, 3, 1997.5), "column 'year', row 3: '1997.5' is not whole"),
        (with_cell(3, 3, 19970), "'19970' lies outside 1900 to 2100"),
        (with_cell(3, 3, "3e9"), "column 'year', row 3: '3e9' is not whole"),
        (with_cell(3, 0, ""), "column 'city_id', row 3: the cell is blank"),
        ([CITY_HEADER, *CITY_ROWS, ("110000", "x", "y", 2000, 1, "extra")], "not a readable CSV"),
        ([], "blank"),
    ],
)
def test_each_bad_row_gets_its_one_error(tmp_path: Path, rows: Rows, said: str) -> None:
    path = write_csv(tmp_path / "bad.csv", rows)
    error = refused(tidy(path))
    assert said in error.what
    assert "bad.csv" in (error.where or "")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"unit": None}, "the unit of 'value' is not declared"),
        ({"unit": "furlong"}, "unit 'furlong' is not known"),
        ({"unit": "MtC"}, "carbon is not carbon dioxide"),
        ({"format": "chen2021"}, "'chen2021' is not a format of emissions"),
        ({"format": "chen2020"}, "chen2020 is not read from .csv"),
        ({"kind": "weather"}, "'weather' is not a kind of table"),
    ],
)
def test_bad_declarations_are_refused(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    path = write_csv(tmp_path / "good.csv", [CITY_HEADER, *CITY_ROWS])
    assert said in refused(tidy(path, **changes)).what


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    assert "does not exist" in refused(tidy(tmp_path / "absent.csv")).what
    (tmp_path / "folder.csv").mkdir()
    assert "cannot be opened" in refused(tidy(tmp_path / "folder.csv")).what
    for name in ("broken.xlsx", "broken.parquet"):
        (tmp_path / name).write_bytes(b"PK\x03\x04 this is no archive")
        assert "not a readable" in refused(tidy(tmp_path / name)).what
    book = write_xlsx(tmp_path / "book.xlsx", {"Data": [CITY_HEADER, *CITY_ROWS], "Empty": []})
    error = refused(tidy(book, sheet="data"))
    assert (error.what, error.fix) == ("there is no sheet 'data'", "its sheets: Data, Empty")
    assert "the table is empty" in refused(tidy(book, sheet="Empty")).what
    chinese = write_csv(tmp_path / "gbk.csv", [CITY_HEADER, *CITY_ROWS], encoding="gb18030")
    assert "UTF-8" in str(refused(tidy(chinese)))


def test_a_header_that_says_its_unit_needs_no_declaration(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [(*CITY_HEADER[:4], "ce_mtco2"), *CITY_ROWS])
    table, facts = read_table(tidy(path, unit=None))
    assert table["ce_mtco2"][0].as_py() == 61.9
    assert facts.unit == "MtCO2"


def test_a_row_needs_a_place_and_a_column_one_header(tmp_path: Path) -> None:
    rows: Rows = [("unit_id", "province", "year", "value"), ("a", "", 2000, 1)]
    assert "row 2 has none of city_id" in refused(tidy(write_csv(tmp_path / "a.csv", rows))).what
    rows = [(*CITY_HEADER, "co2"), *((*row, 1) for row in CITY_ROWS)]
    assert "could both be ce_mtco2" in refused(tidy(write_csv(tmp_path / "b.csv", rows))).what


# The county file of Chen et al. 2020 --------------------------------------------------------------


def chen_rows() -> list[list[Any]]:
    header = ["DISTCODE地区代码", *["County Name"] * 2, *["City Name"] * 2, *["Province Name"] * 2]
    jiangsu = ["江苏省", "Jiangsu Province"]
    return [
        [*header, "C1997", "C1998"],
        [320211, "滨湖区", "Binhu District", "无锡市", "Wuxi City", *jiangsu, 2.0, 2.1],
        ["320211（2）", "新吴区", "Xinwu District", "无锡市", "Wuxi City", *jiangsu, 1.2, 1.3],
        [530802, "思茅区", "Simao", "普洱市", "Pudong City", "云南省", "Yunnan Province", 1, 1],
        [530827, "孟连县", "Menglian", "普洱市", "Puer City", "云南省", "Yunnan Province", 1, 1e-8],
        [429004, "仙桃市", "Xiantao", "仙桃市", "Xiantao City", "湖北省", "Hubei Province", 3, 4],
        [110101, "东城区", "Dongcheng ", "北京市", "Beijing City", "北京市", "Beijing City", 5, 6],
        [110228, "密云县", "Miyun", "北京市", "Beijing City", "北京市", "Beijing City", 7, 8],
        [None] * 9,
        ["Note: the divisions are those of 2010", *[None] * 8],
    ]


def chen(path: Path, **changes: Any) -> TableRequest:
    return tidy(path, **({"format": "chen2020", "unit": None} | changes))


def test_chen_layout_keeps_suffixes_and_drops_footnotes(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "chen.xlsx", {"Unit (Million tons)": chen_rows()})
    table, facts = read_table(chen(path))
    first = [row for row in table.to_pylist() if row["year"] == 1997]
    assert {row["unit_id"]: row["city_id"] for row in first} == {
        "320211": "320200",
        "320211（2）": "320200",
        "530802": "530800",
        "530827": "530800",
        "429004": "429004",
        "110101": "110000",
        "110228": "110000",
    }
    assert sum(row["ce_mtco2"] for row in first) == pytest.approx(20.2)
    assert facts.unit == "Mt"
    said = "; ".join(facts.notes)
    for part in ("7 counties in 4 cities of 4 provinces", "row 10 is a footnote", "320211（2）"):
        assert part in said


def changed(change: Callable[[list[list[Any]]], None]) -> list[list[Any]]:
    rows = chen_rows()
    change(rows)
    return rows


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows[0].__setitem__(3, "City"), "there is no second column 'City Name'"),
        (lambda rows: rows[2].__setitem__(8, "-"), "column 'C1998', row 3: '-' is not a number"),
        (lambda rows: rows[2].__setitem__(7, -1), "column 'C1997', row 3: '-1' is negative"),
        (lambda rows: rows[2].__setitem__(0, "Wuxi"), "row 3: 'Wuxi' is not a county code"),
        (lambda rows: rows[9].__setitem__(7, 3.5), "row 10: 'Note: the divisions"),
        (lambda rows: rows[2].__setitem__(8, None), "column 'C1998', row 3: the cell is blank"),
    ],
)
def test_chen_errors_name_the_cell(
    tmp_path: Path, change: Callable[[list[list[Any]]], None], said: str
) -> None:
    path = write_xlsx(tmp_path / "chen.xlsx", {"Sheet": changed(change)})
    assert said in refused(chen(path)).what


def test_chen_repeated_codes_are_told_apart_visibly(tmp_path: Path) -> None:
    rows = changed(lambda rows: rows[6].__setitem__(0, 320211))
    table, facts = read_table(chen(write_xlsx(tmp_path / "chen.xlsx", {"Sheet": rows})))
    assert "320211（3）" in table["unit_id"].to_pylist()
    assert "the code 320211 stands twice; the second became 320211（3）" in facts.notes


def test_chen_in_another_unit_than_published_is_refused(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "chen.xlsx", {"Sheet": chen_rows()})
    assert "published in Mt" in refused(chen(path, unit="kt")).what
    assert read_table(chen(path, unit="Tg"))[0].num_rows == 14


def test_chen_published_file(shared_data: Path, vectors: dict[str, dict[str, Any]]) -> None:
    path = shared_data / "chen2020_county_co2_1997_2017.xlsx"
    if not path.is_file():
        pytest.skip("the county file of Chen et al. 2020 is not here")
    table, facts = read_table(chen(path))
    counts = vectors["real.chen2020.counts"]["expected"]
    frame = table.to_pandas()
    assert frame.unit_id.nunique() == counts["n_counties"]
    assert frame.groupby(["province_name", "city_name"]).ngroups == counts["n_cities"]
    # One code per city, and none without.
    assert frame.city_id.nunique() == counts["n_cities"]
    assert frame.city_id.notna().all()
    assert frame.province_id.nunique() == counts["n_provinces"]
    assert len(frame) == counts["n_counties"] * 21
    by_province = sorted(frame.groupby("province_id").city_id.nunique())
    assert by_province == sorted(counts["cities_by_province"].values())
    expected = vectors["real.chen2020.national"]
    for year, total in frame.groupby("year").ce_mtco2.sum().items():
        assert total == pytest.approx(expected["expected"]["by_year"][str(year)], abs=1e-3)
    suffixed = [unit for unit in frame.unit_id.unique() if len(unit) > 6]
    assert sorted(suffixed) == ["320211（2）", "320506（2）", "321112（2）"]
    zones = frame[frame.unit_id.isin(suffixed)].groupby("year").ce_mtco2.sum()
    assert zones[2017] == pytest.approx(15.7, abs=0.05)
    assert any("footnote" in note for note in facts.notes)


# Energy balances, drivers, provinces --------------------------------------------------------------


def balances(path: Path, **changes: Any) -> TableRequest:
    fields = {"kind": "energy_balances", "format": "energy_balances", "unit": None}
    return tidy(path, **(fields | changes))


def test_wide_and_tidy_balances_agree(tmp_path: Path) -> None:
    fuels = list(FUEL_UNITS)
    amounts = {fuel: 10.0 + index for index, fuel in enumerate(fuels)}
    wide: Rows = [
        ("province_id", "province_name", "year", *fuels),
        (110000, "Beijing", 1997, *amounts.values()),
        (120000, "Tianjin", 1997, 5, *[None] * 13),
    ]
    long: Rows = [
        ("province_id", "year", "fuel", "consumption", "activity_unit"),
        # The same amounts, partly in other units.
        *(
            (110000, 1997, fuel, amount * 10, "10^3 t")
            if FUEL_UNITS[fuel] == "10^4 t"
            else (110000, 1997, fuel, amount, "亿立方米")
            for fuel, amount in amounts.items()
        ),
        (120000, 1997, "coal", 5, "10^4 t"),
    ]
    from_wide, _ = read_table(
        balances(write_xlsx(tmp_path / "a.xlsx", {"note": [], "data": wide}), sheet="data")
    )
    from_long, _ = read_table(balances(write_csv(tmp_path / "a.csv", long)))
    assert from_wide.schema.equals(arrow_schema("energy_balances"))
    assert from_wide.num_rows == 15
    assert from_wide.equals(from_long)
    in_kilotonnes: Rows = [("province_id", "year", "Coal (kt)"), (110000, 1997, 100)]
    from_kilotonnes, _ = read_table(balances(write_csv(tmp_path / "kt.csv", in_kilotonnes)))
    assert from_kilotonnes["consumption"].to_pylist() == [10.0]
    units = dict(
        zip(from_wide["fuel"].to_pylist(), from_wide["activity_unit"].to_pylist(), strict=True)
    )
    assert units == FUEL_UNITS


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("province_id", "year", "coal", "peat"), (1, 2000, 1, 1)], "'peat' is not a known fuel"),
        ([("province_id", "year"), (1, 2000)], "neither a column 'fuel'"),
        (
            [("province_id", "year", "coal"), (1, 2000, -1)],
            "column 'coal', row 2: '-1' is negative",
        ),
        (
            [("province_id", "year", "coal"), (1, 2000, "x")],
            "column 'coal', row 2: 'x' is not a num",
        ),
        ([("province_id", "coal"), (1, 2)], "there is no column 'year'"),
        (
            [("province_id", "year", "fuel", "value"), (1, 2000, "peat", 1)],
            "column 'fuel', row 2: 'peat' is not a known fuel",
        ),
        (
            [("province_id", "year", "coal", "Coal_10k_t"), (1, 2000, 1, 1)],
            "two columns hold the fuel 'coal'",
        ),
        (
            [("province_id", "year", "coal (10^8 m3)"), (1, 2000, 1)],
            "unit '10^8 m3' cannot become '10^4 t'",
        ),
        (
            [("province_id", "year", "fuel", "value", "activity_unit"), (1, 2000, "coal", 1, "m3")],
            "unit 'm3' cannot become '10^4 t'",
        ),
        (
            [("province_id", "year", "coal"), (1, 2000, 1), (1, 2000, 2)],
            "province_id '1', year 2000, fuel 'coal' stands 2 times",
        ),
    ],
)
def test_bad_balances(tmp_path: Path, rows: Rows, said: str) -> None:
    error = refused(balances(write_csv(tmp_path / "bad.csv", rows)))
    assert said in error.what
    if "known fuel" in said:
        assert "liquefied_natural_gas" in (error.fix or "")


def test_drivers_come_in_base_units(tmp_path: Path) -> None:
    header = (
        "year",
        "population_10k",
        "urban_ratio_pct",
        "gdp_100m_yuan_current",
        "gdp_index_preceding_year_100",
        "secondary_industry_pct",
        "energy_consumption_10k_tce",
        "coal_share_pct",
    )
    path = write_csv(
        tmp_path / "d.csv", [header, (1997, 123626, 31.91, 79715.0, 109.2, 47.1, 135909, 71.4)]
    )
    request = tidy(path, kind="drivers", format="drivers", unit=None)
    (row,) = read_table(request)[0].to_pylist()
    assert (row["entity_level"], row["entity_id"]) == ("nation", "100000")
    assert row["population_persons"] == 1.23626e9
    assert row["gdp_lcu"] == 7.9715e12
    assert row["gdp_volume_ratio"] == pytest.approx(1.092, rel=1e-12)
    assert row["energy_tce"] == 1.35909e9
    assert row["urban_ratio"] == pytest.approx(0.3191, rel=1e-12)
    assert (
        "takes units from its headers" in refused(tidy(path, kind="drivers", format="drivers")).what
    )
    write_csv(path, [("year", "urban_ratio"), (1997, 31.91)])
    assert "lies outside 0 to 1" in refused(request).what


def test_provinces(tmp_path: Path) -> None:
    header = ("province_id", "province_name", "province_name_zh", "economic_region", "in_study")
    rows = [header, ("540000", "Tibet", "西藏自治区", "", "False")]
    request = tidy(
        write_csv(tmp_path / "p.csv", rows), kind="provinces", format="provinces", unit=None
    )
    (row,) = read_table(request)[0].to_pylist()
    assert row["region_name"] is None
    assert row["in_study"] is False
    write_csv(tmp_path / "p.csv", [header, ("540000", "Tibet", "西藏自治区", "", "maybe")])
    assert "'maybe' is neither true nor false" in refused(request).what


# Published layouts for comparison -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("corner", "total", "scope"),
    [
        (None, "Total Consumption", "Scope 1 Total"),
        ("Emission_Inventory", "TotalEmissions", "Scope_1_Total"),
    ],
)
def test_ceads_inventories(tmp_path: Path, corner: str | None, total: str, scope: str) -> None:
    sectors = [f"Sector {number}" for number in range(1, 48)]
    sheet: Rows = [
        (corner, "Raw Coal", "Natural_Gas", "Process", scope),
        (total, 47.0, 23.5, 1.5, 72.0),
        *((sector, 1.0, 0.5, None, 1.5) for sector in sectors),
    ]
    book = {"NOTE": [("CEADs",)], "Beijing1997": sheet, "Inner mongolia1997": sheet}
    request = tidy(
        write_xlsx(tmp_path / "ceads.xlsx", book),
        kind="inventories",
        format="ceads_inventory",
        unit=None,
    )
    table, facts = read_table(request)
    assert set(table["province_id"].to_pylist()) == {"110000", "150000"}
    totals = [
        row["ce_mtco2"]
        for row in table.to_pylist()
        if row["sector"] == "total" and row["fuel"] == "Scope 1 Total"
    ]
    assert totals == [72.0, 72.0]
    assert len(set(table["sector"].to_pylist())) == 48
    assert facts.notes == ("sheets passed over: NOTE",)
    write_xlsx(tmp_path / "ceads.xlsx", {"Sheet1": sheet})
    assert "no sheet is named by a province" in refused(request).what


def test_world_bank_download(tmp_path: Path) -> None:
    named = ("GDP (current US$)", "NY.GDP.MKTP.CD")
    rows: Rows = [
        ("Data Source", "World Development Indicators", ""),
        (),
        ("Last Updated Date", "2024-01-01", ""),
        (),
        ("Country Name", "Country Code", "Indicator Name", "Indicator Code", "2000", "2001", ""),
        ("China", "CHN", *named, "1211331651829.43", "1339400897105.22", ""),
        ("Aruba", "ABW", *named, "", "1896456983.24022", ""),
    ]
    path = write_csv(tmp_path / "API.csv", rows, encoding="utf-8-sig")
    request = tidy(path, kind="countries", format="world_bank", unit=None)
    table, _ = read_table(request)
    assert [(r["country_code"], r["year"], r["value"]) for r in table.to_pylist()] == [
        ("ABW", 2001, 1896456983.24022),
        ("CHN", 2000, 1211331651829.43),
        ("CHN", 2001, 1339400897105.22),
    ]
    write_csv(path, rows[:4] if isinstance(rows, list) else [])
    assert "there is no header row" in refused(request).what


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig"])
def test_yearbook_export(tmp_path: Path, encoding: str) -> None:
    rows: Rows = [
        ("数据库：年度数据",),
        ("时间：最近10年",),
        ("指标", "2017年", "1997年"),
        ("年末总人口(万人)", 139008, 123626),
        ("城镇人口(万人)", 81347, 39449),
        ("国内生产总值(亿元)", 832035.9, 79715.0),
        ("国内生产总值指数(上年=100)", 106.9, 109.2),
        ("第二产业增加值(亿元)", 331580.5, ""),
        ("能源消费总量(万吨标准煤)", 455827, 135909),
        ("人均国内生产总值(元)", 59592, 6481),
        ("数据来源：国家统计局",),
    ]
    path = write_csv(tmp_path / "年度数据.csv", rows, encoding=encoding)
    request = tidy(path, kind="drivers", format="nbsc_yearbook", unit=None)
    table, facts = read_table(request)
    early, late = table.to_pylist()
    assert (early["year"], late["year"]) == (1997, 2017)
    assert late["population_persons"] == 1.39008e9
    assert late["urban_ratio"] == pytest.approx(81347 / 139008)
    assert late["energy_tce"] == 4.55827e9
    assert late["gdp_volume_ratio"] == pytest.approx(1.069)
    assert early["secondary_industry_ratio"] is None
    assert early["coal_ratio"] is None
    assert facts.notes == ("series left out: 人均国内生产总值(元)",)


# The whole ----------------------------------------------------------------------------------------


def test_every_kind_exists_even_when_no_file_fills_it(tmp_path: Path) -> None:
    nothing = read_tables([])
    assert set(nothing.tables) == set(KINDS)
    for kind, table in nothing.tables.items():
        assert table.equals(empty_table(kind))
    path = write_csv(tmp_path / "a.csv", [CITY_HEADER, *CITY_ROWS])
    both = read_tables([tidy(path), tidy(path, source="other")])
    assert both.tables["emissions"].num_rows == 6
    assert [facts.source_id for facts in both.files] == ["test", "other"]
    with pytest.raises(InputError, match="stands 2 times"):
        read_tables([tidy(path), tidy(path)])
