"""What makes an export a release: how to read, cite and check it, and under which terms."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

SUMS = "SHA256SUMS"
KEYWORDS = (
    "carbon budget",
    "carbon neutrality",
    "CO2 emissions",
    "ecosystem carbon sink",
    "rock weathering",
    "cities",
)
#: Licences by their SPDX identifier, as source cards write them.
_SPDX = ("MIT", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC0-1.0", "ODbL-1.0", "Apache-2.0")


def spdx_id(licence: str) -> str:
    """Name a licence by its SPDX identifier, or by a reference to our text of it.

    Examples
    --------
    >>> [spdx_id(text) for text in ("CC BY 4.0", "MIT (as packaged by ITU-Rpy)", "facts")]
    ['CC-BY-4.0', 'MIT', 'LicenseRef-facts']
    """
    plain = re.sub(r"[^a-z0-9.]+", "-", licence.split("(")[0].lower()).strip("-")
    for known in _SPDX:
        if plain == known.lower():
            return known
    return f"LicenseRef-{plain or 'unnamed'}"


def write_documents(
    folder: Path,
    build: Mapping[str, Any],
    sources: Sequence[Mapping[str, Any]],
    titles: Mapping[Path, str],
) -> None:
    """Write README.md, LICENCE.md and CITATION.cff into an export.

    Parameters
    ----------
    folder : Path
        Of the export.
    build : mapping
        The row of ``meta.build``.
    sources : sequence of mapping
        The rows of ``meta.sources``.
    titles : mapping of Path to str
        What each file is, by its path below the folder.
    """
    (folder / "README.md").write_text(_readme(build, sources, titles), encoding="utf-8")
    (folder / "LICENCE.md").write_text(_licence(sources), encoding="utf-8")
    citation = {
        "cff-version": "1.2.0",
        "message": "Please cite this data set and the sources of LICENCE.md.",
        "type": "dataset",
        "title": build["title"],
        "version": build["project_version"],
        "date-released": build["built_at"].date(),
        "authors": [{"name": "The contributors of carbon_budget"}],
        "keywords": list(KEYWORDS),
        "references": [
            {
                "type": "data",
                "title": source["title"] or source["source_id"],
                "authors": [{"name": source["producer"] or "unknown"}],
            }
            for source in sources
        ],
    }
    (folder / "CITATION.cff").write_text(
        yaml.safe_dump(citation, sort_keys=False, allow_unicode=True), encoding="utf-8"
    )


def write_sums(folder: Path) -> None:
    """Write SHA256SUMS over every file of an export, for ``sha256sum --check``."""
    lines = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as handle:
            digest = hashlib.file_digest(handle, "sha256").hexdigest()
        lines.append(f"{digest}  {path.relative_to(folder).as_posix()}\n")
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def _readme(
    build: Mapping[str, Any], sources: Sequence[Mapping[str, Any]], titles: Mapping[Path, str]
) -> str:
    made_up = [
        source["title"] or source["source_id"] for source in sources if source["is_synthetic"]
    ]
    warning = (
        f"**Some inputs are made up**, and so is what follows from them: {'; '.join(made_up)}.\n\n"
        if made_up
        else ""
    )
    files = "".join(f"| `{path.as_posix()}` | {title} |\n" for path, title in titles.items())
    return (
        f"# {build['title']}\n\n"
        "Carbon budgets of cities, provinces and regions: emissions, sinks of ecosystems and"
        " rocks, and what remains.\n\n"
        f"{warning}"
        f"Built {build['built_at']:%Y-%m-%d} by carbon_budget {build['project_version']}, commit"
        f" {build['git_commit'] or 'unknown'}.\n\n"
        "`datapackage.json` gives every column with its type, unit and meaning; a Parquet file"
        " has them in its schema too. An empty cell is not known, never zero. Ratios must not be"
        " summed: divide the sums.\n\n"
        f"Check the files with `sha256sum --check {SUMS}`.\n\n"
        f"| file | what it is |\n|---|---|\n{files}"
    )


def _licence(sources: Sequence[Mapping[str, Any]]) -> str:
    rows = "".join(
        f"| {source['title'] or source['source_id']} | {source['producer'] or ''}"
        f" | {source['licence'] or 'not stated'} | {spdx_id(source['licence'] or '')} |\n"
        for source in sources
    )
    return (
        "# Licence of these results\n\n"
        "The figures were computed from the sources below. They may be passed on and used under"
        " the conditions of all of them together: name every source, and keep to the strictest"
        " licence among those that a figure rests on. What the computation adds is given to you"
        " under CC-BY-4.0 (https://creativecommons.org/licenses/by/4.0/).\n\n"
        f"| source | producer | licence | SPDX |\n|---|---|---|---|\n{rows}"
    )
