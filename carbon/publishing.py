"""What publishing needs and SQL cannot do: folders, an atomic rename, the project's own facts.

The steps of publishing are in ``macros/publish.sql``. This module gives dbt's DuckDB connection the
functions that the macro calls, as a dbt-duckdb plugin.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import yaml
from dbt.adapters.duckdb.plugins import BasePlugin

from workspace.files import replace_file, sync
from workspace.own import sweep
from workspace.project import PROJECT_FILE, project_files
from workspace.settings import DATABASE_NAME
from workspace.stopping import is_orphan

NEXT_FOLDER = ".next"
FUNCTIONS_FILE = Path(__file__).with_name("functions.sql")

#: What DuckDB writes in it.
_NEXT_FILE = re.compile(rf"{re.escape(DATABASE_NAME)}(\.wal|\.tmp/.*)?")


def prepare_next(published: str) -> str:
    """Make an empty folder for the next published file and say where that file goes.

    The file keeps its name in another folder, because a view holds the name of its catalogue,
    which DuckDB takes from the file. What a killed run left behind is removed.

    Parameters
    ----------
    published : str
        The folder that readers open, ``CARBON_PUBLISHED``.

    Returns
    -------
    str
        Path of the file to write.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Path(prepare_next(folder)).relative_to(folder).as_posix()
    '.next/carbon_budget.duckdb'
    """
    folder = Path(published).absolute() / NEXT_FOLDER
    sweep(folder, _NEXT_FILE)
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder / DATABASE_NAME)


def replace_published(next_path: str) -> str:
    """Put the next file in the place of the published one, in one step.

    Readers that hold the old file open keep it; whoever opens the path afterwards gets the new
    one. The new file is first opened as a stranger would: read-only, without this project's
    functions.

    Parameters
    ----------
    next_path : str
        The path that `prepare_next` gave, written, checkpointed and detached.

    Returns
    -------
    str
        Path of the published file.

    Raises
    ------
    RuntimeError
        If the file still has a write-ahead log, a table or view of it cannot be read, or the
        command that asked for it was stopped.
    """
    source = Path(next_path)
    target = source.parent.parent / DATABASE_NAME
    log = source.with_name(source.name + ".wal")
    if log.exists():
        raise RuntimeError(f"{log} exists: the new file was not checkpointed")
    audit_readable(source)
    if is_orphan():
        raise RuntimeError("the command that builds was stopped")
    replace_file(source, target)
    sync(target.parent)
    sweep(source.parent, _NEXT_FILE)
    return str(target)


def audit_readable(path: Path) -> None:
    """Check that every table and view of a file can be read without this project's functions.

    Parameters
    ----------
    path : Path
        A DuckDB file that no other connection writes.

    Raises
    ------
    RuntimeError
        Naming the first relation that cannot be read.
    """
    with duckdb.connect(str(path), read_only=True) as connection:
        relations = connection.execute(
            "select table_schema, table_name from information_schema.tables"
        ).fetchall()
        for schema, name in relations:
            try:
                connection.execute(f'select * from "{schema}"."{name}" limit 0')
            except duckdb.Error as error:
                raise RuntimeError(f"{schema}.{name} cannot be read by others: {error}") from error


def file_functions(database: str) -> str:
    """Write the statements that give a file its functions (``carbon/functions.sql``).

    Parameters
    ----------
    database : str
        Name under which the file is attached.

    Returns
    -------
    str
        SQL: a macro and its comment for each function.

    Examples
    --------
    >>> print(file_functions("published")[:49])
    create macro published.main.ols_slope(series) as
    """
    text = FUNCTIONS_FILE.read_text(encoding="utf-8")
    text = text[text.index("create macro ") :]
    return re.sub(
        r"^(create macro|comment on macro(?: table)?) (?=\w+)",
        rf"\1 {database}.main.",
        text,
        flags=re.MULTILINE,
    )


def project_facts() -> str:
    """Describe the project that builds: version, names of its vars and, under git, the commit.

    Returns
    -------
    str
        A JSON object with ``version``, ``vars``, ``files`` (hashes by path), ``git_commit`` and
        ``git_is_dirty``; the last two are null outside a git work tree.
    """
    project = yaml.safe_load(Path(PROJECT_FILE).read_text(encoding="utf-8"))
    commit = _git("rev-parse", "HEAD")
    status = _git("status", "--porcelain") if commit else None
    facts: dict[str, Any] = {
        "version": str(project["version"]),
        "vars": sorted(project.get("vars", {})),
        "files": project_files(Path()),
        "git_commit": commit,
        "git_is_dirty": None if status is None else bool(status),
    }
    return json.dumps(facts)


def register(connection: duckdb.DuckDBPyConnection) -> None:
    """Give a connection the functions of ``macros/publish.sql``.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        The connection of dbt.
    """
    # Types come from the annotations; side_effects: never called twice, nor ahead of time.
    connection.create_function("publish_prepare", prepare_next, side_effects=True)
    connection.create_function("publish_replace", replace_published, side_effects=True)
    connection.create_function("publish_functions", file_functions, side_effects=True)
    connection.create_function("publish_project_facts", project_facts, side_effects=True)


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *arguments], capture_output=True, text=True, check=True, timeout=30
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


class Plugin(BasePlugin):
    """The dbt-duckdb plugin that registers the functions of publishing."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Register the functions on the connection that dbt opened."""
        register(conn)
