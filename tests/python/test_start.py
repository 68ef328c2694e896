"""What a command loads before it works: what takes long to load comes when it is needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]

#: Libraries that take a tenth of a second and more.
HEAVY = {
    "dask",
    "dbt",
    "exactextract",
    "geopandas",
    "matplotlib",
    "netCDF4",
    "pandas",
    "pint",
    "pyogrio",
    "rasterio",
    "scipy",
    "sklearn",
    "xarray",
}


@pytest.mark.parametrize(
    ("program", "more"),
    [
        ("from carbon.cli import app", {"duckdb", "numpy", "pyarrow"}),
        # The process that takes a query, and the one that answers it.
        ("import carbon.query.query", {"duckdb", "numpy", "pyarrow"}),
        ("import carbon.query.database, carbon.query.output, carbon.query.answering", set()),
        ("import duckdb, udfs; udfs.register(duckdb.connect())", set()),
        ("from workspace.settings import load_settings; load_settings()", {"numpy", "pyarrow"}),
    ],
)
def test_a_start_does_not_wait_for_libraries(program: str, more: set[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", program],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {
        line.rpartition("|")[2].strip()
        for line in done.stderr.splitlines()
        if line.startswith("import time:")
    }
    assert len(loaded) > 20
    assert not {name for name in loaded if name in HEAVY | more}
