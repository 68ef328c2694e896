"""A command that has nothing to do says so, and with any doubt it works."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from carbon import cli, fresh
from carbon.fresh import is_built, is_drawn, is_ingested, note_drawing, note_ingestion
from ingest.catalogue.catalogue import Catalogue, read_catalogue
from ingest.rezoning import ingest_zones
from tests.helpers.miniature import YEARS, ingest
from tests.python.test_status import publish
from workspace.progress import SilentProgress
from workspace.settings import Settings

pytestmark = pytest.mark.slow

Place = tuple[Path, Settings]


def edited_table(catalogue: Path, settings: Settings) -> None:
    table = catalogue.parent / "emissions.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(",1.0", ",1.5"), encoding="utf-8")


def edited_catalogue(catalogue: Path, settings: Settings) -> None:
    catalogue.write_text(catalogue.read_text(encoding="utf-8") + "\n# later\n", encoding="utf-8")


def swapped_raster(catalogue: Path, settings: Settings) -> None:
    (catalogue.parent / f"npp_{YEARS[0]}.tif").write_bytes(
        (catalogue.parent / f"et_{YEARS[0]}.tif").read_bytes()
    )


def absent_raster(catalogue: Path, settings: Settings) -> None:
    (catalogue.parent / f"et_{YEARS[1]}.tif").unlink()


def bit_in_the_lake(catalogue: Path, settings: Settings) -> None:
    _turn_a_byte(next(settings.lake.rglob("cells-*.parquet")))


def bit_in_the_sums(catalogue: Path, settings: Settings) -> None:
    _turn_a_byte(next(settings.zonal.rglob("sums.parquet")))


def bit_in_the_weights(catalogue: Path, settings: Settings) -> None:
    _turn_a_byte(next(settings.zones.glob("?" * 64 + ".parquet")))


def deleted_sums(catalogue: Path, settings: Settings) -> None:
    next(settings.zonal.rglob("sums.parquet")).unlink()


def other_zones(catalogue: Path, settings: Settings) -> None:
    where = {"where": "city_id like '11%'"}
    ingest_zones(None, catalogue.parent / "cities.gpkg", where, settings, SilentProgress())


def no_note(catalogue: Path, settings: Settings) -> None:
    (settings.hashes.parent / "ingest.json").unlink()


def no_build_file(catalogue: Path, settings: Settings) -> None:
    settings.build_file.unlink()


def _turn_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def opened(catalogue: Path, settings: Settings) -> Catalogue:
    return read_catalogue(catalogue, settings.data)


@pytest.mark.parametrize(
    "change",
    [
        edited_table,
        edited_catalogue,
        swapped_raster,
        absent_raster,
        bit_in_the_lake,
        bit_in_the_sums,
        bit_in_the_weights,
        deleted_sums,
        other_zones,
        no_note,
        no_build_file,
    ],
)
def test_whatever_changes_is_ingested(
    change: Callable[[Path, Settings], None], place: Place
) -> None:
    catalogue, settings = place
    assert not is_ingested(opened(catalogue, settings), settings)
    ingest(catalogue, settings)
    note_ingestion(opened(catalogue, settings), settings)
    assert is_ingested(opened(catalogue, settings), settings)
    change(catalogue, settings)
    assert not is_ingested(opened(catalogue, settings), settings)


def test_other_code_ingests_builds_and_draws(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue, settings = place
    ingest(catalogue, settings)
    note_ingestion(opened(catalogue, settings), settings)
    publish(settings)
    page = settings.published / "atlas" / "index.html"
    page.parent.mkdir()
    page.touch()
    assert not is_drawn(settings)
    note_drawing(settings)
    assert is_drawn(settings)
    assert is_built(settings)
    monkeypatch.setattr(fresh, "_code", lambda project, places: "another")
    assert not is_drawn(settings)
    assert not is_ingested(opened(catalogue, settings), settings)
    monkeypatch.undo()
    publish(settings, files={"macros/units.sql": "another"})
    assert not is_built(settings)
    assert not is_drawn(settings)


def test_the_code_is_told_apart_by_content_and_name(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "a.py").write_text("1")
    before = fresh._code(tmp_path, ["one"])
    (tmp_path / "one" / "a.pyc").write_text("compiled")
    assert fresh._code(tmp_path, ["one"]) == before
    (tmp_path / "one" / "a.py").write_text("2")
    assert fresh._code(tmp_path, ["one"]) != before


def test_the_commands_say_that_nothing_has_changed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue, settings = place
    monkeypatch.setenv("CARBON_DATA", str(settings.data))
    monkeypatch.setenv("CARBON_PUBLISHED", str(settings.published))

    def said(*arguments: str) -> str:
        done = CliRunner().invoke(cli.app, list(arguments))
        assert done.exception is None, done.exception
        return done.output

    again = f"{catalogue} is ingested: nothing has changed since"
    assert again not in said("ingest", str(catalogue), "--workers", "1")
    assert again in said("ingest", str(catalogue))
    assert again not in said("ingest", str(catalogue), "--force", "--workers", "1")
    publish(settings)
    page = settings.published / "atlas" / "index.html"
    page.parent.mkdir()
    page.touch()
    note_drawing(settings)
    assert "is built: nothing has changed since" in said("build")
    assert "is drawn: nothing has changed since" in said("atlas")
