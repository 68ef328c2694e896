"""DATA_DICTIONARY.md: every table and column of the published file, from dbt's manifest."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from tools.reference.markdown import WRITTEN_BY, table

Node = dict[str, Any]

HEAD = """# Data dictionary

What is in `published/carbon_budget.duckdb`, and below it the inputs and steps that it was computed
by, which stay in the build file. The same meanings and units are in the file, as comments and as
`meta.columns`.

A unit ends the name of its column: `tgco2` is Tg CO₂ a year, `ktco2_km2` 10³ t CO₂ km⁻² a year,
`gc_m2` g C m⁻² a year, `ratio` a share of one. NULL is not known, never zero. A column of the grain
is marked as key; an arrow leads to the dimension that it belongs to.

"""


def dictionary_document(manifest: dict[str, Any]) -> str:
    """Write the data dictionary.

    Parameters
    ----------
    manifest : dict
        dbt's ``manifest.json``.

    Returns
    -------
    str
        Markdown: what is published with its columns, the steps between by name.
    """
    grains = _grains(manifest)
    models = _models(manifest, "marts")
    dimensions = {
        grains[node["unique_id"]][0]: node["name"]
        for node in models
        if node["name"].startswith("dim_") and len(grains.get(node["unique_id"], ())) == 1
    }
    parts = [WRITTEN_BY, HEAD, "## For tools that sum what is dragged\n"]
    parts += [_section("bi", node, grains, dimensions) for node in _models(manifest, "bi")]
    parts.append("\n## Marts\n\n")
    parts.append(table(["table", "what it is"], _listing("marts", models)))
    parts += [_section("marts", node, grains, dimensions) for node in models]
    parts.append("\n## Provenance\n")
    parts += [_section("meta", node, grains, dimensions) for node in _models(manifest, "meta")]
    parts.append("\n## Factors and code lists\n")
    parts += [_section("ref", node, grains, dimensions) for node in _nodes(manifest, "seed")]
    for schema, title in (("intermediate", "Steps between"), ("staging", "Inputs, renamed")):
        nodes = _models(manifest, schema)
        parts.append(f"\n## {title}\n\n")
        parts.append(table(["table", "what it is"], _listing(schema, nodes)))
    raw = sorted(manifest["sources"].values(), key=lambda node: str(node["name"]))
    parts.append("\n## Inputs as ingested\n\n")
    parts.append(table(["table", "what it is"], _listing("raw", raw)))
    return "".join(parts)


def undocumented(manifest: dict[str, Any]) -> list[str]:
    """Name every table without a description, and every column without one.

    Parameters
    ----------
    manifest : dict
        dbt's ``manifest.json``.

    Returns
    -------
    list of str
        ``table`` or ``table.column``; empty when nothing is missing.
    """
    missing = []
    for node in [*_nodes(manifest, "model"), *_nodes(manifest, "seed")]:
        if not node["description"].strip():
            missing.append(node["name"])
        missing += [
            f"{node['name']}.{column['name']}"
            for column in node["columns"].values()
            if not column["description"].strip()
        ]
    return missing


def unit_of(description: str) -> str | None:
    """Read a column's unit from the end of its description, as publishing does.

    Examples
    --------
    >>> unit_of("ECS / CE. Unit: 1.")
    '1'
    >>> unit_of("Name of the city.") is None
    True
    """
    found = re.search(r"Unit: ([^.]+)\.$", description)
    return found[1] if found else None


def _nodes(manifest: dict[str, Any], kind: str) -> list[Node]:
    chosen = (node for node in manifest["nodes"].values() if node["resource_type"] == kind)
    return sorted(chosen, key=lambda node: str(node["name"]))


def _models(manifest: dict[str, Any], schema: str) -> list[Node]:
    return [node for node in _nodes(manifest, "model") if node["schema"] == schema]


def _grains(manifest: dict[str, Any]) -> dict[str, list[str]]:
    """Columns of the grain of each node, as its unique_grain test has them."""
    return {
        node["attached_node"]: node["test_metadata"]["kwargs"]["columns"]
        for node in _nodes(manifest, "test")
        if (node.get("test_metadata") or {}).get("name") == "unique_grain"
    }


def _listing(schema: str, nodes: Iterable[Node]) -> Iterable[list[str]]:
    for node in nodes:
        name = f"{schema}.{node['alias']}"
        # Only tables that have a section of their own are linked.
        yield [f"[`{name}`](#{name.replace('.', '')})" if schema == "marts" else f"`{name}`",
               node["description"]]  # fmt: skip


def _section(
    schema: str, node: Node, grains: dict[str, list[str]], dimensions: dict[str, str]
) -> str:
    grain = grains.get(node["unique_id"], [])
    rows = []
    for column in node["columns"].values():
        dimension = dimensions.get(column["name"])
        marks = ["key"] if column["name"] in grain else []
        if schema == "marts" and dimension not in (None, node["name"]):
            marks.append(f"→ `{dimension}`")
        rows.append([
            f"`{column['name']}`", column.get("data_type"), unit_of(column["description"]),
            " ".join(marks), column["description"],
        ])  # fmt: skip
    columns = table(["column", "type", "unit", "key", "meaning"], rows) if rows else ""
    return f"\n### {schema}.{node['alias']}\n\n{node.get('description', '')}\n\n{columns}"
