"""``kill -9`` during a build, then the same command again, ends in the same published tables.

The same for an ingestion, at five moments, is in ``test_ingestion.py``.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from carbon.publishing import NEXT_FOLDER
from tests.helpers.miniature import Miniature
from tests.helpers.workplace import PROJECT, Workplace, processes_of, wait_until

pytestmark = pytest.mark.pipeline

#: Columns that say when or from where something was made, not what it is.
PASSING = {"built_at", "ingested_at", "catalogue", "path"}

#: Shares of an undisturbed build after which it is killed: among the models, and at the end,
#: where the tests and the publishing are.
MOMENTS = ((0.3, 0.8), (0.9, 0.99))


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
            rows = connection.execute(f"select {kept} from {table}").fetchall()
            content[table] = sorted((tuple(map(rounded, row)) for row in rows), key=repr)
    return content


def rounded(value: object) -> object:
    """Leave out the last digits, which depend on the order in which threads add up."""
    if isinstance(value, float):
        return float(f"{value:.8g}") if abs(value) > 1e-9 else 0.0
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return value


def kill_after(workplace: Workplace, seconds: float, *arguments: str) -> bool:
    """Start a command, kill it and its children after a while; tell whether it was still alive."""
    process = workplace.start(*arguments)
    time.sleep(seconds)
    alive = process.poll() is None
    if alive:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return alive


def test_killed_while_building(tmp_path: Path) -> None:
    undisturbed = Workplace(tmp_path / "undisturbed")
    undisturbed.carbon("ingest", str(Miniature().write(tmp_path / "inputs")))
    disturbed = Workplace(tmp_path / "disturbed")
    shutil.copytree(undisturbed.data, disturbed.data)
    began = time.monotonic()
    undisturbed.carbon("build")
    seconds = time.monotonic() - began

    chance = random.Random(20171997)
    killed = [
        kill_after(disturbed, chance.uniform(*moment) * seconds, "build") for moment in MOMENTS
    ]
    assert killed[0]
    disturbed.carbon("build")
    assert published_tables(disturbed.published_file) == published_tables(
        undisturbed.published_file
    )


#: A build that is only its last step, which publishes; all that comes before takes longer.
PUBLISHING = """
import sys
from pathlib import Path
from carbon import cli, dbt

run = dbt.run_dbt
dbt.run_dbt = lambda project, arguments, environ: run(
    project, ["run-operation", "publish_database"], environ
)
sys.argv = ["carbon", "build", "--force"]
cli.main()
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    workplace = Workplace(tmp_path_factory.mktemp("published"))
    workplace.carbon("ingest", str(Miniature().write(workplace.folder / "inputs")))
    workplace.carbon("build")
    return workplace


@pytest.mark.parametrize(
    ("how", "wait_s"), [(signal.SIGKILL, 0), (signal.SIGTERM, 0.02), (signal.SIGHUP, 0.1)]
)
def test_stopped_alone_while_publishing(
    how: signal.Signals, wait_s: float, published: Workplace
) -> None:
    """What ends the command alone ends dbt too: it publishes before the command ends, or never."""
    former = identity(published.published_file)
    next_folder = published.published_file.parent / NEXT_FOLDER
    shutil.rmtree(next_folder, ignore_errors=True)  # of a process that was killed before
    process = subprocess.Popen(
        [sys.executable, "-c", PUBLISHING],
        cwd=PROJECT,
        env=published.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    wait_until(lambda: next_folder.is_dir() or process.poll() is not None, 300)
    time.sleep(wait_s)
    os.kill(process.pid, how)
    asked = time.monotonic()
    process.wait(timeout=30)
    now = identity(published.published_file)
    if process.returncode:
        assert process.returncode == (-how if how is signal.SIGKILL else 128 + how)
        assert now == former or how is signal.SIGKILL
    wait_until(lambda: not processes_of(process.pid), 20)
    assert time.monotonic() - asked < 20  # two where nothing else runs
    assert identity(published.published_file) == now
    said = process.communicate()[0]
    assert "Traceback" not in said
    if process.returncode > 0:
        assert said.endswith("carbon: stopped; the same command goes on from here\n")


def identity(file: Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_ino, found.st_mtime_ns
