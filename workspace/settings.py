"""Where things are, and the two scientific choices that ingestion needs.

The paths come from the environment, the choices from ``vars:`` in ``dbt_project.yml``, which is
their one home: SQL macros read the same file.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workspace.errors import InputError
from workspace.files import is_remote
from workspace.project import INSTALLED_PROJECT, PACKAGES, PROJECT_FILE, project_vars

DATABASE_NAME = "carbon_budget.duckdb"

#: Folder beside the partitions where unfinished ones gather.
PENDING = "pending"


@dataclass(frozen=True)
class Settings:
    """Paths and coefficients of one run.

    Attributes
    ----------
    project : Path
        The dbt project: the root of the repository, the part of an installation that holds it,
        or ``CARBON_PROJECT``.
    data : Path
        ``CARBON_DATA``: the lake, the zonal partitions and the build file.
    published : Path
        ``CARBON_PUBLISHED``: what readers open.
    temperature_coefficient : float
        k_t of eq. 3, per degree Celsius.
    precipitation_coefficient : float
        k_r of eq. 3, per millimetre.
    """

    project: Path
    data: Path
    published: Path
    temperature_coefficient: float
    precipitation_coefficient: float

    @property
    def build_file(self) -> Path:
        """The DuckDB file that ingestion and dbt write."""
        return self.data / "build" / DATABASE_NAME

    @property
    def lake(self) -> Path:
        """Partitions of cells."""
        return self.data / "lake"

    @property
    def zonal(self) -> Path:
        """Partitions of sums over zones."""
        return self.data / "zonal"

    @property
    def zones(self) -> Path:
        """Weights of cells in zones."""
        return self.data / "zones"

    @property
    def pending(self) -> Path:
        """Where partitions gather until a run is finished."""
        return self.data / PENDING

    @property
    def hashes(self) -> Path:
        """Content hashes of input files, remembered between runs."""
        return self.data / "state" / "hashes.json"

    @property
    def sample(self) -> Path:
        """The embedded sample, expanded."""
        return self.data / "sample"

    @property
    def scratch(self) -> Path:
        """What dbt writes beside the warehouse: an installed project is not written to."""
        return self.data / "dbt"

    @property
    def published_file(self) -> Path:
        """The DuckDB file that readers open."""
        return self.published / DATABASE_NAME


def load_settings(environ: dict[str, str] | None = None) -> Settings:
    """Read the settings of this run.

    Parameters
    ----------
    environ : dict, optional
        The environment; the process's own by default.

    Returns
    -------
    Settings
        With absolute paths.

    Raises
    ------
    InputError
        If ``dbt_project.yml`` cannot be found or lacks one of the two coefficients, or a folder
        of the environment is an address.
    """
    env = dict(os.environ) if environ is None else environ
    project = find_project(env.get("CARBON_PROJECT"))
    variables = project_vars(project)
    return Settings(
        project=project,
        data=_folder(env, "CARBON_DATA", "data"),
        published=_folder(env, "CARBON_PUBLISHED", "published"),
        temperature_coefficient=_number(variables, "rh_temperature_coefficient"),
        precipitation_coefficient=_number(variables, "rh_precipitation_coefficient"),
    )


def find_project(chosen: str | None = None) -> Path:
    """Find the dbt project.

    Parameters
    ----------
    chosen : str, optional
        ``CARBON_PROJECT``, such as a folder that ``carbon eject`` wrote. Left out, the repository
        that holds this package, or what an installation carries.

    Returns
    -------
    Path
        Absolute path of its root.

    Raises
    ------
    InputError
        If there is none.
    """
    if chosen:
        root = Path(chosen).absolute()
        if not (root / PROJECT_FILE).is_file():
            raise InputError(
                f"CARBON_PROJECT names a folder without {PROJECT_FILE}",
                where=str(root),
                fix="write one with: carbon eject FOLDER",
            )
        return root
    for root in (PACKAGES, INSTALLED_PROJECT):
        if (root / PROJECT_FILE).is_file():
            return root
    raise InputError(
        f"no {PROJECT_FILE} beside the package or in it",
        where=str(PACKAGES),
        fix="install the package again",
    )


def _folder(env: dict[str, str], name: str, default: str) -> Path:
    folder = env.get(name) or default
    if is_remote(folder):
        raise InputError(
            f"{name} is {folder!r}, which is no folder",
            fix="mount the storage and name the folder it is mounted on",
        )
    return Path(folder).absolute()


def _number(variables: dict[str, Any], name: str) -> float:
    value = variables.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or value <= 0:
        raise InputError(
            f"vars: {name} is {value!r}", where=PROJECT_FILE, fix="give it a positive number"
        )
    return float(value)
