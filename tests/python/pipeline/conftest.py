"""Whole warehouses, built once for all tests of this folder."""

from __future__ import annotations

import pytest

from tests.helpers.installation import Installation, build_wheel, install
from tests.helpers.workplace import Workplace


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installation | None:
    """What users install, in an environment of its own; None where packages cannot be had."""
    folder = tmp_path_factory.mktemp("installed")
    return install(build_wheel(folder), folder / "environment")


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory, installed: Installation | None) -> Workplace:
    """The embedded sample, as a newcomer has it: by the wheel, from a folder of their own."""
    workplace = Workplace(tmp_path_factory.mktemp("sample"))
    if installed is None:
        workplace.carbon("ingest")
        workplace.carbon("build")
        return workplace
    before = installed.files()
    target = {name: workplace.environ[name] for name in ("DBT_TARGET_PATH", "DBT_LOG_PATH")}
    said = installed.run("carbon", "demo", ".", cwd=workplace.folder, **target)
    (workplace.folder / "demo.txt").write_text(said, encoding="utf-8")
    assert installed.files() == before
    return workplace
