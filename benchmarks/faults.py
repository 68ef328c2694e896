"""Faults on purpose, class by class: how many tries, how many survived, what was lost.

    python -m benchmarks.faults [CLASS ...] [--tries N] [--seed N]

Every class is a function that takes a folder of its own, the number of tries and a seed, and
returns a `Tally`. To survive means: what a command leaves is the old state or the new one, whole;
what is wrong is named; and the next good run makes it right by itself.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import shutil
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from benchmarks import disk
from carbon.sample.miniature import Miniature
from ingest.catalogue.catalogue import read_catalogue
from ingest.ingestion import ingest_catalogue
from ingest.years import jobs, run
from workspace.errors import InputError
from workspace.progress import SilentProgress
from workspace.settings import Settings, load_settings

#: Kinds of files at rest, by pattern under ``CARBON_DATA``.
AT_REST = {
    "lake parts": "lake/**/cells-*.parquet",
    "facts of the lake": "lake/**/facts.json",
    "records": "*/collection=*/**/recipe.json",
    "sums": "zonal/**/sums.parquet",
    "totals": "zonal/**/totals.parquet",
    "facts of sums": "zonal/**/facts.json",
    "weights": "zones/*.parquet",
    "hashes of weights": "zones/*.sha256",
    "pending cells": "pending/lake/**/cells-*.parquet",
    "pending units": "pending/zonal/**/unit-*",
    "pending sums": "pending/zonal/**/sums.parquet",
    "hashes of inputs": "state/hashes.json",
}


@dataclass
class Tally:
    """What came of one class of faults.

    Attributes
    ----------
    tries, survived : int
        How often, and how often all was right in the end.
    lost : list of str
        What was not, a line each.
    """

    tries: int = 0
    survived: int = 0
    lost: list[str] = field(default_factory=list)

    def count(self, what: str, faults: list[str]) -> None:
        """Count a try, with what was found wrong after it."""
        self.tries += 1
        self.survived += not faults
        self.lost += [f"{what}: {fault}" for fault in faults]


class Notes(SilentProgress):
    """Progress that keeps what is said."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def note(self, line: str) -> None:
        """Keep a line."""
        self.lines.append(line)


def settings_in(folder: Path) -> Settings:
    """Return settings whose data and published folders lie in a folder."""
    return load_settings(
        {"CARBON_DATA": str(folder / "data"), "CARBON_PUBLISHED": str(folder / "published")}
    )


def ingested(catalogue: Path, settings: Settings) -> list[str]:
    """Ingest in this process; return the notes."""
    notes = Notes()
    ingest_catalogue(read_catalogue(catalogue, settings.data), settings, notes)
    return notes.lines


def raw_tables(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """Read every raw table in a fixed order, without moments and places."""
    with duckdb.connect(str(settings.build_file), read_only=True) as connection:
        names = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'raw' order by 1"
        ).fetchall()
        return {
            name: connection.execute(
                f"select {'* exclude (ingested_at, catalogue)' if name == 'ingest' else '*'}"
                f" from raw.{name} order by all"
            ).fetchall()
            for (name,) in names
        }


def hash_of_raw(build_file: Path) -> str:
    """Hash every raw table in a fixed order, without moments and places."""
    data = build_file.parent.parent
    settings = load_settings({"CARBON_DATA": str(data)})
    return hashlib.sha256(repr(raw_tables(settings)).encode()).hexdigest()


def files_in(folder: Path) -> set[str]:
    """Name every file under a folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}


def damage(path: Path, chance: random.Random, *, truncate: bool) -> None:
    """Flip one bit of a file, or cut it off somewhere."""
    content = bytearray(path.read_bytes())
    if truncate:
        content = content[: chance.randrange(len(content))]
    else:
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def stop_at(name: str, catalogue: Path, settings: Settings) -> None:
    """Ingest, and stop when a function of the work is called, as a kill there would."""
    original = getattr(run, name)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    setattr(run, name, stop)
    try:
        ingested(catalogue, settings)
    except KeyboardInterrupt:
        pass
    finally:
        setattr(run, name, original)


def bits_at_rest(folder: Path, tries: int, seed: int) -> Tally:
    """Flip a bit, or every sixth time cut a file off; ingest again, and compare every raw table."""
    chance = random.Random(seed)
    catalogue = Miniature().write(folder / "inputs")
    states = {"installed": settings_in(folder / "installed")}
    ingested(catalogue, states["installed"])
    expected = raw_tables(states["installed"])
    states["units"] = settings_in(folder / "units")
    stop_at("finish_year", catalogue, states["units"])
    states["finished"] = settings_in(folder / "finished")
    original = jobs.YearJob.install
    jobs.YearJob.install = _interrupt  # type: ignore[method-assign]
    try:
        ingested(catalogue, states["finished"])
    except KeyboardInterrupt:
        pass
    finally:
        jobs.YearJob.install = original  # type: ignore[method-assign]
    tally = Tally()
    for number in range(tries):
        kind = list(AT_REST)[number % len(AT_REST)]
        name = chance.choice([name for name in states if _there(states[name], kind)])
        settings = settings_in(folder / f"try-{number}")
        shutil.copytree(states[name].data, settings.data)
        path = chance.choice(_there(settings, kind))
        truncate = chance.randrange(6) == 0
        damage(path, chance, truncate=truncate)
        what = f"{'truncated' if truncate else 'bit of'} {path.relative_to(settings.data)} ({name})"
        tally.count(what, list(_unfixed(catalogue, settings, path, kind, expected)))
        shutil.rmtree(folder / f"try-{number}")
    return tally


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _there(settings: Settings, kind: str) -> list[Path]:
    return sorted(settings.data.glob(AT_REST[kind]))


def _unfixed(
    catalogue: Path, settings: Settings, path: Path, kind: str, expected: dict[str, Any]
) -> Iterator[str]:
    try:
        said = "\n".join(ingested(catalogue, settings))
    except InputError as error:
        yield f"refused: {error}"
        return
    except Exception:
        yield f"traceback: {traceback.format_exc(limit=-1)}"
        return
    if raw_tables(settings) != expected:
        yield "other values, silently"
    # Hashes of inputs are a memory, taken anew without a word.
    if kind not in ("hashes of inputs", "hashes of weights") and path.name not in said:
        yield "not named"


def disk_errors(folder: Path, tries: int, seed: int) -> Tally:
    """Fail a write, fsync, rename or opening of a file; see `benchmarks.disk`."""
    published = load_settings().published_file
    tally = Tally()
    for one in disk.run(folder, tries, seed, published if published.is_file() else None):
        tally.count(one["what"], one["faults"])
    return tally


#: The classes, by name.
CLASSES: dict[str, Callable[[Path, int, int], Tally]] = {
    "bits at rest": bits_at_rest,
    "disk errors": disk_errors,
}

#: Tries of a class when none are asked for.
TRIES = {"bits at rest": 1_200, "disk errors": 500}


def main(arguments: list[str] | None = None) -> int:
    """Run the classes that were asked for, and print the table; 1 if anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("classes", nargs="*", metavar="CLASS", help=", ".join(CLASSES))
    parser.add_argument("--tries", type=int, help="tries of each class")
    parser.add_argument("--seed", type=int, default=20171997)
    given = parser.parse_args(arguments)
    unknown = [name for name in given.classes if name not in CLASSES]
    if unknown:
        parser.error(f"no class {unknown[0]!r}; choose among: {', '.join(CLASSES)}")
    lost = 0
    print(f"{'class':<28}{'tries':>8}{'survived':>10}{'lost':>6}")
    for name in given.classes or CLASSES:
        with tempfile.TemporaryDirectory(prefix="faults-") as folder:
            tally = CLASSES[name](Path(folder), given.tries or TRIES[name], given.seed)
        print(f"{name:<28}{tally.tries:>8}{tally.survived:>10}{tally.tries - tally.survived:>6}")
        for line in tally.lost:
            print(f"  {line}", file=sys.stderr)
        lost += tally.tries - tally.survived
    return 1 if lost else 0


if __name__ == "__main__":
    raise SystemExit(main())
