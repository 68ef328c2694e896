"""Everything of a release in one folder: ``python -m tools.release [TAG]``.

Wheel and source distribution, the published sample with its data package and its atlas, the list
of what an installation consists of (CycloneDX), how to cite it, the notes of the version, and
``SHA256SUMS``. The same commit and the same published sample give the same bytes, whenever they are
packed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import yaml

from carbon.export.export import export
from carbon.published import connect_published
from workspace.errors import InputError
from workspace.own import LIST, replacing_folder
from workspace.progress import SilentProgress
from workspace.project import PACKAGES, project_files
from workspace.settings import Settings, load_settings

#: The archive format's earliest moment: 1980-01-01.
_ZIP_MOMENT = (1980, 1, 1, 0, 0, 0)
_SUMS = "SHA256SUMS"


def main() -> None:
    """Write the release into ``dist`` and say what is in it."""
    try:
        folder = write_release(load_settings(), PACKAGES / "dist", *sys.argv[1:2])
    except InputError as error:
        sys.exit(f"release: {error}")
    sys.stdout.write((folder / _SUMS).read_text(encoding="utf-8"))


def write_release(settings: Settings, target: Path, tag: str | None = None) -> Path:
    """Write every file of a release.

    Parameters
    ----------
    settings : Settings
        Where the published sample is.
    target : Path
        Folder to write; an earlier release is replaced whole.
    tag : str, optional
        The tag that is released, such as v1.2.0.

    Returns
    -------
    Path
        The target.

    Raises
    ------
    InputError
        If the tag is not the version's, the changelog lacks the version, or the published file is
        not the sample as this code builds it.
    """
    version = str(_metadata()["version"])
    notes = release_notes((PACKAGES / "CHANGELOG.md").read_text(encoding="utf-8"), version)
    if tag is not None and tag != f"v{version}":
        raise InputError(
            f"the tag is {tag}, the version {version}",
            where="pyproject.toml",
            fix=f"tag the commit v{version}, or change the version",
        )
    if tag is not None and not notes:
        raise InputError(
            f"there is no section {version}", where="CHANGELOG.md", fix="name Unreleased so"
        )
    require_sample(settings)
    with replacing_folder(target, "release") as folder:
        _write_distributions(folder)
        shutil.copyfile(settings.published_file, folder / settings.published_file.name)
        write_zip(settings.published / "atlas", folder / f"carbon-budget-{version}-atlas.zip")
        with tempfile.TemporaryDirectory(prefix="release-") as name:
            package = Path(name, "export")
            export(settings.published_file, package, SilentProgress())
            write_zip(package, folder / f"carbon-budget-{version}-data-package.zip")
        _write_bill_of_materials(folder / f"carbon-budget-{version}.cdx.json")
        for name in ("CITATION.cff", "LICENSE", ".zenodo.json"):
            shutil.copyfile(PACKAGES / name, folder / name)
        (folder / "NOTES.md").write_text(notes or "Not released yet.\n", encoding="utf-8")
        sums = (f"{_sha256(path)}  {path.name}\n" for path in sorted(folder.iterdir()))
        (folder / _SUMS).write_text("".join(sums), encoding="utf-8")
    return target


def require_sample(settings: Settings) -> None:
    """Reject a published file that is not the sample as the code at hand builds it."""
    with connect_published(settings.published_file) as connection:
        try:
            files = dict(connection.execute("from meta.project_files").fetchall())
            found = connection.execute("select catalogue from meta.build").fetchone()
        except duckdb.Error:
            files, found = {}, None
    remedy = "run: make warehouse"
    where = str(settings.published_file)
    if found is None or Path(found[0]).name != "sample.yml":
        raise InputError("is not the embedded sample", where=where, fix=remedy)
    if files != project_files(PACKAGES):
        raise InputError("was built by other code than is released", where=where, fix=remedy)
    page = settings.published / "atlas" / "index.html"
    if not page.is_file() or page.stat().st_mtime < settings.published_file.stat().st_mtime:
        raise InputError("is older than the published file", where=str(page), fix=remedy)


def release_notes(changelog: str, version: str) -> str:
    r"""Return what the changelog says of a version; empty if it does not name it.

    Examples
    --------
    >>> release_notes("## 2.0 - 2026\n\n- New.\n\n## 1.0\n\n- Old.\n", "2.0")
    '- New.\n'
    """
    title = rf"^## {re.escape(version)}(?=\s)[^\n]*\n"
    section = re.search(rf"{title}(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    return section[1].strip() + "\n" if section else ""


def write_zip(folder: Path, target: Path) -> None:
    """Pack a folder: the same content gives the same bytes, and unpacks into one folder.

    Parameters
    ----------
    folder : Path
        What to pack; the list by which this project knows its own folders stays out.
    target : Path
        The archive; its stem is the folder in it.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.name != LIST:
                name = f"{target.stem}/{path.relative_to(folder).as_posix()}"
                entry = zipfile.ZipInfo(name, _ZIP_MOMENT)
                entry.external_attr = 0o644 << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, path.read_bytes())


def zenodo_record() -> str:
    """Write ``.zenodo.json``, what Zenodo shows of a release, from what stands elsewhere."""
    metadata = _metadata()
    citation = yaml.safe_load((PACKAGES / "CITATION.cff").read_text(encoding="utf-8"))
    record = {
        "title": citation["title"],
        "version": metadata["version"],
        "description": metadata["description"],
        "upload_type": "software",
        "license": metadata["license"],
        "creators": [{"name": author["name"]} for author in citation["authors"]],
        "related_identifiers": [
            {"identifier": work["doi"], "relation": "isSupplementTo", "scheme": "doi"}
            for work in citation["references"]
        ],
    }
    return json.dumps(record, indent=2) + "\n"


def _metadata() -> dict[str, Any]:
    content = tomllib.loads((PACKAGES / "pyproject.toml").read_text(encoding="utf-8"))
    project: dict[str, Any] = content["project"]
    return project


def _write_distributions(folder: Path) -> None:
    _run("-m", "hatchling", "build", "--directory", str(folder))
    (folder / ".gitignore").unlink(missing_ok=True)


def _write_bill_of_materials(path: Path) -> None:
    """List every package that an installation has, as requirements-run.lock pins it."""
    lock, project = PACKAGES / "requirements-run.lock", PACKAGES / "pyproject.toml"
    _run(
        *("-m", "cyclonedx_py", "requirements", str(lock), "--pyproject", str(project)),
        *("--output-reproducible", "--of", "JSON", "-o", str(path)),
    )


def _run(*arguments: str) -> None:
    """Run a Python program at the root of the repository, at a moment that does not pass."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=PACKAGES,
        env={"SOURCE_DATE_EPOCH": "315532800", **os.environ},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-2000:])


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
