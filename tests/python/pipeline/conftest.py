"""Whole warehouses, built once for all tests of this folder."""

from __future__ import annotations

import pytest

from tests.helpers.workplace import Workplace


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """The embedded sample, ingested and published by the two commands a newcomer types."""
    workplace = Workplace(tmp_path_factory.mktemp("sample"))
    workplace.carbon("ingest")
    workplace.carbon("build")
    return workplace
