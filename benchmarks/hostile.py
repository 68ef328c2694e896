"""Hostile inputs, class by class: each is read or refused in two lines, soon, whatever it holds.

    python -m benchmarks.hostile [CLASS ...] [--tries N] [--seed N]

Inputs are those of the miniature country with one thing spoiled at random: a value of the
catalogue, or bytes of a raster, a file of polygons or a table. To survive means that the check of
``carbon check`` ends well or by an `InputError`, within ten seconds of work.
"""

from __future__ import annotations

import argparse
import copy
import math
import random
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import yaml

from carbon.sample.miniature import Miniature, catalogue_content
from ingest.catalogue.catalogue import read_catalogue
from ingest.ingestion import check_catalogue
from workspace.errors import InputError
from workspace.progress import SilentProgress
from workspace.settings import load_settings

LONGEST_S = 10.0

#: Values that a key of a catalogue may hold by mistake or on purpose.
NASTY: tuple[Any, ...] = (
    *(None, True, "", " ", "{", "{year", "{year:x}", "{0}", "{data}", "\0", "é", "../..", "/", "~"),
    *(0, -1, 1e-300, 1e300, math.nan, math.inf, -math.inf, 2**70, 1900.5, "1e400", "=1+1"),
    *([], [[]], {}, {"a": {}}, ["a", "b"], [2003, 2001], [1, 10**9], [0, 0, 0, 0]),
    *("EPSG:0", "EPSG:4326", "+proj=", "utf-99", "none", "mode", "furlong", "a.b", "x" * 10_000),
    *("/vsimem/a.tif", "select 1", "1 = 1; drop table a", "'", '"', "\\"),
)

#: Files of the country whose bytes are spoiled, by class.
FILES = {
    "rasters": ("*.tif", "*.nc", "*.asc"),
    "polygons": ("zones.*",),
    "tables": ("*.csv",),
}
FORMATS_OF_ZONES = ("gpkg", "geojson", "fgb", "shp")


def spoil_catalogue(folder: Path, content: dict[str, Any], chance: random.Random) -> None:
    """Replace, remove or add a value somewhere in the catalogue, or spoil its text."""
    if chance.random() < 0.2:
        text = bytearray(yaml.safe_dump(content), "utf-8")
        _spoil_bytes(text, chance)
        (folder / "catalogue.yml").write_bytes(text)
        return
    here: Any = content
    while True:
        keys = list(here) if isinstance(here, dict) else list(range(len(here)))
        key = chance.choice(keys)
        below = here[key]
        if not (isinstance(below, dict | list) and below) or chance.random() < 0.2:
            break
        here = below
    if chance.random() < 0.1:
        del here[key]
    else:
        here[key] = chance.choice(NASTY)
    (folder / "catalogue.yml").write_text(yaml.safe_dump(content), encoding="utf-8")


def spoil_file(kind: str) -> Callable[[Path, dict[str, Any], random.Random], None]:
    """Spoil the bytes of one file of a class."""

    def spoil(folder: Path, content: dict[str, Any], chance: random.Random) -> None:
        if kind == "polygons":
            suffix = chance.choice(FORMATS_OF_ZONES)
            zones = gpd.read_file(folder / content["zones"]["path"])
            zones.to_file(folder / f"zones.{suffix}")
            content["zones"]["path"] = f"zones.{suffix}"
        file = chance.choice(sorted(p for glob in FILES[kind] for p in folder.glob(glob)))
        data = bytearray(file.read_bytes())
        _spoil_bytes(data, chance)
        file.write_bytes(data)
        (folder / "catalogue.yml").write_text(yaml.safe_dump(content), encoding="utf-8")

    return spoil


def _spoil_bytes(data: bytearray, chance: random.Random) -> None:
    """Flip, replace, cut or repeat some bytes."""
    for _ in range(chance.choice((1, 1, 3, 20))):
        at = chance.randrange(max(len(data), 1))
        match chance.randrange(4):
            case 0 if data:
                data[min(at, len(data) - 1)] ^= 1 << chance.randrange(8)
            case 1:
                data[at : at + chance.randrange(9)] = chance.randbytes(chance.randrange(9))
            case 2:
                del data[at : at + chance.choice((1, 4, 100, len(data)))]
            case _:
                data[at:at] = data[at : at + chance.randrange(200)]


CLASSES: dict[str, Callable[[Path, dict[str, Any], random.Random], None]] = {
    "catalogues": spoil_catalogue,
    **{kind: spoil_file(kind) for kind in FILES},
}


def run_class(name: str, folder: Path, tries: int, seed: int) -> list[str]:
    """Try hostile inputs of one class.

    Parameters
    ----------
    name : str
        Of `CLASSES`.
    folder : Path
        Of its own, empty.
    tries, seed : int
        How many, and which.

    Returns
    -------
    list of str
        What did not survive, a line each.
    """
    pristine = {file.name: file.read_bytes() for file in Miniature().write(folder).parent.iterdir()}
    settings = replace(load_settings(), data=folder / "data", published=folder / "published")
    lost = []
    for number in range(tries):
        chance = random.Random(f"{name} {seed} {number}")
        for file in (file for file in folder.iterdir() if file.is_file()):
            if pristine.get(file.name) != file.read_bytes():
                file.unlink()
        for file_name, content in pristine.items():
            if not (folder / file_name).exists():
                (folder / file_name).write_bytes(content)
        CLASSES[name](folder, copy.deepcopy(catalogue_content()), chance)
        began = time.process_time()
        try:
            catalogue = read_catalogue(folder / "catalogue.yml", settings.data)
            check_catalogue(catalogue, settings, SilentProgress(), values=name == "rasters")
        except (InputError, OSError):
            pass  # The command says these in two lines.
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            ours = [f for f in traceback.extract_tb(error.__traceback__) if "ingest/" in f.filename]
            where = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else place.filename
            said = " ".join(f"{type(error).__name__}: {error}".split())[:150]
            lost.append(f"{name} {seed} {number}: {said} ({where})")
        if time.process_time() - began > LONGEST_S:
            lost.append(f"{name} {seed} {number}: took {time.process_time() - began:.0f} s")
    return lost


def main() -> None:
    """Run classes, and say how many inputs survived."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("classes", nargs="*", choices=[*CLASSES, []], default=[])
    parser.add_argument("--tries", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    failed = 0
    for name in asked.classes or CLASSES:
        with tempfile.TemporaryDirectory() as folder:
            lost = run_class(name, Path(folder), asked.tries, asked.seed)
        failed += len(lost)
        print(f"{name}: {asked.tries} tries, {asked.tries - len(lost)} survived", flush=True)
        for line in lost:
            print(f"  {line}", flush=True)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
