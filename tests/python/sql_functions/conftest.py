"""A connection that knows the functions, and spatial weights to try them on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import hypothesis
import pytest

import udfs

hypothesis.settings.register_profile("udfs", max_examples=60, deadline=None, derandomize=True)
hypothesis.settings.load_profile("udfs")


@pytest.fixture(scope="session")
def connection() -> duckdb.DuckDBPyConnection:
    opened = duckdb.connect()
    udfs.register(opened)
    return opened


@pytest.fixture(scope="session")
def ask(connection: duckdb.DuckDBPyConnection) -> Callable[..., Any]:
    """Evaluate one SQL expression, with ? for parameters."""

    def evaluate(expression: str, *parameters: Any) -> Any:
        answer = connection.execute(f"select {expression}", list(parameters)).fetchone()
        assert answer is not None
        return answer[0]

    return evaluate
