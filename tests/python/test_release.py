"""What a release holds: equal bytes, notes of its version, and no other sample than the code's."""

from __future__ import annotations

import zipfile
from pathlib import Path

import duckdb
import pytest
import yaml

from tests.helpers.miniature import settings_of
from tools.release import release_notes, require_sample, write_release, write_zip
from workspace.errors import InputError
from workspace.project import project_files
from workspace.settings import Settings


def publish(settings: Settings, catalogue: str, files: dict[str, str]) -> None:
    settings.published.mkdir(parents=True, exist_ok=True)
    settings.published_file.unlink(missing_ok=True)
    with duckdb.connect(str(settings.published_file)) as connection:
        connection.execute("create schema meta")
        connection.execute("create table meta.build as select $1 as catalogue", [catalogue])
        connection.execute("create table meta.project_files (path varchar, sha256 varchar)")
        connection.executemany("insert into meta.project_files values (?, ?)", list(files.items()))


def test_archives_depend_on_content_alone(tmp_path: Path) -> None:
    for name, order in (("a", ("x.txt", "deep/y.txt")), ("b", ("deep/y.txt", "x.txt"))):
        for file in order:
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file)
        (tmp_path / name / ".files.json").write_text(name)
        (tmp_path / name / "x.txt").chmod(0o600 if name == "a" else 0o644)
        (tmp_path / "out" / name).mkdir(parents=True)
        write_zip(tmp_path / name, tmp_path / "out" / name / "made.zip")
    first, second = (tmp_path / "out" / name / "made.zip" for name in "ab")
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert archive.namelist() == ["made/deep/y.txt", "made/x.txt"]


def test_only_the_sample_of_this_code_is_released(project: Path, tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    files = project_files(project)
    with pytest.raises(InputError, match="nothing was published yet"):
        require_sample(settings)
    publish(settings, "my.yml", files)
    with pytest.raises(InputError, match="is not the embedded sample"):
        require_sample(settings)
    publish(settings, "carbon/sample/sample.yml", {**files, "models/x.sql": "0"})
    with pytest.raises(InputError, match="by other code"):
        require_sample(settings)
    publish(settings, "carbon/sample/sample.yml", files)
    with pytest.raises(InputError, match="older than the published file"):
        require_sample(settings)
    (settings.published / "atlas").mkdir()
    (settings.published / "atlas" / "index.html").touch()
    require_sample(settings)


def test_a_tag_is_the_version_and_has_notes(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"the tag is v9\.9"):
        write_release(settings_of(tmp_path), tmp_path / "dist", "v9.9")
    assert release_notes("## 1.10\n\n- b\n", "1.1") == ""
    assert not (tmp_path / "dist").exists()


def test_workflows_call_the_steps_of_the_repository(project: Path) -> None:
    steps = {}
    for path in (project / ".github" / "workflows").glob("*.yml"):
        (job,) = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values()
        steps[path.stem] = " ".join(step.get("run", "") for step in job["steps"])
    assert ".ci/run" in steps["tests"]
    assert steps["release"].index("make warehouse") < steps["release"].index("make release TAG=")
