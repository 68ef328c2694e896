"""Queries as the project's files hold them, with ``ref()`` and macros, turned into plain SQL."""

from __future__ import annotations

import re
from pathlib import Path

from carbon.dbt import run_dbt
from workspace.errors import InputError

#: What a file with these is: a template, which only dbt can read.
_TEMPLATE_MARKS = ("{{", "{%")
#: Where dbt keeps what it has parsed, under the project; `make clean` removes it.
_FOLDER = Path("target", "query")
#: What stands around the sentence that says what is wrong.
_CLOCK = re.compile(r"^\d\d:\d\d:\d\d")
_CHATTER = ("Encountered an error", "Error parsing inline query", "Error while parsing node")


def plain_sql(text: str, project: Path) -> str:
    """Compile a query of the project's ``analyses/`` by dbt; plain SQL is returned as it is.

    Parameters
    ----------
    text : str
        SQL, perhaps with ``{{ ref(...) }}``, ``{{ var(...) }}`` and macros.
    project : Path
        Root of the dbt project.

    Returns
    -------
    str
        SQL that runs on the published file. No database is opened to get it, so a build may be
        at work meanwhile.

    Raises
    ------
    InputError
        If dbt cannot compile it, with what dbt says.

    Examples
    --------
    >>> plain_sql("select 1 as one", Path("."))
    'select 1 as one'
    """
    if not any(mark in text for mark in _TEMPLATE_MARKS):
        return text
    folder = project / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    done = run_dbt(
        project,
        [
            *("--quiet", "compile", "--no-introspect", "--no-populate-cache"),
            *("--inline", text),
        ],
        # A data folder of its own: the build file is never opened, and dbt can use what it
        # parsed the last time.
        {
            "CARBON_DATA": str(folder / "data"),
            "DBT_TARGET_PATH": str(folder),
            "DBT_LOG_PATH": str(folder / "logs"),
        },
        captured=True,
    )
    if done.returncode:
        raise InputError(
            f"dbt cannot compile the query: {_complaint(done.stdout)}",
            mend="ref() names a model or seed of this project; see macros/ for the rest",
        )
    return done.stdout


def _complaint(output: str) -> str:
    """Find the sentence in dbt's report of an error.

    >>> _complaint('''06:55:12  Encountered an error:
    ... Compilation Error
    ...   Error while parsing node: inline_query
    ...   Query depends on a node named 'nothing' which was not found
    ...   Error parsing inline query''')
    "Compilation Error Query depends on a node named 'nothing' which was not found"
    """
    lines = [_CLOCK.sub("", line).strip() for line in output.splitlines()]
    lines = [line for line in lines if line and not line.startswith(_CHATTER)]
    return " ".join(lines)[:300] or "it does not say why"
