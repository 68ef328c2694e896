"""Another set of zones on the lake that is there: fractions and zonal tables, no raster.

The lake holds the annual terms of every cell, whatever the zones. So river basins, grid squares or
another year's boundaries need polygons, fractions and one product for each year. Rasters are
neither opened nor missed. Statistics stay as they were ingested.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ingest.catalogue.catalogue import (
    Catalogue,
    SourceCard,
    ZoneSpec,
    grid_of,
)
from ingest.catalogue.grid import Grid
from ingest.catalogue.quantities import QUANTITIES
from ingest.catalogue.sources import FileHashes, FileIdentity
from ingest.raw import records
from ingest.raw.load import check_writable, remove_leftovers, replace_raw
from ingest.raw.records import zone_source_file
from ingest.raw.state import RECORD_TABLES, ingest_command, lake_folders, last_catalogue, read_raw
from ingest.workers.choice import open_workers
from ingest.years.jobs import YearJob, coefficients_of, year_job
from ingest.years.partitions import read_record
from ingest.years.plan import LayerFiles, YearInputs
from ingest.years.provenance import (
    UNRECORDED,
    Present,
    reasons_of,
    term_changes,
    zones_record,
)
from ingest.years.run import run_jobs
from ingest.zones.fractions import Weights, zone_weights
from ingest.zones.neighbours import neighbours
from ingest.zones.polygons import Zones, column_names, zones_of
from workspace.errors import InputError
from workspace.files import only_one_at_work
from workspace.progress import Progress
from workspace.settings import Settings
from workspace.words import say_years

#: Source card of zones that were given without one.
UNSTATED_SOURCE = "zones_given"

#: What messages about zones call by the catalogue's keys, in the words of the command line.
_IN_OPTIONS = {
    "zones.path": "--zones",
    "zones.layer": "--zone-layer",
    "zones.crs": "--zone-crs",
    "zones.where": "--zone-where",
    "zones.encoding": "--zone-encoding",
}


@dataclass(frozen=True)
class ZoneOptions:
    """Zones as the command line declares them.

    Attributes
    ----------
    file : Path
        Polygons.
    id, name, name_local, parent : str or None
        Columns; left out, those of the catalogue's zones where the file has them.
    layer, crs, where, encoding : str or None
        As the keys of `ZoneSpec`.
    source : str or None
        A source card of what was ingested.
    """

    file: Path
    id: str | None = None
    name: str | None = None
    name_local: str | None = None
    parent: str | None = None
    layer: str | None = None
    crs: str | None = None
    where: str | None = None
    encoding: str | None = None
    source: str | None = None


def ingest_zones(
    catalogue: Catalogue | None,
    options: ZoneOptions,
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
    options : ZoneOptions
        The zones.
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
        hashes = FileHashes(settings.data / "state" / "hashes.json")
        grid = grid_of(catalogue)
        present = Present.of(catalogue, grid, coefficients_of(settings), hashes)
        years = _years_of_lake(raw, settings, present, progress)
        spec = _zone_spec(catalogue.zones, options, raw["sources"])
        zones = _read_zones(spec, grid)
        for line in zones.notices:
            progress.note(line)
        identity = hashes.identify(spec.path)
        hashes.remember(keep_others=True)
        weights = zone_weights(zones, grid, settings, progress)
        record = zones_record(catalogue, spec, spec.path, identity)
        jobs = [year_job(year, grid, weights, settings, record) for year in years]
        _refuse_gaps(jobs, settings)
        run_jobs(jobs, progress, workers=chosen)
        progress.start("raw tables", 1)
        tables = _raw_tables(raw, spec, zones, identity, weights, grid)
        replace_raw(settings.build_file, tables, jobs, settings.data)
        progress.advance("")
        remove_leftovers(settings, jobs, weights)
    return (
        f"{len(jobs)} years of {len(zones)} zones of {options.file} are in {settings.build_file}, "
        f"from the lake alone. Next: carbon build\n"
        f"The catalogue's zones come back with: {ingest_command(catalogue.path, settings)}"
    )


def _years_of_lake(
    raw: Mapping[str, pa.Table], settings: Settings, now: Present, progress: Progress
) -> list[YearInputs]:
    """Take every year of the catalogue from the lake, or say why that cannot be done."""
    mend = f"first: {ingest_command(now.catalogue.path, settings)}"
    folders = lake_folders(raw, settings)
    if not folders:
        raise InputError(
            "no lake is kept, so that other zones need the rasters",
            where=str(settings.data),
            mend="set cells: true in the catalogue and ingest it without --zones",
        )
    wanted = list(now.catalogue.all_years())
    lacking = [key for key in wanted if key not in folders]
    surplus = [key for key in folders if key not in wanted]
    if lacking or surplus:
        what = "lacks" if lacking else "has, beside those of the catalogue,"
        raise InputError(
            f"the lake {what} {say_years(lacking or surplus)}",
            where=str(now.catalogue.path),
            mend=mend,
        )
    recorded = {key: read_record(folders[key]) for key in wanted}
    reasons = reasons_of(
        {
            key: [UNRECORDED] if record is None else list(term_changes(record, *key, now))
            for key, record in recorded.items()
        }
    )
    stale = [f"{say_years(why.years)}: {why}" for why in reasons if not why.is_absence]
    if stale:
        more = f" (and {len(stale) - 1} more reasons)" if len(stale) > 1 else ""
        raise InputError(
            f"the lake is behind its inputs: {stale[0]}{more}", where=str(settings.data), mend=mend
        )
    absent = {item for why in reasons for item in why.items}
    if absent:
        progress.note(f"{len(absent)} input files are not there any more; the lake stands for them")
    return [_year_of(record, *key, now.catalogue) for key, record in recorded.items() if record]


def _year_of(
    record: Mapping[str, Any], collection: str, year: int, catalogue: Catalogue
) -> YearInputs:
    """Restore a year from the record of its partition; there is nothing in it to decode."""
    declared = catalogue.collections[collection]
    return YearInputs(
        collection=collection,
        year=year,
        layers={name: LayerFiles(declared.layer(name, year), (), ()) for name in QUANTITIES},
        ingredients=record["terms"],
        files=record["files"],
    )


def _refuse_gaps(jobs: list[YearJob], settings: Settings) -> None:
    """Refuse a lake that parts were deleted from: they could only be made from rasters."""
    broken = [job.inputs for job in jobs if job.cells is None or not job.cells.is_installed]
    if broken:
        gaps = say_years((year.collection, year.year) for year in broken)
        raise InputError(
            f"parts of {gaps} are gone from the lake",
            where=str(settings.data / "lake"),
            mend="ingest the catalogue without --zones first, which makes them again",
        )


def _zone_spec(default: ZoneSpec, options: ZoneOptions, sources: pa.Table) -> ZoneSpec:
    """Fill in what the command line leaves out from the catalogue, as far as the file has it."""
    known = sources["source_id"].to_pylist()
    if options.source is not None and options.source not in known:
        raise InputError(
            f"--zone-source names {options.source!r}, which has no card",
            where=str(options.file),
            mend=f"choose among {', '.join(known)}, or ingest a catalogue that has the card",
        )
    with _in_words_of_options():
        there = column_names(options.file, options.layer, options.encoding)

    def column(key: str, option: str) -> str | None:
        given, usual = getattr(options, key), getattr(default, key)
        if given is not None and given not in there:
            raise InputError(
                f"it has no column {given!r}",
                where=str(options.file),
                mend=f"choose {option} among: {', '.join(there)}",
            )
        return given or (usual if usual in there else None)

    key = column("id", "--zone-id")
    if key is None:
        raise InputError(
            f"it has no column {default.id!r}, which is the id of the catalogue's zones",
            where=str(options.file),
            mend=f"say which one it is with --zone-id: {', '.join(there)}",
        )
    return ZoneSpec(
        path=str(options.file),
        source=options.source or UNSTATED_SOURCE,
        id=key,
        name=column("name", "--zone-name") or key,
        name_local=column("name_local", "--zone-name-local"),
        parent=column("parent", "--zone-parent"),
        layer=options.layer,
        crs=options.crs,
        where=options.where,
        encoding=options.encoding,
        overlap_tolerance=default.overlap_tolerance,
    )


def _read_zones(spec: ZoneSpec, grid: Grid) -> Zones:
    with _in_words_of_options():
        return zones_of(spec, spec.path, grid)


@contextmanager
def _in_words_of_options() -> Iterator[None]:
    """Let errors about zones speak of options, where they would speak of the catalogue."""
    try:
        yield
    except InputError as error:
        mend = error.mend or ""
        for key, option in _IN_OPTIONS.items():
            mend = mend.replace(key, option)
        raise InputError(error.what, where=error.where, mend=mend) from None


def _raw_tables(
    raw: Mapping[str, pa.Table],
    spec: ZoneSpec,
    zones: Zones,
    identity: FileIdentity,
    weights: Weights,
    grid: Grid,
) -> dict[str, pa.Table]:
    """Make the tables that depend on zones; all others stay."""
    file = zone_source_file(spec.path, spec.source, identity, zones)
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
