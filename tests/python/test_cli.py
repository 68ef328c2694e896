"""The command line: help that teaches, a template that is read, a status that tells."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from carbon import cli
from ingest.catalogue.catalogue import read_catalogue
from tests.helpers.miniature import Miniature, folder_bytes, ingest, settings_of
from workspace.errors import InputError
from workspace.settings import load_settings

COMMANDS = {command.name or command.callback.__name__ for command in cli.app.registered_commands}
PLAIN = {"COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1"}


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli.app, list(arguments), env=PLAIN)
    return result.exit_code, " ".join(result.output.split())


def test_help_lists_every_command() -> None:
    code, text = run("--help")
    assert code == 0
    assert {"init", "check", "ingest", "build", "status"} <= COMMANDS
    for name in COMMANDS:
        assert name in text
    for word in ("CARBON_DATA", "CARBON_PUBLISHED"):
        assert word in text


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_and_option_is_explained(name: str) -> None:
    command = typer.main.get_command(cli.app).commands[name]  # type: ignore[attr-defined]
    assert len((command.help or "").split()) >= 8
    assert f"carbon {name}" in (command.help or "").replace("**", "")
    for parameter in command.params:
        assert len((getattr(parameter, "help", None) or "").split()) >= 3, parameter.name
    code, text = run(name, "--help")
    assert code == 0
    assert f"{name} " in text


def test_init_writes_a_catalogue_and_never_over_one(tmp_path: Path) -> None:
    path = tmp_path / "new" / "my.yml"
    code, text = run("init", str(path))
    assert code == 0
    assert f"carbon check {path}" in text
    catalogue = read_catalogue(path, tmp_path)
    assert set(catalogue.collections) >= {"historical"}
    before = path.read_bytes()
    for arguments, said in (
        (("init", str(path)), "exists already"),
        (("init", str(path / "deeper" / "my.yml")), "cannot be written"),
    ):
        result = CliRunner().invoke(cli.app, arguments)
        assert isinstance(result.exception, InputError)
        assert said in str(result.exception)
    assert path.read_bytes() == before


def test_example_never_writes_among_other_files(tmp_path: Path) -> None:
    folder = tmp_path / "country"
    assert "carbon check" in run("example", str(folder))[1]
    before = folder_bytes(folder)
    assert len(before) == 50
    result = CliRunner().invoke(cli.app, ["example", str(folder)])
    assert isinstance(result.exception, InputError)
    assert "not empty" in str(result.exception)
    assert folder_bytes(folder) == before


def test_status_before_and_after(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_of(tmp_path)
    monkeypatch.setenv("CARBON_DATA", str(settings.data))
    monkeypatch.setenv("CARBON_PUBLISHED", str(settings.published))
    assert "carbon ingest [FILE]" in run("status")[1]
    result = CliRunner().invoke(cli.app, ["build"])
    assert "nothing was ingested yet" in str(result.exception)
    ingest(Miniature().write(tmp_path / "inputs"), settings)
    text = run("status")[1]
    assert "Miniature country" in text
    assert "historical 2001-2003: 3 years, 144 cell-years" in text
    assert "49 files, 49 of them synthetic" in text


def test_empty_environment_means_the_defaults() -> None:
    settings = load_settings({"CARBON_DATA": "", "CARBON_PUBLISHED": ""})
    assert settings.data == Path("data").absolute()
    assert settings.published == Path("published").absolute()
    assert load_settings({"CARBON_DATA": ":memory:"}).data == Path(":memory:").absolute()


def test_help_does_not_wait_for_rasters() -> None:
    code = "import sys, carbon.cli; print([m for m in ('rasterio', 'ibis') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
