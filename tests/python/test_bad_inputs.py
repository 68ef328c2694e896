"""Bad input: two lines at most, exit code 2, and everything that stood before stands after."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from carbon import cli
from tests.helpers.miniature import (
    CITIES,
    HEIGHT,
    WIDTH,
    Miniature,
    catalogue_content,
    folder_bytes,
    ingest,
    raw_tables,
    settings_of,
    write_catalogue,
    write_netcdf,
    write_tiff,
    write_zones,
)
from workspace.settings import Settings

pytestmark = pytest.mark.slow

ONES = np.ones((HEIGHT, WIDTH))


@dataclass(frozen=True)
class Bad:
    """A country's files and catalogue, for a fault to be put in."""

    folder: Path
    content: dict[str, Any]

    def layer(self, index: int) -> dict[str, Any]:
        layer: dict[str, Any] = self.content["collections"]["historical"]["layers"][index]
        return layer

    def edit_emissions(self, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
        """Change the emissions, which other faults leave out to be quick."""
        self.content["tables"] = catalogue_content()["tables"]
        path = self.folder / "emissions.csv"
        change(pd.read_csv(path)).to_csv(path, index=False)


def kelvin(bad: Bad) -> None:
    write_netcdf(bad.folder / "temperature_2002.nc", "tmp", np.full((12, 6, 8), 285.0), 2002)


def negative_rain(bad: Bad) -> None:
    values = ONES.copy()
    values[0, :2] = -999
    write_tiff(bad.folder / "rain_2001_06.tif", values)


def fill_codes(bad: Bad) -> None:
    bad.layer(3)["nodata"] = -9999
    values = 300 * ONES
    values[0, 0] = 3276.6
    write_tiff(bad.folder / "npp_2003.tif", values, scale=0.1, dtype="int16")


def no_crs(bad: Bad) -> None:
    write_tiff(bad.folder / "et_2001.tif", ONES, crs=None)


def other_crs(bad: Bad) -> None:
    write_tiff(bad.folder / "et_2001.tif", ONES, crs="EPSG:3857")


def no_nodata(bad: Bad) -> None:
    write_tiff(bad.folder / "et_2002.tif", ONES, nodata=None)


def no_overlap(bad: Bad) -> None:
    write_tiff(bad.folder / "et_2003.tif", ONES, west=100)


def beside_the_zones(bad: Bad) -> None:
    write_tiff(bad.folder / "et_2003.tif", ONES[:, :1], west=17)


def missing_month(bad: Bad) -> None:
    (bad.folder / "rain_2002_07.tif").unlink()


def missing_time_step(bad: Bad) -> None:
    write_netcdf(bad.folder / "temperature_2002.nc", "tmp", np.ones((11, 6, 8)), 2002)


def unreadable(bad: Bad) -> None:
    path = bad.folder / "npp_2002.tif"
    path.write_bytes(path.read_bytes()[:60])


def truncated(bad: Bad) -> None:
    values = np.random.default_rng(1).random((HEIGHT, WIDTH)) * 100
    path = bad.folder / "et_2002.tif"
    write_tiff(path, values)
    path.write_bytes(path.read_bytes()[:-40])


def vrt(bad: Bad) -> None:
    (bad.folder / "et.vrt").write_text("<VRTDataset rasterXSize='8' rasterYSize='6'/>")
    bad.layer(2)["path"] = "et.vrt"


def network(bad: Bad) -> None:
    bad.layer(2)["path"] = "/vsicurl/https://example.org/et_{year}.tif"


def duplicate_zone(bad: Bad) -> None:
    twice = gpd.read_file(bad.folder / "cities.gpkg")
    twice.loc[1, "city_id"] = "110100"
    twice.to_file(bad.folder / "cities.gpkg")


def overlapping_zones(bad: Bad) -> None:
    cities = dict(CITIES) | {"110200": ("Beton", "110000", box(12, 1, 15.5, 3))}
    write_zones(bad.folder / "cities.gpkg", cities)


def zones_without_crs(bad: Bad) -> None:
    frame = gpd.read_file(bad.folder / "cities.gpkg").set_crs(None, allow_override=True)
    (bad.folder / "cities.gpkg").unlink()
    frame.to_file(bad.folder / "cities.gpkg")


def missing_column(bad: Bad) -> None:
    bad.edit_emissions(lambda table: table.drop(columns="ce_mtco2"))


def duplicate_key(bad: Bad) -> None:
    bad.edit_emissions(lambda table: pd.concat([table, table.tail(1)]))


def negative_emission(bad: Bad) -> None:
    bad.edit_emissions(lambda table: table.assign(ce_mtco2=[-3.5, *table["ce_mtco2"][1:]]))


def misspelt_key(bad: Bad) -> None:
    bad.layer(0)["resampeling"] = "bilinear"


def unknown_unit(bad: Bad) -> None:
    bad.layer(2)["unit"] = "furlong/year"


def wrong_band(bad: Bad) -> None:
    bad.layer(1)["band"] = 3


FAULTS: dict[str, tuple[Callable[[Bad], None], str, str]] = {
    "kelvin declared as degC": (kelvin, "temperature_2002.nc", "285"),
    "negative rain": (negative_rain, "rain_2001_06.tif", "-999"),
    "fill codes undeclared": (fill_codes, "npp_2003.tif", "32766"),
    "no CRS": (no_crs, "et_2001.tif", "no CRS"),
    "another CRS": (other_crs, "et_2001.tif", "EPSG:3857"),
    "nodata undeclared": (no_nodata, "et_2002.tif", "nodata"),
    "no overlap": (no_overlap, "et_2003.tif", "[100, -3, 108, 3]"),
    "beside the zones": (beside_the_zones, "et_2003.tif", "nothing of the zones [10, -3, 16.9, 3]"),
    "missing month": (missing_month, "rain_2002_07.tif", "no such file"),
    "missing time step": (missing_time_step, "temperature_2002.nc", "2002-12"),
    "unreadable file": (unreadable, "npp_2002.tif", "cannot be read"),
    "truncated file": (truncated, "et_2002.tif", "cannot be read"),
    "VRT": (vrt, "et.vrt", "accepted formats"),
    "network path": (network, "/vsicurl/https://example.org/et_2001.tif", "remote: true"),
    "duplicate zone id": (duplicate_zone, "cities.gpkg", "110100"),
    "overlapping zones": (overlapping_zones, "cities.gpkg", "overlap"),
    "zones without CRS": (zones_without_crs, "cities.gpkg", "coordinate reference system"),
    "missing column": (missing_column, "emissions.csv", "ce_mtco2"),
    "duplicate key": (duplicate_key, "emissions.csv", "120200"),
    "negative emission": (negative_emission, "emissions.csv", "-3.5"),
    "misspelt key": (misspelt_key, "catalogue.yml", "did you mean resampling?"),
    "unknown unit": (unknown_unit, "et_2001.tif", "furlong"),
    "wrong band": (wrong_band, "rain_2001_01.tif", "band 3"),
}


@dataclass(frozen=True)
class Standing:
    """A warehouse that stands, and what it must still be after a refusal."""

    inputs: Path
    settings: Settings
    lake: dict[str, bytes]
    raw: dict[str, list[tuple[Any, ...]]]
    published: bytes

    def assert_untouched(self) -> None:
        assert folder_bytes(self.settings.data / "lake") == self.lake
        assert raw_tables(self.settings.build_file) == self.raw
        assert self.settings.published_file.read_bytes() == self.published


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Standing:
    folder = tmp_path_factory.mktemp("standing")
    catalogue = Miniature().write(folder / "inputs")
    settings = settings_of(folder)
    ingest(catalogue, settings)
    settings.published.mkdir()
    settings.published_file.write_bytes(b"what readers have open")
    return Standing(
        inputs=folder / "inputs",
        settings=settings,
        lake=folder_bytes(settings.data / "lake"),
        raw=raw_tables(settings.build_file),
        published=b"what readers have open",
    )


@pytest.fixture
def carbon(
    standing: Standing, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Run the command in this process; return exit code and standard error."""

    def command(*arguments: str) -> tuple[int, str]:
        monkeypatch.setenv("CARBON_DATA", str(standing.settings.data))
        monkeypatch.setenv("CARBON_PUBLISHED", str(standing.settings.published))
        monkeypatch.setattr(sys, "argv", ["carbon", *arguments])
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            cli.main()
        return int(end.value.code or 0), capfd.readouterr().err

    return command


def refusal(said: str) -> list[str]:
    """Return the lines of the error: what follows the lines of progress."""
    lines = said.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("carbon: "))
    for line in lines[:first]:
        assert re.match(r"[a-z ]+: (\d+ in [0-9.]+ s|nothing to do)$", line), line
    return lines[first:]


@pytest.mark.parametrize("fault", FAULTS)
def test_bad_input_is_refused_and_nothing_changes(
    fault: str, standing: Standing, carbon: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    spoil, where, value = FAULTS[fault]
    bad = Bad(tmp_path / "in", catalogue_content() | {"tables": {}})
    shutil.copytree(standing.inputs, bad.folder)
    spoil(bad)
    catalogue = write_catalogue(bad.folder, bad.content)
    code, said = carbon("ingest", str(catalogue))
    lines = refusal(said)
    assert code == 2, said
    assert len(lines) == 2, said
    assert "Traceback" not in said
    assert where in said
    assert value in said
    assert lines[1].startswith("  mend: ")
    standing.assert_untouched()
    if os.environ.get("SHOW_REFUSALS"):
        print(f"\n## {fault}\n" + "\n".join(lines).replace(str(tmp_path), ""))


@pytest.mark.parametrize("fault", ["kelvin declared as degC", "truncated file"])
def test_check_finds_bad_values_without_computing(
    fault: str, standing: Standing, carbon: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    bad = Bad(tmp_path / "in", catalogue_content() | {"tables": {}})
    shutil.copytree(standing.inputs, bad.folder)
    FAULTS[fault][0](bad)
    catalogue = str(write_catalogue(bad.folder, bad.content))
    assert carbon("check", catalogue)[0] == 2
    assert carbon("check", "--headers", catalogue)[0] == 0
    standing.assert_untouched()


HOLDER = """
import sys, time, duckdb
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
time.sleep(120)
"""


def test_a_build_file_in_use_is_refused_before_any_work(
    standing: Standing, carbon: Callable[..., tuple[int, str]]
) -> None:
    path = standing.settings.build_file
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        began = time.monotonic()
        code, said = carbon("ingest", str(standing.inputs / "catalogue.yml"))
        assert time.monotonic() - began < 5
        assert carbon("status") == (0, "")
    finally:
        holder.kill()
        holder.wait()
    lines = refusal(said)
    assert code == 2
    assert len(lines) == 2
    assert str(path) in lines[0]
    assert "is in use" in lines[0]
    standing.assert_untouched()


def test_a_file_where_a_folder_should_be(
    standing: Standing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    (tmp_path / "data").write_text("not a folder")
    monkeypatch.setenv("CARBON_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(sys, "argv", ["carbon", "ingest", str(standing.inputs / "catalogue.yml")])
    with pytest.raises(SystemExit) as end:
        cli.main()
    lines = refusal(capfd.readouterr().err)
    assert end.value.code == 2
    assert len(lines) == 2
    assert str(tmp_path / "data") in lines[0]


def test_a_build_file_that_is_none(
    standing: Standing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    settings = settings_of(tmp_path)
    settings.build_file.parent.mkdir(parents=True)
    settings.build_file.write_bytes(b"nonsense" * 1000)
    monkeypatch.setenv("CARBON_DATA", str(settings.data))
    monkeypatch.setattr(sys, "argv", ["carbon", "ingest", str(standing.inputs / "catalogue.yml")])
    with pytest.raises(SystemExit) as end:
        cli.main()
    lines = refusal(capfd.readouterr().err)
    assert end.value.code == 2
    assert len(lines) == 2
    assert "move it away" in lines[1]
    assert settings.build_file.read_bytes() == b"nonsense" * 1000


@pytest.mark.pipeline
def test_the_command_itself(standing: Standing, tmp_path: Path) -> None:
    """Once as users meet it: a process of its own, and nothing but the two lines."""
    content = catalogue_content()
    content["grid"]["resolution"] = -1
    shutil.copytree(standing.inputs, tmp_path / "in")
    catalogue = write_catalogue(tmp_path / "in", content)
    done = subprocess.run(
        [sys.executable, "-m", "carbon.cli", "ingest", str(catalogue)],
        env=os.environ | {"CARBON_DATA": str(standing.settings.data)},
        cwd=standing.settings.project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        f"carbon: {catalogue}: grid.resolution is -1\n  mend: it should be greater than 0\n"
    )
    standing.assert_untouched()
