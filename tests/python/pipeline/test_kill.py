"""``kill -9`` at any moment, then the same command again, ends in the same published tables."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import duckdb
import pytest

from miniature import Miniature
from workplace import Workplace

pytestmark = pytest.mark.pipeline

#: Columns that say when or from where something was made, not what it is.
PASSING = {"built_at", "ingested_at", "catalogue", "path"}
MOMENTS = 5


def published_tables(file: Path) -> dict[str, list[tuple[object, ...]]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        tables = connection.execute("""
            select table_schema || '.' || table_name, list(column_name order by ordinal_position)
            from information_schema.columns inner join information_schema.tables
                using (table_schema, table_name)
            where table_type = 'BASE TABLE' group by all order by all
        """).fetchall()
        content = {}
        for table, columns in tables:
            kept = ", ".join(f'"{name}"' for name in columns if name not in PASSING)
            content[table] = connection.execute(
                f"select {kept} from {table} order by all"
            ).fetchall()
    return content


def kill_after(workplace: Workplace, seconds: float, *arguments: str) -> bool:
    """Start a command, kill it and its children after a while; tell whether it was still alive."""
    process = workplace.start(*arguments)
    time.sleep(seconds)
    alive = process.poll() is None
    if alive:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return alive


def duration(workplace: Workplace, *arguments: str) -> float:
    began = time.monotonic()
    workplace.carbon(*arguments)
    return time.monotonic() - began


def test_killed_at_random_moments(tmp_path: Path) -> None:
    catalogue = str(Miniature().write(tmp_path / "inputs"))
    undisturbed = Workplace(tmp_path / "undisturbed")
    steps = (("ingest", catalogue), ("build",))
    seconds = [duration(undisturbed, *step) for step in steps]
    expected = published_tables(undisturbed.published_file)

    chance = random.Random(20171997)
    killed = 0
    for moment in range(MOMENTS):
        disturbed = Workplace(tmp_path / f"disturbed_{moment}")
        victim = moment % 2
        for step in steps[:victim]:
            disturbed.carbon(*step)
        killed += kill_after(disturbed, chance.uniform(0.2, 0.95) * seconds[victim], *steps[victim])
        for step in steps[victim:]:
            disturbed.carbon(*step)
        assert published_tables(disturbed.published_file) == expected
    assert killed >= MOMENTS - 1
