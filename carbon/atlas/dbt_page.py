"""dbt's documentation of the published tables as one page that needs no network."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from carbon.dbt import run_dbt
from workspace.own import work_folder
from workspace.progress import Progress
from workspace.project import PROJECT_FILE
from workspace.settings import DATABASE_NAME

#: Nothing leaves the reader's machine, whatever dbt's page may want to load.
_POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; script-src'
    " 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data:; font-src data:;"
    " connect-src 'none'; form-action 'none'\">"
)
#: What dbt's page gets wrong when it stands alone: icons asked for before their names are known,
#: and an icon of the site that is not there.
_FIXES = (
    ('xlink:href="{{ getIcon', 'ng-attr-xlink:href="{{ getIcon'),
    ("${require('./assets/favicons/favicon.ico')}", "data:,"),
    ("<title>dbt Docs</title>", "<title>Documentation of the tables</title>"),
)
#: Where files lie on the machine that built is of no use to a reader.
_PRIVATE_KEYS = {"root_path", "build_path", "compiled_path", "deferred"}


def parse_manifest(project: Path, folder: Path) -> dict[str, Any]:
    """Let dbt read the project, without a warehouse.

    Parameters
    ----------
    project : Path
        Root of the dbt project.
    folder : Path
        An empty folder to work in.

    Returns
    -------
    dict
        dbt's ``manifest.json``.

    Raises
    ------
    RuntimeError
        If dbt cannot read the project, with what it said.
    """
    return _read(_dbt(project, folder, "parse") / "manifest.json")


def write_lineage(project: Path, database: Path, page: Path, progress: Progress) -> bool:
    """Write dbt's documentation of a published file.

    Parameters
    ----------
    project : Path
        Root of the dbt project.
    database : Path
        The published file. A copy is read, because dbt opens for writing.
    page : Path
        The HTML page to write.
    progress : Progress
        Told why, where the page cannot be made.

    Returns
    -------
    bool
        Whether the page was written.
    """
    progress.start("dbt's documentation", 1)
    with work_folder(page) as folder:
        (folder / "build").mkdir()
        try:
            shutil.copyfile(database, folder / "build" / DATABASE_NAME)
            target = _dbt(project, folder, "docs", "generate")
            catalog = _read(target / "catalog.json")
            text = inline(
                (target / "index.html").read_text(encoding="utf-8"),
                lend(prune(_read(target / "manifest.json")), catalog),
                catalog,
            )
        except (OSError, RuntimeError) as error:
            progress.note(f"the atlas goes without dbt's documentation: {error}")
            return False
    page.write_text(text, encoding="utf-8")
    progress.advance(page.name)
    return True


def prune(manifest: dict[str, Any]) -> dict[str, Any]:
    """Leave out the macros of dbt itself, and where things lay on the machine that built.

    Examples
    --------
    >>> prune({"macros": {"a": {"package_name": "dbt"}}, "nodes": {"n": {"root_path": "/x"}}})
    {'macros': {}, 'nodes': {'n': {}}}
    """
    own = {
        key: macro
        for key, macro in manifest["macros"].items()
        if macro["package_name"] == "carbon_budget"
    }
    nodes = {
        key: {name: value for name, value in node.items() if name not in _PRIVATE_KEYS}
        for key, node in manifest["nodes"].items()
    }
    return {**manifest, "macros": own, "nodes": nodes}


def lend(manifest: dict[str, Any], catalog: dict[str, Any]) -> dict[str, Any]:
    """Describe the columns that only the database knows with the comments it has for them.

    Examples
    --------
    >>> year = {"name": "year", "comment": "Year."}
    >>> lend({"nodes": {"n": {"columns": {}}}}, {"nodes": {"n": {"columns": {"year": year}}}})
    {'nodes': {'n': {'columns': {'year': {'name': 'year', 'description': 'Year.'}}}}}
    """
    nodes = dict(manifest.get("nodes", {}))
    for key, node in catalog.get("nodes", {}).items():
        lent = {
            name: {"name": column["name"], "description": column["comment"]}
            for name, column in node["columns"].items()
            if column.get("comment")
        }
        if key in nodes:
            nodes[key] = {**nodes[key], "columns": {**lent, **nodes[key]["columns"]}}
    return {**manifest, "nodes": nodes}


def inline(page: str, manifest: dict[str, Any], catalog: dict[str, Any]) -> str:
    r"""Put both documents of dbt into its page, where no text can end the script they stand in.

    Raises
    ------
    RuntimeError
        If the page has no place for them, as another version of dbt might.

    Examples
    --------
    >>> inline('<head></head>["MANIFEST.JSON INLINE DATA","CATALOG.JSON INLINE DATA"]',
    ...        {"a": "</script>"}, {})[-27:]
    '[{"a":"\\u003c/script>"},{}]'
    """
    for place, content in (("MANIFEST", manifest), ("CATALOG", catalog)):
        mark = f'"{place}.JSON INLINE DATA"'
        if mark not in page:
            raise RuntimeError(f"dbt's page has no place for its {place.lower()}")
        text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
        page = page.replace(mark, text.replace("<", "\\u003c"))
    for wrong, right in _FIXES:
        page = page.replace(wrong, right)
    return page.replace("<head>", f"<head>{_POLICY}", 1)


def _dbt(project: Path, folder: Path, *arguments: str) -> Path:
    """Run dbt with everything it writes in a folder; return its target folder."""
    target = folder / "target"
    done = run_dbt(
        project,
        arguments,
        {
            "CARBON_DATA": str(folder),
            "DBT_TARGET_PATH": str(target),
            "DBT_LOG_PATH": str(folder / "logs"),
        },
        captured=True,
    )
    if done.returncode != 0:
        lines = (done.stdout + done.stderr).strip().splitlines() or ["no word"]
        raise RuntimeError(f"dbt {arguments[0]} failed on {PROJECT_FILE}: {lines[-1].strip()}")
    return target


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
