"""Fixtures that every test folder shares."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.workplace import PROJECT
from workspace.stopping import ASKING

if TYPE_CHECKING:
    from workspace.settings import Settings

#: Where published files and numeric vectors lie that the repository may not hold (CONTRIBUTING.md).
SHARED = PROJECT / os.environ.get("CARBON_SHARED", "../shared")


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep tests that share a built warehouse on one worker; the rest go file by file."""
    for item in items:
        shared = "sample" in getattr(item, "fixturenames", ())
        group = "sample" if shared else item.nodeid.split("::")[0]
        if item.get_closest_marker("pipeline"):
            item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(autouse=True)
def _signals_as_before() -> Iterator[None]:
    """Undo what a command does that runs in this process: at its end it ignores signals."""
    former = {number: signal.getsignal(number) for number in ASKING}
    yield
    for number, handler in former.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def project() -> Path:
    """Root of the repository."""
    return PROJECT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Published files that are not part of the repository."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip("CARBON_SHARED names no folder with data/: see CONTRIBUTING.md")
    return folder


@pytest.fixture(scope="session")
def vectors() -> dict[str, dict[str, Any]]:
    """Numeric test vectors by id, which are not part of the repository."""
    path = SHARED / "vectors.json"
    if not path.is_file():
        pytest.skip("CARBON_SHARED names no folder with vectors.json: see CONTRIBUTING.md")
    content = json.loads(path.read_text(encoding="utf-8"))
    return {vector["id"]: vector for vector in content["vectors"]}


@pytest.fixture(scope="session")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Settings]:
    """Ingest the miniature country once; return its catalogue and settings, to be left alone."""
    # Imported here: a test that needs no country starts without ibis and geopandas.
    from tests.helpers.miniature import Miniature, ingest, settings_of

    folder = tmp_path_factory.mktemp("ingested")
    catalogue = Miniature().write(folder / "inputs")
    settings = settings_of(folder)
    ingest(catalogue, settings)
    return catalogue, settings


@pytest.fixture
def place(ingested: tuple[Path, Settings], tmp_path: Path) -> tuple[Path, Settings]:
    """Give inputs and data of a test's own, to do something to."""
    from tests.helpers.miniature import ingest, settings_of

    inputs = Path(shutil.copytree(ingested[0].parent, tmp_path / "inputs"))
    settings = settings_of(tmp_path)
    shutil.copytree(ingested[1].data, settings.data)
    catalogue = inputs / ingested[0].name
    assert ingest(catalogue, settings) == []
    return catalogue, settings
