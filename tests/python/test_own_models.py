"""A user's own models are built among ours, and nothing of theirs is written to."""

from __future__ import annotations

from pathlib import Path

import pytest

from carbon.own_models import assemble, own_models
from ingest.raw.state import read_raw
from tests.helpers.workplace import PROJECT
from workspace.errors import InputError
from workspace.project import PROJECT_PARTS, project_files
from workspace.settings import Settings, find_project


def test_models_beside_the_catalogue_join_ours(
    place: tuple[Path, Settings], tmp_path: Path
) -> None:
    catalogue, settings = place
    raw = read_raw(settings.build_file, ["ingest", "zonal_partitions"])
    assert own_models(raw, settings) is None
    own = catalogue.parent / "models"
    (own / "deeper").mkdir(parents=True)
    (own / "notes.txt").write_text("no model")
    assert own_models(raw, settings) is None
    model = own / "deeper" / "my_table.sql"
    model.write_text("select city_id from {{ ref('dim_cities') }}\n")
    assert own_models(raw, settings) == own
    for _ in range(2):  # The second replaces the first.
        project = assemble(settings.project, own, tmp_path / "project")
    assert project_files(project) == project_files(settings.project, own)
    assert (project / "models/own/deeper/my_table.sql").read_text() == model.read_text()
    assert {path.name for path in own.rglob("*")} == {"deeper", "notes.txt", "my_table.sql"}
    (catalogue.parent / "dbt_project.yml").touch()
    with pytest.raises(InputError, match="another dbt project"):
        own_models(raw, settings)


def test_the_project_is_where_it_is_said_to_be(tmp_path: Path) -> None:
    assert find_project() == PROJECT
    assert all((PROJECT / part).exists() for part in PROJECT_PARTS)
    with pytest.raises(InputError, match="names a folder without"):
        find_project(str(tmp_path))
    (tmp_path / "dbt_project.yml").touch()
    assert find_project(str(tmp_path)) == tmp_path
