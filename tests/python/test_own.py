"""Files of other people: whatever lies in a folder of ours, no command deletes or changes it."""

from __future__ import annotations

import os
import random
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from carbon import cli
from carbon.publishing import prepare_next, replace_published
from carbon.sample import expand as sample
from ingest.catalogue.catalogue import read_catalogue
from ingest.rezoning import ingest_zones
from ingest.years import run
from ingest.years.jobs import YearJob
from tests.helpers.atlas_file import write_published
from tests.helpers.miniature import HEIGHT, WIDTH, ingest, write_tiff
from workspace.errors import InputError
from workspace.files import exchange
from workspace.own import LIST, replacing_folder, work_folder
from workspace.progress import SilentProgress
from workspace.settings import Settings

FILES = 10_000

#: Names that are nearly ours.
NEARLY = (
    "cells-00000.parquet.bak",
    "cells-1.parquet",
    "my facts.json",
    "unit-00000.csv",
    ".sums.parquet.0123",
    f"{'0a' * 32}.tif",
    f"{'0a' * 31}.parquet",
    "carbon_budget.duckdb.old",
    "ground-truth",
    ".next",
    "catalogue.yml",
)


class Foreign:
    """Foreign files, strewn over folders, and what they held."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._content: dict[Path, bytes] = {}

    def strew(self, roots: list[Path], count: int) -> None:
        """Put files, and folders with files, into every folder under some roots."""
        folders = [Path(base) for root in roots for base, _, _ in os.walk(root)]
        for number in range(count):
            folder = folders[number % len(folders)]
            if self._random.random() < 0.2:
                folder = folder / self._random.choice(("mine", "year=2001", "0123456789abcdef"))
                folder.mkdir(exist_ok=True)
            name = self._random.choice(NEARLY) if self._random.random() < 0.2 else f"{number}.dat"
            path = folder / name
            if path.exists():
                path = folder / f"{number}.dat"
            content = self._random.randbytes(20)
            path.write_bytes(content)
            self._content[path] = content

    def lost(self) -> list[Path]:
        """List those that are gone or were changed."""
        return [
            path
            for path, content in self._content.items()
            if not path.is_file() or path.read_bytes() != content
        ]

    def __len__(self) -> int:
        return len(self._content)


def test_ingestion_leaves_foreign_files_alone(
    place: tuple[Path, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue, settings = place
    data = settings.data
    leave_a_stopped_run(catalogue, settings, monkeypatch)
    foreign = Foreign(1997)
    shutil.copytree(catalogue.parent, data / "zones", dirs_exist_ok=True)
    foreign.strew([data], FILES)
    # One partition is to be made anew, beside what lies in its folder.
    next((data / "lake").glob("collection=*/year=2001/*/cells-00000.parquet")).unlink()
    ingest(data / "zones" / catalogue.name, settings)
    assert foreign.lost() == []
    assert not list((data / "pending").rglob("unit-*.json"))

    # Every partition is superseded, then the weights, and all is taken back.
    write_tiff(data / "zones" / "et_2002.tif", np.full((HEIGHT, WIDTH), 500.0))
    assert ingest(data / "zones" / catalogue.name, settings)
    before = set((data / "zones").glob("?" * 64 + ".parquet"))
    ingest_zones(
        read_catalogue(data / "zones" / catalogue.name, data),
        catalogue.parent / "cities.gpkg",
        {"where": "city_id like '11%'"},
        settings,
        SilentProgress(),
    )
    assert before != set((data / "zones").glob("?" * 64 + ".parquet"))
    ingest(catalogue, settings)
    assert len(list((data / "lake").glob("collection=*/year=2002/*/facts.json"))) == 1
    assert len(foreign) == FILES
    assert foreign.lost() == []


def leave_a_stopped_run(
    catalogue: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(_: YearJob) -> None:
        raise KeyboardInterrupt

    write_tiff(catalogue.parent / "et_2003.tif", np.full((HEIGHT, WIDTH), 321.0))
    with monkeypatch.context() as patch:
        patch.setattr(run, "finish_year", stop)
        with pytest.raises(KeyboardInterrupt):
            ingest(catalogue, settings)
    assert list((settings.data / "pending").rglob("unit-*.json"))


def test_publishing_leaves_foreign_files_alone(tmp_path: Path) -> None:
    foreign = Foreign(2017)
    for _ in range(2):
        following = Path(prepare_next(str(tmp_path)))
        write_published(following)
        foreign.strew([tmp_path], 100)
        replace_published(str(following))
        assert not following.exists()
    assert foreign.lost() == []


@pytest.mark.parametrize("command", ["atlas", "export"])
def test_folders_of_others_are_not_replaced(command: str, tmp_path: Path) -> None:
    """Neither by a list of another's nor beside our own files."""
    published = tmp_path / "published"
    published.mkdir()
    write_published(published / "carbon_budget.duckdb")
    target = published / command
    with replacing_folder(target, command) as folder:
        (folder / "data").mkdir()
        (folder / "data" / "ours.csv").write_text("a\n1\n", encoding="utf-8")
    foreign = Foreign(2060)
    foreign.strew([target], 50)
    shutil.copyfile(published / "carbon_budget.duckdb", target / "thesis.doc")
    (target / "datapackage.json").write_text(
        '{"name": "carbon-budget", "resources": [{"path": "thesis.doc"}]}', encoding="utf-8"
    )
    result = CliRunner().invoke(cli.app, [command], env={"CARBON_PUBLISHED": str(published)})
    assert isinstance(result.exception, InputError), result.output
    assert f"that no {command} made" in str(result.exception) or (
        f"what no {command} wrote" in str(result.exception)
    )
    assert foreign.lost() == []
    assert (target / "thesis.doc").is_file()
    assert {path.name for path in published.iterdir()} == {command, "carbon_budget.duckdb"}


def add_file(folder: Path) -> None:
    (folder / "mine.txt").touch()


def add_folder(folder: Path) -> None:
    (folder / "mine").mkdir()


def add_link(folder: Path) -> None:
    (folder / "mine").symlink_to("nowhere")


def change_file(folder: Path) -> None:
    (folder / "data" / "ours.csv").write_text("a\n2\n", encoding="utf-8")


def become_a_link(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to("elsewhere")


def lose_the_list(folder: Path) -> None:
    (folder / LIST).unlink()


@pytest.mark.parametrize(
    "disturb", [add_file, add_folder, add_link, change_file, become_a_link, lose_the_list]
)
def test_a_folder_is_replaced_as_it_was_written_only(
    disturb: Callable[[Path], None], tmp_path: Path
) -> None:
    target = tmp_path / "target"

    def write(content: str) -> None:
        with replacing_folder(target, "export") as folder:
            (folder / "data").mkdir()
            (folder / "data" / "ours.csv").write_text(content, encoding="utf-8")

    write("a\n1\n")
    write("a\n3\n")
    assert (target / "data" / "ours.csv").read_text(encoding="utf-8") == "a\n3\n"
    disturb(target)
    before = sorted(tmp_path.rglob("*")), (target / "data" / "ours.csv").read_bytes()
    with pytest.raises(InputError):
        write("a\n4\n")
    assert before == (sorted(tmp_path.rglob("*")), (target / "data" / "ours.csv").read_bytes())


def test_a_folder_is_there_at_every_moment(tmp_path: Path) -> None:
    """Polled without pause while it is replaced, where the system can exchange two folders."""
    target, one, other = tmp_path / "target", tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        (folder / folder.name).touch()
    if not exchange(one, other):
        pytest.skip("this system cannot exchange two folders in one step")
    assert (one / "other").exists()
    assert (other / "one").exists()
    ended = threading.Event()

    def write() -> None:
        try:
            for number in range(50):
                with replacing_folder(target, "export") as folder:
                    (folder / "page.html").write_text(str(number), encoding="utf-8")
        finally:
            ended.set()

    with replacing_folder(target, "export") as folder:
        (folder / "page.html").touch()
    writer = threading.Thread(target=write)
    writer.start()
    polls = absences = 0
    while not ended.is_set() or polls < 10_000:
        polls += 1
        absences += not (target / "page.html").exists()
    writer.join()
    assert (target / "page.html").read_text(encoding="utf-8") == "49"
    assert absences == 0
    assert {path.name for path in tmp_path.iterdir()} == {"target", "one", "other"}


def test_what_killed_commands_left_is_swept(tmp_path: Path) -> None:
    """But neither what is nearly called so nor what a command at work holds."""
    target = tmp_path / "export"
    left = tmp_path / f".export-{'0a' * 16}"
    others = [tmp_path / name for name in (".export-mine", f".atlas-{'0a' * 16}", "export-0")]
    for folder in (left, *others):
        (folder / "following").mkdir(parents=True)
        (folder / "following" / "page.html").touch()
    with work_folder(target) as held, replacing_folder(target, "export") as folder:
        (folder / "page.html").touch()
        assert held.is_dir()
        assert not left.exists()
    assert set(tmp_path.iterdir()) == {target, *others}


def test_a_sample_somebody_works_in_is_not_replaced(tmp_path: Path) -> None:
    """Nor is one of an earlier version, whose manifest knew sizes only; unchanged, it is."""
    target = tmp_path / "sample"
    target.mkdir()
    (target / "et.tif").write_bytes(b"1234")
    (target / sample.MANIFEST).write_text(
        '{"version": "older", "files": {"et.tif": 4}}', encoding="utf-8"
    )
    earlier = sample._files_without_list(target)
    (target / "notes.txt").touch()
    with pytest.raises(InputError, match=r"holds what no sample wrote: notes\.txt"):
        sample.expand(target)
    assert (target / "et.tif").is_file()
    (target / "notes.txt").unlink()
    with replacing_folder(target, "sample", earlier=earlier) as folder:
        (folder / "et.tif").write_bytes(b"5678")
    assert (target / "et.tif").read_bytes() == b"5678"
