"""Whether a command has anything to do: what it would make is held against what is there.

A command that did its work leaves a note below ``CARBON_DATA/state``: by which code, and from which
ingestion or published file. Without the note, or with any doubt, the command does its work.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workspace.errors import InputError
from workspace.files import read_json, write_json
from workspace.project import PACKAGES

if TYPE_CHECKING:
    from ingest.catalogue.catalogue import Catalogue
    from workspace.settings import Settings

#: Whose files make a command's results what they are, beside the scientific choices.
_CODE_OF_INGEST = ("ingest", "workspace", "carbon/sample", "dbt_project.yml")
_CODE_OF_ATLAS = ("carbon/atlas", "carbon/published.py", "models", "docs", "workspace")
#: Parts of a data folder that `carbon.status` looks at and an ingestion makes.
_PARTS = ("ingested", "lake", "zones", "sources")


def is_ingested(catalogue: Catalogue, settings: Settings) -> bool:
    """Tell whether another ingestion of a catalogue would give what is there.

    Parameters
    ----------
    catalogue : Catalogue
        The user's inputs, as they are now.
    settings : Settings
        Paths of this run.

    Returns
    -------
    bool
        True if the same code made it from the same files, and every file that it made is as it was
        written. A catalogue with layers of emissions is always ingested.
    """
    from carbon.status import survey
    from ingest.raw.state import lake_folders, partition_folders, read_raw
    from ingest.years.partitions import damage_in
    from ingest.zones.weights import is_damaged

    layers = [layer for each in catalogue.collections.values() for layer in each.layers]
    if any(layer.quantity == "emissions" for layer in layers):
        return False
    if _note(settings, "ingest") != _ingestion(catalogue, settings):
        return False
    sections = {
        section.name: section
        for section in takewhile(lambda section: section.name in _PARTS, survey(settings))
    }
    findings = [finding for section in sections.values() for finding in section.findings]
    if len(sections) < len(_PARTS) or any(finding.state != "fresh" for finding in findings):
        return False
    raw = read_raw(settings.build_file, ("lake_partitions", "zonal_partitions"))
    lake = lake_folders(raw, settings)
    sums = partition_folders(raw["zonal_partitions"], settings)
    folders = [*lake.values(), *sums.values()]
    weights = settings.zones.glob("?" * 64 + ".parquet")
    with ThreadPoolExecutor() as pool:  # Hashing leaves the interpreter to others.
        return not any(pool.map(damage_in, folders)) and not any(pool.map(is_damaged, weights))


def note_ingestion(catalogue: Catalogue, settings: Settings) -> None:
    """Note by which code a catalogue was ingested just now."""
    write_json(_ingestion(catalogue, settings), _note_file(settings, "ingest"))


def _ingestion(catalogue: Catalogue, settings: Settings) -> dict[str, Any]:
    from ingest.raw.state import read_raw

    try:
        row = read_raw(settings.build_file, ("ingest",))["ingest"].to_pylist()[0]
    except (InputError, IndexError):
        row = {}
    return {
        "catalogue": str(catalogue.path.resolve()),
        "ingested_at": str(row.get("ingested_at")),
        "code": _code(settings.project, _CODE_OF_INGEST),
    }


def is_built(settings: Settings) -> bool:
    """Tell whether another build would publish what is published: same inputs, choices and code."""
    from carbon.status import survey

    sections = {section.name: section for section in survey(settings)}
    return settings.published_file.is_file() and sections["published"].is_fresh


def is_drawn(settings: Settings) -> bool:
    """Tell whether another atlas of the published file would be the one that is there."""
    drawing = _drawing(settings)
    return drawing is not None and _note(settings, "atlas") == drawing


def note_drawing(settings: Settings) -> None:
    """Note from which published file, and by which code, the atlas was drawn just now."""
    drawing = _drawing(settings)
    if drawing is not None:
        write_json(drawing, _note_file(settings, "atlas"))


def _drawing(settings: Settings) -> dict[str, Any] | None:
    page = settings.published / "atlas" / "index.html"
    try:
        stamps = {
            str(path): [path.stat().st_mtime_ns, path.stat().st_size]
            for path in (settings.published_file.resolve(), page.resolve())
        }
        pages = sorted(path.name for path in page.parent.iterdir())
    except OSError:
        return None
    return {
        "stamps": stamps,
        "pages": pages,
        "code": _code(settings.project, _CODE_OF_ATLAS),
    }


def _note_file(settings: Settings, command: str) -> Path:
    return settings.hashes.parent / f"{command}.json"


def _note(settings: Settings, command: str) -> Mapping[str, Any] | None:
    try:
        return read_json(_note_file(settings, command))
    except (OSError, ValueError, InputError):
        return None


def _code(project: Path, places: Sequence[str]) -> str:
    """Hash of all files of some places of the project or of its packages, with their names."""
    digest = hashlib.sha256()
    for place in places:
        root = next((root / place for root in (project, PACKAGES) if (root / place).exists()), None)
        if root is None:  # documents, which an installation does without
            continue
        for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
            if path.is_file() and path.suffix != ".pyc":
                digest.update(f"{place}/{path.relative_to(root)}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
