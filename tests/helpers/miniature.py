"""The miniature country of `carbon.sample.miniature`, and what tests do with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from carbon.sample.miniature import (
    CITIES,
    HEIGHT,
    NORTH,
    WEST,
    WIDTH,
    YEARS,
    Miniature,
    catalogue_content,
    write_ascii,
    write_catalogue,
    write_netcdf,
    write_tiff,
    write_zones,
)
from ingest.catalogue.catalogue import read_catalogue
from ingest.ingestion import ingest_catalogue
from workspace.progress import SilentProgress
from workspace.settings import Settings, load_settings

#: Tests take the country and its tools from one module.
__all__ = [
    "CITIES",
    "HEIGHT",
    "NORTH",
    "WEST",
    "WIDTH",
    "YEARS",
    "Miniature",
    "catalogue_content",
    "folder_bytes",
    "ingest",
    "raw_tables",
    "settings_of",
    "write_ascii",
    "write_catalogue",
    "write_netcdf",
    "write_tiff",
    "write_zones",
]


def settings_of(folder: Path) -> Settings:
    """Return settings whose data and published folders lie under ``folder``."""
    return load_settings(
        {"CARBON_DATA": str(folder / "data"), "CARBON_PUBLISHED": str(folder / "published")}
    )


def ingest(catalogue: Path, settings: Settings, *, workers: int | None = None) -> list[str]:
    """Ingest a catalogue; return the stages and steps that were gone through."""
    progress = StepProgress()
    ingest_catalogue(read_catalogue(catalogue, settings.data), settings, progress, workers=workers)
    return progress.steps


class StepProgress(SilentProgress):
    """Progress that remembers the steps of the raster stage."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[str] = []
        self._stage = ""

    def start(self, what: str, total: int) -> None:
        self._stage = what

    def advance(self, what: str) -> None:
        if self._stage.startswith("rasters to"):
            self.steps.append(what)


def raw_tables(build_file: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Read every raw table, in a fixed order, without the moment of ingestion."""
    with duckdb.connect(str(build_file), read_only=True) as connection:
        names = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'raw' order by 1"
        ).fetchall()
        return {
            name: connection.execute(
                f"select {'* exclude (ingested_at)' if name == 'ingest' else '*'} "
                f"from raw.{name} order by all"
            ).fetchall()
            for (name,) in names
        }


def folder_bytes(folder: Path) -> dict[str, bytes]:
    """Read every file under a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
