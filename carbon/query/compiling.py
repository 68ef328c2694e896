"""Queries as the project's files hold them, with ``ref()`` and macros, turned into plain SQL."""

from __future__ import annotations

import re
from pathlib import Path

from carbon.dbt import compile_apart
from workspace.errors import InputError
from workspace.limits import Limits, ended_by, is_want_of_memory, too_large

#: What a file with these is: a template, which only dbt can read.
_TEMPLATE_MARKS = ("{{", "{%")
#: Where dbt keeps what it has parsed.
_FOLDER = "query"
#: What stands around the sentence that says what is wrong.
_CLOCK = re.compile(r"^\d\d:\d\d:\d\d")
_CHATTER = ("Encountered an error", "Error parsing inline query", "Error while parsing node")


def plain_sql(text: str, project: Path, scratch: Path, limits: Limits) -> str:
    """Compile a query of the project's ``analyses/`` by dbt; plain SQL is returned as it is.

    Parameters
    ----------
    text : str
        SQL, perhaps with ``{{ ref(...) }}``, ``{{ var(...) }}`` and macros.
    project, scratch : Path
        Root of the dbt project, and a folder that dbt may write to.
    limits : Limits
        Of the template too, which may be anybody's: it sees no variable of the environment but
        those of this project.

    Returns
    -------
    str
        SQL that runs on the published file. No database is opened to get it, so a build may be
        at work meanwhile.

    Raises
    ------
    InputError
        If dbt cannot compile it, with what dbt says, or not within the limits.

    Examples
    --------
    >>> plain_sql("select 1 as one", Path("."), Path("."), Limits())
    'select 1 as one'
    """
    if not any(mark in text for mark in _TEMPLATE_MARKS):
        return text
    returncode, output = compile_apart(project, scratch / _FOLDER, text, limits)
    if returncode == 0:
        return output
    if is_want_of_memory(output):
        raise too_large(limits)
    if returncode < 0:
        raise ended_by(returncode, limits)
    raise InputError(
        f"dbt cannot compile the query: {_complaint(output)}",
        fix="ref() names a model or seed of this project; see macros/ for the rest",
    )


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
