"""Another set of zones on the lake that is there: fractions and zonal tables, no raster.

The lake holds the annual terms of every cell, whatever the zones. So river basins, grid squares or
another year's boundaries need polygons, fractions and one product for each year. Rasters are
neither opened nor missed. Statistics stay as they were ingested.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ingest.catalogue.catalogue import (
    Catalogue,
    SourceCard,
    ZoneFile,
    ZoneSpec,
)
from ingest.catalogue.grid import Grid
from ingest.catalogue.sources import FileHashes, FileIdentity
from ingest.raw import records
from ingest.raw.load import check_writable, remove_leftovers, replace_raw
from ingest.raw.records import zone_source_file
from ingest.raw.state import (
    RECORD_TABLES,
    ingest_command,
    lake_folders,
    last_catalogue,
    read_raw,
)
from ingest.workers.choice import open_workers
from ingest.years.coverage import check_coverage
from ingest.years.inventories import FOLDER, KeptMasses, zonal_emissions
from ingest.years.jobs import (
    YearJob,
    discard_damage,
    present_of,
    year_job,
)
from ingest.years.plan import LayerFiles, YearInputs
from ingest.years.provenance import (
    UNRECORDED,
    Present,
    Year,
    YearRecord,
    ZonesRecord,
    reasons_of,
)
from ingest.years.run import run_jobs
from ingest.zones.fractions import Weights, zone_weights
from ingest.zones.neighbours import neighbours
from ingest.zones.polygons import Zones, column_names, read_zones
from workspace.errors import InputError
from workspace.files import only_one_at_work
from workspace.progress import Progress
from workspace.settings import Settings
from workspace.words import say_years

#: Source card of zones that were given without one.
UNSTATED_SOURCE = "zones_given"


class _InOptions(ZoneFile):
    """Zones as the command line declares them: messages speak of its options."""

    def spelt(self, key: str) -> str:
        """Spell a key as an option, where there is one."""
        if key not in ZoneSpec.OPTIONS and key != "path":
            return super().spelt(key)
        return "--zones" if key == "path" else f"--zone-{key.replace('_', '-')}"


class _GivenZones(_InOptions, ZoneSpec):
    """The same, with all that it takes to read them."""


def ingest_zones(
    catalogue: Catalogue | None,
    file: Path,
    options: Mapping[str, str | None],
    settings: Settings,
    progress: Progress,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
) -> str:
    """Rebuild fractions and zonal tables for other zones, from the lake alone.

    Parameters
    ----------
    catalogue : Catalogue or None
        What the lake was made from; by default the catalogue that was ingested last.
    file : Path
        Polygons.
    options : mapping of str to str or None
        Those that `ZoneSpec.OPTIONS` names, with None for those left out: columns are then
        those of the catalogue's zones where the file has them.
    settings : Settings
        Paths and coefficients.
    progress : Progress
        Told of each finished unit.
    workers : int, optional
        Processes to use.
    scheduler : str, optional
        Address of a Dask cluster to use instead.

    Returns
    -------
    str
        A summary in a few lines.

    Raises
    ------
    InputError
        If there is no lake, if a year of it is missing or is not what the catalogue, the
        coefficients or the rasters would give now, or if the zones cannot be used. Everything
        stays as it was.
    """
    with (
        only_one_at_work(settings.data),
        open_workers(workers, scheduler, settings.data, progress) as chosen,
    ):
        raw = read_raw(settings.build_file, RECORD_TABLES)
        if catalogue is None:
            catalogue = last_catalogue(raw, settings)
        check_writable(settings.build_file)
        hashes = FileHashes(settings.hashes)
        present = present_of(catalogue, settings, hashes)
        grid = present.grid
        years = _years_of_lake(raw, settings, present, progress)
        spec = _zone_spec(catalogue.zones, file, options, raw["sources"])
        zones = read_zones(spec, grid)
        for line in zones.notices:
            progress.note(line)
        identity = hashes.identify(spec.path)
        hashes.remember(keep_others=True)
        weights = zone_weights(zones, grid, settings, progress)
        record = ZonesRecord.of(catalogue, spec, identity)
        jobs = [year_job(year, grid, weights, settings, record) for year in years]
        _refuse_gaps(jobs, settings)
        discard_damage(jobs, settings.data, progress, cells=False)
        run_jobs(jobs, progress, workers=chosen)
        for line in check_coverage(jobs, refuse=False):
            progress.note(line)
        masses = _masses_kept(raw, settings)
        emissions = zonal_emissions(masses, zones, grid, settings, progress)
        progress.start("raw tables", 1)
        tables = _raw_tables(raw, spec, zones, identity, weights, grid)
        replace_raw(settings.build_file, {**tables, **emissions.tables}, jobs, settings.data)
        progress.advance("")
        remove_leftovers(settings, jobs, weights, emissions)
    return (
        f"{len(jobs)} years of {len(zones)} zones of {file} are in {settings.build_file}, "
        f"from the lake alone. Next: carbon build\n"
        f"The catalogue's zones come back with: {ingest_command(catalogue.path)}"
    )


def _years_of_lake(
    raw: Mapping[str, pa.Table], settings: Settings, now: Present, progress: Progress
) -> list[YearInputs]:
    """Take every year of the catalogue from the lake, or say why that cannot be done."""
    fix = f"first: {ingest_command(now.catalogue.path)}"
    folders = lake_folders(raw, settings)
    if not folders:
        raise InputError(
            "no lake is kept, so that other zones need the rasters",
            where=str(settings.data),
            fix="set cells: true in the catalogue and ingest it without --zones",
        )
    wanted = list(now.catalogue.all_years())
    lacking = [key for key in wanted if key not in folders]
    surplus = [key for key in folders if key not in wanted]
    if lacking or surplus:
        what = "lacks" if lacking else "has, beside those of the catalogue,"
        raise InputError(
            f"the lake {what} {say_years(lacking or surplus)}",
            where=str(now.catalogue.path),
            fix=fix,
        )
    recorded = {key: YearRecord.of_partition(folders[key]) for key in wanted}
    reasons = reasons_of(
        {
            key: [UNRECORDED] if record is None else list(record.changes_since(key, now))
            for key, record in recorded.items()
        }
    )
    stale = [f"{say_years(why.years)}: {why}" for why in reasons if not why.is_absence]
    if stale:
        more = f" (and {len(stale) - 1} more reasons)" if len(stale) > 1 else ""
        raise InputError(
            f"the lake is behind its inputs: {stale[0]}{more}", where=str(settings.data), fix=fix
        )
    absent = {item for why in reasons for item in why.items}
    if absent:
        progress.note(f"{len(absent)} input files are not there any more; the lake stands for them")
    return [_year_of(record, key, now.catalogue) for key, record in recorded.items() if record]


def _year_of(record: YearRecord, key: Year, catalogue: Catalogue) -> YearInputs:
    """Restore a year from the record of its partition; there is nothing in it to decode."""
    collection, year = key
    declared = catalogue.collections[collection]
    return YearInputs(
        collection=collection,
        year=year,
        layers={name: LayerFiles(spec, (), ()) for name, spec in declared.serving(year).items()},
        record=record.terms,
    )


def _masses_kept(raw: Mapping[str, pa.Table], settings: Settings) -> list[KeptMasses]:
    """Take the masses of every inventory from where they are kept."""
    folders = [settings.data / path for path in raw["emission_grid_totals"]["path"].to_pylist()]
    found = [KeptMasses.of_folder(folder) for folder in folders]
    masses = [kept for kept in found if kept is not None]
    if len(masses) < len(folders):
        raise InputError(
            "masses of inventories are gone",
            where=str(settings.data / FOLDER),
            fix="ingest the catalogue without --zones first, which reads them again",
        )
    return masses


def _refuse_gaps(jobs: list[YearJob], settings: Settings) -> None:
    """Refuse a lake that parts were deleted from: they could only be made from rasters."""
    broken = [job.inputs for job in jobs if job.cells is None or not job.cells.is_installed]
    if broken:
        gaps = say_years((year.collection, year.year) for year in broken)
        raise InputError(
            f"parts of {gaps} are gone from the lake",
            where=str(settings.lake),
            fix="ingest the catalogue without --zones first, which makes them again",
        )


def _zone_spec(
    default: ZoneSpec, file: Path, options: Mapping[str, str | None], sources: pa.Table
) -> ZoneSpec:
    """Fill in what the command line leaves out from the catalogue, as far as the file has it."""
    given: dict[str, Any] = {key: value for key, value in options.items() if value is not None}
    known = sources["source_id"].to_pylist()
    if "source" in given and given["source"] not in known:
        raise InputError(
            f"--zone-source names {given['source']!r}, which has no card",
            where=str(file),
            fix=f"choose among {', '.join(known)}, or ingest a catalogue that has the card",
        )
    opened = _InOptions(path=str(file), layer=given.get("layer"), encoding=given.get("encoding"))
    there = column_names(opened)

    def column(key: str) -> str | None:
        usual = getattr(default, key)
        if key in given and given[key] not in there:
            raise InputError(
                f"it has no column {given[key]!r}",
                where=str(file),
                fix=f"choose {opened.spelt(key)} among: {', '.join(there)}",
            )
        return given.get(key) or (usual if usual in there else None)

    columns = {key: column(key) for key in ZoneSpec.COLUMNS}
    if columns["id"] is None:
        raise InputError(
            f"it has no column {default.id!r}, which is the id of the catalogue's zones",
            where=str(file),
            fix=f"say which one it is with {opened.spelt('id')}: {', '.join(there)}",
        )
    return _GivenZones(
        **{
            "source": UNSTATED_SOURCE,
            "overlap_tolerance": default.overlap_tolerance,
            **given,
            **columns,
            "name": columns["name"] or columns["id"],
            "path": str(file),
        }
    )


def _raw_tables(
    raw: Mapping[str, pa.Table],
    spec: ZoneSpec,
    zones: Zones,
    identity: FileIdentity,
    weights: Weights,
    grid: Grid,
) -> dict[str, pa.Table]:
    """Make the tables that depend on zones; all others stay."""
    file = zone_source_file(spec, identity, zones)
    others = raw["source_files"].filter(pc.not_equal(raw["source_files"]["role"], "zones"))
    sources = raw["sources"].filter(pc.not_equal(raw["sources"]["source_id"], UNSTATED_SOURCE))
    if spec.source == UNSTATED_SOURCE:
        card = records.sources_table({UNSTATED_SOURCE: _unstated_card(spec)})
        sources = pa.concat_tables([sources, card.cast(sources.schema)])
    return {
        "cities": records.cities_table(zones, weights.fractions, grid),
        "cells": records.cells_table(zones, weights.fractions, grid),
        "neighbours": neighbours(zones),
        "sources": sources,
        "source_files": pa.concat_tables(
            [records.source_files_table([file]).cast(others.schema), others]
        ),
        "ingest": records.ingested_again(raw["ingest"]),
    }


def _unstated_card(spec: ZoneSpec) -> SourceCard:
    return SourceCard(
        producer="not stated",
        title=Path(spec.path).name,
        licence="not stated",
        citation="not stated",
        note="Zones given with carbon ingest --zones, without a source card.",
    )
