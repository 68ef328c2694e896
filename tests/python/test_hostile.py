"""What would take a command down or hold it up is refused, in two lines and soon."""

from __future__ import annotations

import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from carbon import cli
from carbon.sample.miniature import catalogue_content, write_catalogue
from ingest.catalogue.catalogue import read_catalogue
from ingest.tables.checking import read_table
from ingest.tables.reading import TableRequest
from ingest.zones import polygons
from tests.helpers.workplace import PROJECT
from workspace.errors import InputError


@pytest.mark.parametrize("kind", ["catalogues", "rasters", "polygons", "tables"])
def test_spoiled_inputs_are_read_or_refused(kind: str) -> None:
    """In a process of its own, for a library in C may take the process down."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.hostile", kind, "--tries", "20"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


HELD_UP = {
    "aliases": (
        "a: &a [x, x, x, x, x, x, x, x, x]\n"
        + "".join(
            f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
            for before, name in zip("abcdefg", "bcdefgh", strict=True)
        )
        + "zones: *h\n",
        "aliases repeat more",
    ),
    "an alias of itself": ("a: &a [*a]\n", "aliases repeat more"),
    "nesting": ("a: " + "[" * 5000, "nested a thousand levels deep"),
    "no date": ("a: 2001-99-99\n", "not YAML"),
}


@pytest.mark.parametrize("case", HELD_UP)
def test_catalogues_that_would_hold_up(case: str, tmp_path: Path) -> None:
    text, said = HELD_UP[case]
    file = tmp_path / "catalogue.yml"
    file.write_text(text, encoding="utf-8")
    began = time.process_time()
    with pytest.raises(InputError, match=said) as refusal:
        read_catalogue(file, tmp_path)
    assert time.process_time() - began < 5
    assert len(str(refusal.value)) < 1000


def test_aliases_within_reason_are_welcome(tmp_path: Path) -> None:
    content = catalogue_content()
    layers = content["collections"]["historical"]["layers"]
    layers[1]["source"] = layers[0]["source"]
    content["collections"]["more"] = content["collections"]["historical"]  # becomes an alias
    file = write_catalogue(tmp_path, content)
    assert "*id" in file.read_text(encoding="utf-8")
    assert read_catalogue(file, tmp_path).collections["more"].years == (2001, 2003)


def test_a_condition_holds_no_query(tmp_path: Path) -> None:
    where = "id in (with recursive n as (select 1 union all select 1 from n) select * from n)"
    with pytest.raises(InputError, match="holds a query"):
        polygons._refuse_query(where, tmp_path)
    polygons._refuse_query("name = 'select' and values_of > 1", tmp_path)


def test_a_workbook_that_unpacks_to_much_more(tmp_path: Path) -> None:
    file = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/sharedStrings.xml", b"x" * (40 << 20))
    assert file.stat().st_size < 100_000
    began = time.process_time()
    with pytest.raises(InputError, match=r"sharedStrings.xml holds 40 MB in 3\d kB"):
        read_table(TableRequest("emissions", file, "tidy_emissions", "made_up"))
    assert time.process_time() - began < 5


def test_a_fault_of_ours_leaves_a_log_and_two_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise KeyError("unexpected")

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 70
    first, second = capsys.readouterr().err.splitlines()
    assert first == "carbon: a fault of ours, not of what you gave it (KeyError: 'unexpected')"
    log = Path(second.rpartition(" ")[2])
    assert "Traceback" in log.read_text(encoding="utf-8")
    log.unlink()
