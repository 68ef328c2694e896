"""Bad input: two lines at most, exit code 2, and everything that stood before stands after."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from carbon import cli
from ingest.catalogue.catalogue import read_catalogue
from ingest.ingestion import ingest_catalogue
from tests.helpers.miniature import (
    HEIGHT,
    WIDTH,
    Miniature,
    catalogue_content,
    folder_bytes,
    ingest,
    raw_tables,
    settings_of,
    write_catalogue,
    write_tiff,
)
from tests.helpers.mistakes import MISTAKES, Bad
from workspace.progress import SilentProgress
from workspace.settings import Settings

pytestmark = pytest.mark.slow

#: A line that says how far the work has come.
PROGRESS = r"[a-z ]+: (\d+ in [0-9.]+ s|nothing to do)$"


@dataclass(frozen=True)
class Standing:
    """A warehouse that stands, and what it must still be after a refusal."""

    inputs: Path
    settings: Settings
    lake: dict[str, bytes]
    raw: dict[str, list[tuple[Any, ...]]]
    published: bytes

    def assert_untouched(self) -> None:
        assert folder_bytes(self.settings.data / "lake") == self.lake
        assert raw_tables(self.settings.build_file) == self.raw
        assert self.settings.published_file.read_bytes() == self.published


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Standing:
    folder = tmp_path_factory.mktemp("standing")
    catalogue = Miniature().write(folder / "inputs")
    settings = settings_of(folder)
    ingest(catalogue, settings)
    settings.published.mkdir()
    settings.published_file.write_bytes(b"what readers have open")
    return Standing(
        inputs=folder / "inputs",
        settings=settings,
        lake=folder_bytes(settings.data / "lake"),
        raw=raw_tables(settings.build_file),
        published=b"what readers have open",
    )


@pytest.fixture
def carbon(
    standing: Standing, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Run the command in this process; return exit code and standard error."""

    def command(*arguments: str) -> tuple[int, str]:
        monkeypatch.setenv("CARBON_DATA", str(standing.settings.data))
        monkeypatch.setenv("CARBON_PUBLISHED", str(standing.settings.published))
        monkeypatch.setattr(sys, "argv", ["carbon", *arguments])
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            cli.main()
        return int(end.value.code or 0), capfd.readouterr().err

    return command


def refusal(said: str) -> list[str]:
    """Return the lines of the error: what follows the lines of progress."""
    lines = said.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("carbon: "))
    for line in lines[:first]:
        assert re.match(PROGRESS, line), line
    return lines[first:]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_said_and_nothing_changes(
    mistake: str, standing: Standing, carbon: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    spoil, expected = MISTAKES[mistake]
    bad = Bad(tmp_path / "in", catalogue_content() | {"tables": {}})
    shutil.copytree(standing.inputs, bad.folder)
    spoil(bad)
    catalogue = write_catalogue(bad.folder, bad.content)
    is_refused = expected[0].startswith("carbon: ")
    # What is only noted is not ingested here: everything that stands shall stay as it is.
    code, said = carbon("ingest" if is_refused else "check", str(catalogue))
    assert code == (2 if is_refused else 0), said
    lines = [line for line in said.splitlines() if not re.match(PROGRESS, line)]
    assert len(lines) == len(expected), said
    for line, wanted in zip(lines, expected, strict=True):
        pattern = re.escape(wanted.replace("{in}", str(bad.folder))).replace(r"\.\.\.", ".*")
        assert re.fullmatch(pattern, line), (line, wanted)
    standing.assert_untouched()


def test_a_layer_with_little_data_is_told(
    place: tuple[Path, Settings],
) -> None:
    """Data in one cell, which a small city touches; in another year there is more."""
    catalogue, settings = place
    values = np.full((HEIGHT, WIDTH), np.nan)
    values[5, 6] = 300
    file = catalogue.parent / "npp_2002.tif"
    write_tiff(file, values, scale=0.1, dtype="int16")
    progress = SilentProgress()
    ingest_catalogue(read_catalogue(catalogue, settings.data), settings, progress)
    assert progress.notes == [
        f"{file}: npp has data on 0.33% of the zones at most (historical 2002)"
    ]


@pytest.mark.parametrize("fault", ["kelvin declared as degC", "truncated file"])
def test_check_finds_bad_values_without_computing(
    fault: str, standing: Standing, carbon: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    bad = Bad(tmp_path / "in", catalogue_content() | {"tables": {}})
    shutil.copytree(standing.inputs, bad.folder)
    MISTAKES[fault][0](bad)
    catalogue = str(write_catalogue(bad.folder, bad.content))
    assert carbon("check", catalogue)[0] == 2
    assert carbon("check", "--headers", catalogue)[0] == 0
    standing.assert_untouched()


HOLDER = """
import sys, time, duckdb
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
time.sleep(120)
"""


def test_a_build_file_in_use_is_refused_before_any_work(
    standing: Standing, carbon: Callable[..., tuple[int, str]]
) -> None:
    path = standing.settings.build_file
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        began = time.monotonic()
        code, said = carbon("ingest", str(standing.inputs / "catalogue.yml"))
        assert time.monotonic() - began < 5
        assert carbon("status") == (0, "")
    finally:
        holder.kill()
        holder.wait()
    lines = refusal(said)
    assert code == 2
    assert len(lines) == 2
    assert str(path) in lines[0]
    assert "is in use" in lines[0]
    standing.assert_untouched()


def test_a_file_where_a_folder_should_be(
    standing: Standing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    (tmp_path / "data").write_text("not a folder")
    monkeypatch.setenv("CARBON_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(sys, "argv", ["carbon", "ingest", str(standing.inputs / "catalogue.yml")])
    with pytest.raises(SystemExit) as end:
        cli.main()
    lines = refusal(capfd.readouterr().err)
    assert end.value.code == 2
    assert len(lines) == 2
    assert str(tmp_path / "data") in lines[0]


def test_a_build_file_that_is_none(
    standing: Standing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    settings = settings_of(tmp_path)
    settings.build_file.parent.mkdir(parents=True)
    settings.build_file.write_bytes(b"nonsense" * 1000)
    monkeypatch.setenv("CARBON_DATA", str(settings.data))
    monkeypatch.setattr(sys, "argv", ["carbon", "ingest", str(standing.inputs / "catalogue.yml")])
    with pytest.raises(SystemExit) as end:
        cli.main()
    lines = refusal(capfd.readouterr().err)
    assert end.value.code == 2
    assert len(lines) == 2
    assert "move it away" in lines[1]
    assert settings.build_file.read_bytes() == b"nonsense" * 1000


@pytest.mark.pipeline
def test_the_command_itself(standing: Standing, tmp_path: Path) -> None:
    """Once as users meet it: a process of its own, and nothing but the two lines."""
    content = catalogue_content()
    content["grid"]["resolution"] = -1
    shutil.copytree(standing.inputs, tmp_path / "in")
    catalogue = write_catalogue(tmp_path / "in", content)
    done = subprocess.run(
        [sys.executable, "-m", "carbon.cli", "ingest", str(catalogue)],
        env=os.environ | {"CARBON_DATA": str(standing.settings.data)},
        cwd=standing.settings.project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        f"carbon: {catalogue}: grid.resolution is -1\n  fix: it should be greater than 0\n"
    )
    standing.assert_untouched()
