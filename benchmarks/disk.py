"""A disk that fails while a command writes: the n-th write, fsync, rename or opening of a file.

    python -m benchmarks.faults "disk errors" --tries 500

Commands run in forks of one process, so that a try costs no start of Python. That process has a
small library preloaded (`faulty_disk.c`), which fails a call as asked; Python, Arrow and DuckDB all
write through it. After each try the raw tables must be the old ones or the new ones, the command
must have said so in two lines or have succeeded, and the same command must then succeed.
"""

from __future__ import annotations

import errno
import importlib
import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from carbon import cli
from carbon.sample.miniature import HEIGHT, WIDTH, Miniature, write_tiff

#: Seconds after which a command is taken to hang, and ended.
_LONGEST_S = 120

CALLS = ("write", "fsync", "rename", "open")
ERRORS = ("ENOSPC", "EIO", "EDQUOT", "EACCES")

#: What commands load, once for all forks.
_LOADED_ONCE = (
    "benchmarks.faults",
    "carbon.export.export",
    "carbon.query.query",
    "carbon.sample.expand",
    "ingest.rezoning",
    "ingest.zones.fractions",
)
_OPTIONS = ("-O2", "-Wall", "-shared", "-fPIC", "-D_LARGEFILE64_SOURCE")
_SOURCE = Path(__file__).with_name("faulty_disk.c")


def run(folder: Path, tries: int, seed: int, published: Path | None) -> Iterator[dict[str, Any]]:
    """Try in a process that has the library preloaded.

    Parameters
    ----------
    folder : Path
        Of its own, empty.
    tries, seed : int
        How many, and which.
    published : Path, optional
        A published file to export and to query.

    Yields
    ------
    dict
        ``what`` was tried, and ``faults``, a list of what was found wrong.

    Raises
    ------
    FileNotFoundError
        If there is no C compiler.
    """
    library = folder / "faulty_disk.so"
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise FileNotFoundError("no C compiler: install gcc")
    subprocess.run(
        [compiler, *_OPTIONS, "-o", str(library), str(_SOURCE), "-ldl"],
        check=True,
    )
    # Written here, for libraries would start threads there, which no fork has.
    Miniature().write(folder / "inputs")
    write_tiff(folder / "inputs" / "changed.tif", np.full((HEIGHT, WIDTH), 321.0))
    arguments = [str(folder), str(tries), str(seed), str(published or "")]
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.disk", *arguments],
        env={**os.environ, "LD_PRELOAD": str(library)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            yield json.loads(line)
    if process.returncode:
        raise RuntimeError(f"the tries ended with {process.returncode}")


@dataclass(frozen=True)
class Place:
    """A state of things, and the command that changes it.

    Attributes
    ----------
    state : Path
        Folder to start from, with ``data`` and what else the command needs.
    command : tuple of str
        Arguments; ``{here}`` is the folder of the try.
    result : str
        What is compared, under the folder: the build file, a folder or a file.
    """

    state: Path
    command: tuple[str, ...]
    result: str

    def start(self, here: Path) -> None:
        """Make the folder of a try."""
        shutil.rmtree(here, ignore_errors=True)
        shutil.copytree(self.state, here, symlinks=True)

    def run(self, here: Path, **fault: str) -> tuple[int, str]:
        """Run the command in a fork; return its exit code and what it said."""
        said = here.with_suffix(".said")
        environ = {
            "CARBON_DATA": str(here / "data"),
            "CARBON_PUBLISHED": str(here / "published"),
            "FAULT_UNDER": f"{here}/",
            **{f"FAULT_{name.upper()}": value for name, value in fault.items()},
        }
        child = os.fork()
        if child == 0:
            _be_command([part.replace("{here}", str(here)) for part in self.command], environ, said)
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status), said.read_text(encoding="utf-8")

    def look(self, here: Path) -> str:
        """Describe the result, in a fork: this process must not open a database."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            try:
                text = _described(here / self.result)
            except Exception as error:
                text = f"cannot be read: {error}"
            os.write(writing, text.encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            text = pipe.read()
        os.waitpid(child, 0)
        return text


def _be_command(arguments: list[str], environ: Mapping[str, str], said: Path) -> NoReturn:
    os.environ.update(environ)
    signal.alarm(_LONGEST_S)
    sys.argv = ["carbon", *arguments]
    descriptor = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    code: Any = 0
    try:
        cli.main()
    except SystemExit as end:
        code = end.code or 0
    except BaseException as error:
        sys.stderr.write(f"Traceback: {error!r}\n")
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(int(code))


def _described(path: Path) -> str:
    """Hash a result: raw tables of a build file, else the bytes of files."""
    import hashlib

    from benchmarks.faults import hash_of_raw

    if path.suffix == ".duckdb":
        return hash_of_raw(path)
    if not path.exists():
        return "nothing"
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*.parquet") if p.is_file())
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.name}:".encode() + file.read_bytes())
    return digest.hexdigest()


def _places(folder: Path, published: Path | None) -> dict[str, Place]:
    inputs = folder / "inputs"
    catalogue = inputs / "catalogue.yml"
    old = folder / "old"
    old.mkdir()
    places = {"ingest": Place(old, ("ingest", str(catalogue)), "data/build/carbon_budget.duckdb")}
    code, said = places["ingest"].run(old)
    assert code == 0, said
    shutil.copyfile(inputs / "changed.tif", inputs / "et_2002.tif")
    new = folder / "new"
    shutil.copytree(old, new)
    code, said = places["ingest"].run(new)
    assert code == 0, said
    zones = ("ingest", "--zones", str(inputs / "cities.gpkg"), "--zone-where", "city_id<'12'")
    places["zones"] = Place(new, zones, "data/build/carbon_budget.duckdb")
    if published is not None:
        for name in ("export", "query"):
            state = folder / f"for {name}"
            (state / "published").mkdir(parents=True)
            (state / "published" / "carbon_budget.duckdb").symlink_to(published.absolute())
            (state / "data").mkdir()
        sql = "select * from fct_city_carbon_budgets order by all"
        query = ("query", sql, "--force", "-o", "{here}/answer.parquet")
        (folder / "for query" / "answer.parquet").write_bytes(b"an earlier answer")
        places["query"] = Place(folder / "for query", query, "answer.parquet")
        places["export"] = Place(folder / "for export", ("export", "{here}/out"), "out")
    return places


def _calls_of(place: Place, here: Path) -> Counter[str]:
    """Count the calls of each kind that a command makes; it is run once."""
    count = here.with_suffix(".count")
    count.write_bytes(b"")
    code, said = place.run(here, count=str(count))
    assert code == 0, said
    letters = Counter(count.read_text(encoding="ascii"))
    return Counter({call: letters[call[0]] for call in CALLS})


def _try(place: Place, here: Path, old: str, new: str, fault: dict[str, str]) -> list[str]:
    place.start(here)
    code, said = place.run(here, **fault)
    faults = []
    state = place.look(here)
    if state not in (old, new):
        faults.append(f"neither the old nor the new state ({state[:100]})")
    if code == 0 and state != new:
        faults.append("success was told, and the state is not the new one")
    last = [line for line in said.splitlines() if not line.startswith(" ")]
    told = code == 2 and last and last[-1].startswith("carbon: ")
    if code and not told:
        faults.append(f"exit code {code}: {' / '.join(said.splitlines()[-3:])[:300]}")
    code, said = place.run(here)
    if code or place.look(here) != new:
        faults.append(f"not made right by the next run: {said[-300:]}")
    left = sorted(path.name for path in here.iterdir() if path.name.startswith("."))
    if left:
        faults.append(f"left behind: {left}")
    return faults


def main(folder: Path, tries: int, seed: int, published: Path | None) -> None:
    """Try, and print a line of JSON for each."""
    for module in _LOADED_ONCE:
        importlib.import_module(module)
    chance = random.Random(seed)
    places = _places(folder, published)
    points: list[tuple[str, str, int, str, str]] = []
    results = {}
    here = Path(tempfile.mkdtemp(dir=folder)) / "try"
    for name, place in places.items():
        place.start(here)
        old = place.look(here)
        counts = _calls_of(place, here)
        results[name] = old, place.look(here)
        for call, count in counts.items():
            combinations = itertools.product(range(1, count + 1), ERRORS, "01")
            points += [(name, call, number, error, on) for number, error, on in combinations]
    heavy = [point for point in points if point[0] in ("export", "query")]
    light = [point for point in points if point[0] not in ("export", "query")]
    of_heavy = min(len(heavy), tries // 8)
    chosen = chance.sample(heavy, of_heavy)
    chosen += chance.sample(light, min(len(light), tries - of_heavy))
    for name, call, number, error, onward in chosen:
        fault = {
            "call": call,
            "at": str(number),
            "errno": str(getattr(errno, error)),
            "onward": onward,
        }
        what = f"{name}: {error} at {call} {number}{' and all after' * (onward == '1')}"
        print(json.dumps({"what": what, "faults": _try(places[name], here, *results[name], fault)}))
        sys.stdout.flush()


if __name__ == "__main__":
    place, count, chance, file = sys.argv[1:]
    main(Path(place), int(count), int(chance), Path(file) if file else None)
