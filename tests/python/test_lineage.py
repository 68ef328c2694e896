"""dbt's page: where it cannot be made, the atlas goes without it and says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from carbon.atlas import dbt_page
from workspace.progress import SilentProgress

pytestmark = pytest.mark.slow


def test_without_dbt_there_is_a_note_and_no_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> Path:
        raise RuntimeError("dbt docs failed")

    database = tmp_path / "carbon_budget.duckdb"
    database.touch()
    page = tmp_path / "dbt.html"
    monkeypatch.setattr(dbt_page, "_dbt", fail)
    progress = SilentProgress()
    assert not dbt_page.write_lineage(tmp_path, database, page, progress)
    assert progress.notes == ["the atlas goes without dbt's documentation: dbt docs failed"]
    assert not page.exists()


def test_another_page_of_dbt_is_refused() -> None:
    with pytest.raises(RuntimeError, match="no place for its catalog"):
        dbt_page.inline('<head>"MANIFEST.JSON INLINE DATA"', {}, {})


def test_a_page_without_a_place_goes_without_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in (("index.html", "<head>"), ("manifest.json", '{"macros": {}, "nodes": {}}')):
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "catalog.json").write_text("{}", encoding="utf-8")
    database = tmp_path / "carbon_budget.duckdb"
    database.touch()
    monkeypatch.setattr(dbt_page, "_dbt", lambda *arguments: tmp_path)
    progress = SilentProgress()
    assert not dbt_page.write_lineage(tmp_path, database, tmp_path / "dbt.html", progress)
    assert "no place for its manifest" in progress.notes[0]
