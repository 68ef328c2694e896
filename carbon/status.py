"""What is there, what of it is fresh, stale or missing, why, and the command that fixes it.

Nothing is computed: records beside the partitions are held against the catalogue, the files and
the code (`ingest.years.provenance`), and what was published against what was ingested.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow as pa

from carbon.own_models import own_models
from ingest.catalogue.catalogue import read_catalogue
from ingest.catalogue.sources import FileHashes, is_there
from ingest.raw.state import (
    first_line,
    ingest_command,
    is_locked,
    lake_folders,
    last_catalogue_path,
    partition_folders,
    read_raw,
)
from ingest.years.jobs import keeps_cells, present_of
from ingest.years.partitions import RECORD, damage_in
from ingest.years.provenance import (
    UNRECORDED,
    Change,
    Present,
    Reason,
    Year,
    YearRecord,
    reasons_of,
)
from ingest.zones.weights import is_damaged
from workspace.errors import InputError
from workspace.project import project_files, project_vars
from workspace.settings import Settings
from workspace.words import say_years

State = Literal["fresh", "stale", "missing", "surplus", "inputs gone", "damaged", "unknown"]

_RAW_TABLES = ("ingest", "sources", "source_files", "lake_partitions", "zonal_partitions")
_FILES_SHOWN = 3

#: Of a partition that the raw tables refer to and that is not there.
DELETED = Change("its files were deleted")


@dataclass(frozen=True)
class Finding:
    """The state of some years, or of a whole part.

    Attributes
    ----------
    state : str
        ``fresh``; ``stale``: made from something that has changed; ``missing``: not made yet;
        ``surplus``: made, but not asked for any more; ``inputs gone``: as it was recorded, but
        inputs are not there to be compared; ``damaged``: not what was written; ``unknown``: it
        cannot be told just now.
    years : tuple of (str, int)
        Collection and year; empty where years make no difference.
    why : str
        What changed, with the files.
    """

    state: State
    years: tuple[Year, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class Section:
    """One part of a data folder.

    Attributes
    ----------
    name : str
        ``ingested``, ``lake``, ``zones``, ``sources``, ``kept``, ``published`` or ``atlas``.
    facts : tuple of str
        What is there, line by line.
    findings : tuple of Finding
        Fresh years first.
    fix : str
        Command that makes all of it fresh; empty if it is.
    """

    name: str
    facts: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    fix: str = ""

    @property
    def is_fresh(self) -> bool:
        """Whether nothing has to be done."""
        return all(finding.state in ("fresh", "inputs gone") for finding in self.findings)


@dataclass(frozen=True)
class _Ingested:
    """What was ingested, and what would be ingested now."""

    raw: Mapping[str, pa.Table]
    now: Present
    fix: str


def describe_status(settings: Settings, *, verify: bool = False) -> str:
    """Describe the state of a data folder.

    Parameters
    ----------
    settings : Settings
        Paths of this run.
    verify : bool
        Whether to hash every file that is kept, too.

    Returns
    -------
    str
        A few lines for each part, with what is stale or missing, why, and the fix.
    """
    lines = [f"data       {settings.data}"]
    for section in survey(settings, verify=verify):
        lines += _lines_of(section)
    return "\n".join(lines)


def status_json(settings: Settings, *, verify: bool = False) -> str:
    """Describe the same as JSON: one object for each part, in the words of `Section`."""
    parts = survey(settings, verify=verify)
    sections = [dataclasses.asdict(part) | {"is_fresh": part.is_fresh} for part in parts]
    return json.dumps({"data": str(settings.data), "sections": sections}, indent=1)


def survey(settings: Settings, *, verify: bool = False) -> Iterator[Section]:
    """Look at every part of a data folder, without computing any.

    Yields
    ------
    Section
        From the inputs to the atlas.
    """
    try:
        raw = read_raw(settings.build_file, _RAW_TABLES)
    except InputError as error:
        is_new = not settings.build_file.is_file()
        fix = "carbon ingest [FILE]" if is_new else (error.fix or "").removeprefix("run: ")
        state: State = "missing" if is_new else "unknown"
        what = "nothing yet" if is_new else "raw tables cannot be read"
        yield Section("ingested", (what,), (Finding(state, why=error.what),), fix)
        raw = {}
    else:
        yield from _ingested_sections(raw, settings)
    if verify:
        yield _kept_section(settings)
    yield from _published_sections(settings, _own_models(raw, settings))


def _ingested_sections(raw: Mapping[str, pa.Table], settings: Settings) -> Iterator[Section]:
    row = raw["ingest"].to_pylist()[0]
    path = last_catalogue_path(raw, settings)
    heading = f"{row['title']} ({row['catalogue']}), {row['ingested_at']:%Y-%m-%d %H:%M} UTC"
    try:
        catalogue = read_catalogue(path, settings.data)
        hashes = FileHashes(settings.hashes)
        now = present_of(catalogue, settings, hashes)
    except InputError as error:
        unknown = Finding("unknown", why=f"{path}: {error.what}")
        yield Section("ingested", (heading,), (unknown,), "carbon ingest FILE")
        yield Section("lake", tuple(_lake_facts(raw)))
        return
    yield Section("ingested", (heading,))
    ingested = _Ingested(raw, now, ingest_command(path))
    yield _lake_section(ingested, settings)
    yield _zones_section(ingested, settings)
    yield _tables_section(ingested)
    with suppress(OSError):  # A folder that cannot be written can be looked at.
        hashes.remember(keep_others=True)


def _lake_section(ingested: _Ingested, settings: Settings) -> Section:
    """Hold the terms of every year against what they would be made from now."""
    raw, now = ingested.raw, ingested.now
    lake = lake_folders(raw, settings)
    folders = lake or partition_folders(raw["zonal_partitions"], settings)
    facts = tuple(_lake_facts(raw)) or ("cells are not kept",)
    wanted = list(now.catalogue.all_years())
    broken = _years_with_gaps(raw["lake_partitions"], settings)
    findings = list(
        _findings(
            {
                year: [DELETED] if year in broken else _changes_of_year(folders[year], year, now)
                for year in wanted
                if year in folders
            }
        )
    )
    if not lake and keeps_cells(now.catalogue, now.grid):
        findings = [Finding("missing", tuple(wanted), "cells are to be kept, but were not")]
    missing = tuple(year for year in wanted if year not in folders)
    if missing:
        findings.append(Finding("missing", missing, "not ingested yet"))
    surplus = tuple(year for year in folders if year not in wanted)
    if surplus:
        findings.append(Finding("surplus", surplus, "not in the catalogue any more"))
    return _section("lake", facts, findings, ingested.fix)


def _years_with_gaps(partitions: pa.Table, settings: Settings) -> set[Year]:
    """Find the years of which a file that the raw tables refer to is not there."""
    return {
        (row["collection"], row["year"])
        for row in partitions.to_pylist()
        if not (settings.data / row["path"]).exists()
    }


def _changes_of_year(folder: Path, year: Year, now: Present) -> list[Change]:
    record = YearRecord.of_partition(folder)
    return [UNRECORDED] if record is None else list(record.changes_since(year, now))


def _zones_section(ingested: _Ingested, settings: Settings) -> Section:
    """Hold the zones of every year's sums against their file."""
    partitions = ingested.raw["zonal_partitions"]
    folders = partition_folders(partitions, settings)
    broken = _years_with_gaps(partitions, settings)
    changes: dict[Year, list[Change]] = {}
    facts: tuple[str, ...] = ()
    for year in ingested.now.catalogue.all_years():
        if year not in folders:
            continue
        record = YearRecord.of_partition(folders[year])
        if year in broken or record is None or record.zones is None:
            changes[year] = [DELETED if year in broken else UNRECORDED]
            continue
        changes[year] = list(record.zone_changes_since(ingested.now))
        name = Path(record.zones.path).name
        facts = (f"{name}, given with --zones" if record.zones.by_option else name,)
    return _section("zones", facts, list(_findings(changes)), ingested.fix)


def _tables_section(ingested: _Ingested) -> Section:
    """Hold statistics and the catalogue itself against what the raw tables were read from."""
    catalogue, hashes = ingested.now.catalogue, ingested.now.hashes
    files = ingested.raw["source_files"].to_pylist()
    made_up = {
        row["source_id"] for row in ingested.raw["sources"].to_pylist() if row["is_synthetic"]
    }
    paths = {file["path"]: file["source_id"] in made_up for file in files}
    facts = (f"{len(paths)} files, {sum(paths.values())} of them synthetic",)
    read = {(file["role"], file["sha256"]) for file in files}
    findings = []
    for kind, entries in catalogue.tables.items():
        for entry in entries:
            path = catalogue.resolve(entry.path)
            if not is_there(path):
                findings.append(Finding("inputs gone", why=f"{kind}: file not there: {path}"))
            elif (kind, hashes.identify(path).sha256) not in read:
                findings.append(Finding("stale", why=f"{kind}: file changed: {Path(path).name}"))
    was = ingested.raw["ingest"]["catalogue_sha256"][0].as_py()
    if hashes.identify(str(catalogue.path)).sha256 != was:
        findings.append(Finding("stale", why=f"{catalogue.path.name} was edited since"))
    return _section("sources", facts, findings, ingested.fix)


def lake_damage(data: str, paths: list[str]) -> str:
    """Find parts of the lake that are not what was written.

    Parameters
    ----------
    data : str
        ``CARBON_DATA``.
    paths : list of str
        Parts that are to be read, below it.

    Returns
    -------
    str
        The first one, with the number of others; empty if all are as they were written.
    """
    wanted = {Path(data) / path for path in paths}
    folders = sorted({path.parent for path in wanted})
    with ThreadPoolExecutor() as pool:  # Hashing leaves the interpreter to others.
        found = {
            path: how for damage in pool.map(damage_in, folders) for path, how in damage.items()
        }
    # Without its record, nothing proves what lies beside it.
    damaged = [path for path in sorted(found) if path in wanted or path.name == RECORD]
    if not damaged:
        return ""
    more = f" (and {len(damaged) - 1} more)" if len(damaged) > 1 else ""
    return f"{damaged[0]} is {found[damaged[0]]}{more}"


def _kept_section(settings: Settings) -> Section:
    """Hold every file of partitions and weights against the hash it was written with."""
    data = settings.data
    findings = []
    folders = [
        folder
        for root in ("lake", "zonal", "pending/lake", "pending/zonal")
        for folder in sorted((data / root).glob("collection=*/year=*/*"))
        if folder.is_dir()
    ]
    with ThreadPoolExecutor() as pool:  # Hashing leaves the interpreter to others.
        for folder, damage in zip(folders, pool.map(damage_in, folders), strict=True):
            year = int(folder.parent.name.removeprefix("year="))
            key = (folder.parents[1].name.removeprefix("collection="), year)
            for path, how in damage.items():
                why = f"{path.relative_to(data)} is {how}"
                findings.append(Finding("damaged", (key,), why))
    weights = sorted((data / "zones").glob("?" * 64 + ".parquet"))
    for path in weights:
        if is_damaged(path):
            findings.append(Finding("damaged", why=f"zones/{path.name} is damaged"))
    facts = (
        f"{len(folders)} partitions and {len(weights)} tables of weights, proved by their hash",
    )
    return _section("kept", facts, findings, "carbon ingest FILE, without --zones")


def _own_models(raw: Mapping[str, pa.Table], settings: Settings) -> Path | None:
    """Find a user's own models, if that can be told."""
    with suppress(InputError):
        return own_models(raw, settings) if raw else None
    return None


def _published_sections(settings: Settings, own: Path | None) -> Iterator[Section]:
    path = settings.published_file
    if not path.exists():
        yield Section("published", ("nothing yet",), (Finding("missing"),), "carbon build")
        return
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            build = connection.execute("select * from meta.build").to_arrow_table().to_pylist()[0]
    except (duckdb.Error, IndexError, UnicodeDecodeError) as error:
        state: State = "unknown" if is_locked(error) else "damaged"
        yield Section(
            "published", (str(path),), (Finding(state, why=first_line(error)),), "carbon build"
        )
        return
    facts = (
        str(settings.published_file),
        f"built {build['built_at']:%Y-%m-%d %H:%M} UTC by version {build['project_version']}",
    )
    findings = [Finding("stale", why=why) for why in _behind(build, settings, own)]
    yield _section("published", facts, findings, "carbon build")
    page = settings.published / "atlas" / "index.html"
    if not page.is_file():
        yield Section("atlas", ("nothing yet",), (Finding("missing"),), "carbon atlas")
    else:
        is_old = page.stat().st_mtime < settings.published_file.stat().st_mtime
        old = [Finding("stale", why="drawn before the published file was built")] if is_old else []
        yield _section("atlas", (str(page),), old, "carbon atlas")


def _behind(build: Mapping[str, Any], settings: Settings, own: Path | None) -> Iterator[str]:
    """Say why another build would give another published file."""
    ingested = _query(settings.build_file, "select ingested_at from raw.ingest")
    if ingested is not None:
        last = ingested["ingested_at"][0].as_py()
        if last != build["ingested_at"]:
            yield (
                f"it holds the ingestion of {build['ingested_at']:%Y-%m-%d %H:%M}, "
                f"the last one is of {last:%Y-%m-%d %H:%M} UTC"
            )
    then, now = json.loads(build["vars_json"]), project_vars(settings.project)
    for name in dict.fromkeys([*then, *now]):
        if then.get(name) != now.get(name):
            yield f"{name}: {json.dumps(then.get(name))} -> {json.dumps(now.get(name))}"
    files = _query(settings.published_file, "select path, sha256 from meta.project_files")
    if files is None:
        yield "the code it was built by is not on record"
        return
    before = dict(zip(files["path"].to_pylist(), files["sha256"].to_pylist(), strict=True))
    after = project_files(settings.project, own)
    changed = sorted({path for path, _ in before.items() ^ after.items()})
    if changed:
        yield f"code changed: {_listing(changed)}"


def _section(name: str, facts: tuple[str, ...], findings: list[Finding], fix: str) -> Section:
    """Make a section that is fresh if nothing was found, and needs no fix then."""
    section = Section(name, facts, tuple(findings) or (Finding("fresh"),), fix)
    return dataclasses.replace(section, fix="") if section.is_fresh else section


def _findings(changes: Mapping[Year, Sequence[Change]]) -> Iterator[Finding]:
    """Gather years by state and reason, the fresh ones first."""
    fresh = tuple(year for year, found in changes.items() if not found)
    if fresh:
        yield Finding("fresh", fresh)
    for why in reasons_of(changes):
        yield Finding(_state_of(why), why.years, str(why))


def _state_of(why: Reason) -> State:
    return "inputs gone" if why.is_absence else "stale"


def _lake_facts(raw: Mapping[str, pa.Table]) -> Iterator[str]:
    parts = raw["lake_partitions"].to_pylist()
    for name in dict.fromkeys(part["collection"] for part in parts):
        own = [part for part in parts if part["collection"] == name]
        years = {part["year"] for part in own}
        cells = sum(part["cell_count"] for part in own)
        yield (
            f"{say_years((name, year) for year in years)}: {len(years)} years, {cells:,} cell-years"
        )


def _lines_of(section: Section) -> Iterator[str]:
    """Write a section: its name once, then what is there, its states and the fix."""
    margin = f"{section.name:<11}"
    for fact in section.facts:
        yield margin + fact
        margin = " " * len(margin)
    for finding in section.findings:
        told = ": ".join(filter(None, [say_years(finding.years), finding.why]))
        yield f"{margin}{finding.state:<8} {told}".rstrip()
        margin = " " * len(margin)
    if section.fix:
        yield f"{margin}fix: {section.fix}"


def _listing(paths: Sequence[str]) -> str:
    more = len(paths) - _FILES_SHOWN
    shown = ", ".join(paths[:_FILES_SHOWN])
    return f"{shown} and {more} more" if more > 0 else shown


def _query(path: Path, sql: str) -> pa.Table | None:
    """Ask a file that may be absent, in use, or without the table."""
    if not path.is_file():
        return None
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            return connection.execute(sql).to_arrow_table()
    except duckdb.Error:
        return None
