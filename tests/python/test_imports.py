"""Imports run downwards, as CONTRIBUTING draws them: none reaches up a floor, none in a circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

#: Rooms from the ground up. A module may import from its own room and from lower floors.
FLOORS = (
    ("workspace", "udfs"),
    ("ingest.catalogue",),
    ("ingest.zones", "ingest.rasters", "ingest.tables"),
    ("ingest.workers",),
    ("ingest.years",),
    ("ingest.raw",),
    ("ingest",),
    ("carbon.boundaries", "carbon.dbt", "carbon.published"),
    ("carbon.query", "carbon.export", "carbon.atlas", "carbon.sample"),
    ("carbon",),
    ("tools",),
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}


def modules(project: Path) -> dict[str, Path]:
    """Find the modules of the house by name."""
    found = {}
    for top in ("workspace", "udfs", "ingest", "carbon", "tools"):
        for path in sorted((project / top).rglob("*.py")):
            parts = path.relative_to(project).with_suffix("").parts
            found[".".join(part for part in parts if part != "__init__")] = path
    return found


def imported(path: Path, known: dict[str, Path]) -> Iterator[str]:
    """Name the modules of the house that a file imports, inside its functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from a import b` is of the module a.b where there is one, else of a.
            whole = (f"{node.module}.{alias.name}" for alias in node.names)
            names = [name if name in known else node.module for name in whole]
        yield from (name for name in names if name in known)


def room_of(module: str) -> str:
    return max(
        (room for room in FLOOR_OF if module == room or module.startswith(f"{room}.")), key=len
    )


@pytest.fixture(scope="module")
def arrows(project: Path) -> dict[str, set[str]]:
    """The imports of every module."""
    known = modules(project)
    return {name: set(imported(path, known)) - {name} for name, path in known.items()}


def test_no_import_runs_up_or_across(arrows: dict[str, set[str]]) -> None:
    assert len(arrows) > 100
    wrong = [
        f"{module} imports {other}"
        for module, others in arrows.items()
        for other in sorted(others)
        if room_of(module) != room_of(other)
        and FLOOR_OF[room_of(module)] <= FLOOR_OF[room_of(other)]
    ]
    assert wrong == []


def test_no_import_runs_in_a_circle(arrows: dict[str, set[str]]) -> None:
    assert len(list(TopologicalSorter(arrows).static_order())) == len(arrows)
