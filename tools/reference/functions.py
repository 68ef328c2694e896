"""docs/FUNCTIONS.md: every SQL function, from the registry."""

from __future__ import annotations

import re

from carbon.publishing import FUNCTIONS_FILE
from tools.reference.markdown import WRITTEN_BY, table
from udfs import FUNCTIONS, SqlFunction

HEAD = """# SQL functions

Statistics for any DuckDB connection. dbt registers them for a build; elsewhere two lines do:

```python
import duckdb, udfs

connection = duckdb.connect("published/carbon_budget.duckdb", read_only=True)
udfs.register(connection)
```

They live in the process and not in the file. A series is one list, in the order of its years:
`list(x order by year)`. [METHODS](METHODS.md) has their formulas.

"""
IN_THE_FILE = """
## Functions that are in the file

The published file brings these along as SQL macros, for tools without Python: DuckDB 1.0 to 2.0
answer alike. Statistics have the digits of the functions above, but for the last ones of
`p_value`, `gini` and `detrend`; a thousand series take 0.8 s where the registered ones take 0.7 s.
Where a file is attached, say `use x` first: the tables are looked up in the current database.

"""


def functions_document() -> str:
    """Write the reference of the SQL functions.

    Returns
    -------
    str
        Markdown, with one section for each function and its worked number.
    """
    index = table(
        ["function", "returns"],
        ([f"[`{f.name}`](#{f.name})", f"`{f.sql_result}`"] for f in FUNCTIONS),
    )
    return WRITTEN_BY + HEAD + index + "".join(map(_section, FUNCTIONS)) + _in_the_file()


def _in_the_file() -> str:
    """List the macros of the published file with their comments."""
    text = FUNCTIONS_FILE.read_text(encoding="utf-8")
    calls = dict(re.findall(r"^create macro (\w+)(\(.*?\))", text, flags=re.MULTILINE))
    comments = dict(
        re.findall(r"^comment on macro (?:table )?(\w+) is\n +'(.*)';$", text, flags=re.MULTILINE)
    )
    rows = ([f"`{name}{calls[name]}`", comments[name].replace("''", "'")] for name in calls)
    return IN_THE_FILE + table(["function", "answer"], rows)


def _section(function: SqlFunction) -> str:
    arguments = table(
        ["argument", "type", "meaning"],
        ([f"`{a.name}`", f"`{a.sql_type}`", a.meaning] for a in function.arguments),
    )
    return (
        f"\n## {function.name}\n\n{function.doc}\n\n{arguments}\n"
        f"Returns `{function.sql_result}`. {function.null_rule}.\n\n"
        f"```sql\nselect {function.example.call}  -- {_literal(function.example.result)}\n```\n"
    )


def _literal(value: object) -> str:
    """Write a value as DuckDB shows it.

    >>> _literal({"s": 8, "p": None, "valid": [True]})
    "{'s': 8, 'p': NULL, 'valid': [true]}"
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        inner = ", ".join(f"{name!r}: {_literal(member)}" for name, member in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    return str(value)
