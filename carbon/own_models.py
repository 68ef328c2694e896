"""A user's own models: the folder ``models`` beside the catalogue, built together with ours.

They are copied among ours in a project under ``CARBON_DATA``: dbt would write the compiled text of
a model outside its project over the model.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from ingest.raw.state import last_catalogue_path
from workspace.errors import InputError
from workspace.own import replacing_folder
from workspace.project import OWN_MODELS, PROJECT_FILE, PROJECT_PARTS, own_files
from workspace.settings import Settings

#: Folder beside the catalogue.
FOLDER = "models"


def own_models(raw: Mapping[str, pa.Table], settings: Settings) -> Path | None:
    """Find the models that lie beside the catalogue that was ingested last.

    Parameters
    ----------
    raw : mapping of str to table
        ``ingest`` and ``zonal_partitions`` of the raw schema.
    settings : Settings
        Where the project is.

    Returns
    -------
    Path or None
        Their folder, if it holds anything and is not the project's own.

    Raises
    ------
    InputError
        If it belongs to another dbt project.
    """
    beside = last_catalogue_path(raw, settings).absolute().parent
    folder = beside / FOLDER
    if beside == settings.project or not any(own_files(folder)):
        return None
    if (beside / PROJECT_FILE).exists():
        raise InputError(
            "beside the catalogue lies another dbt project, whose models are not built",
            where=str(beside),
            fix=f"build that project with CARBON_PROJECT={beside}, or move the catalogue away",
        )
    return folder


def assemble(project: Path, own: Path, target: Path) -> Path:
    """Write a dbt project that holds ours and a user's own models.

    Parameters
    ----------
    project : Path
        Root of our dbt project.
    own : Path
        Folder of the user's models: SQL, YAML and Markdown.
    target : Path
        Folder to write. One that was written before is replaced; what is called there as a model
        of ours is a fault that dbt names.

    Returns
    -------
    Path
        The target.

    Raises
    ------
    InputError
        If the target holds what this did not write.
    """
    with replacing_folder(target, "build") as folder:
        copy_project(project, folder)
        for name, path in own_files(own):
            place = folder / OWN_MODELS / name
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
    return target


def copy_project(project: Path, folder: Path) -> None:
    """Copy the dbt project, file by file, as writable files."""
    for part in PROJECT_PARTS:
        root = project / part
        for path in (root, *root.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                place = folder / path.relative_to(project)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, place)
