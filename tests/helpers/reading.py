"""Readers in processes of their own that query a published file without pause while it changes.

Each reader opens the file, takes its fingerprint, closes it, and begins anew; some keep a
connection for a while, and must see the same all that time. A fingerprint is what `FIGURES` gives,
each figure by a query of its own: of two builds mixed it would equal that of neither.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

FIGURES = (
    "select title from meta.build",
    *(
        f"select round(sum(ce_tgco2), 6) from marts.fct_{level}_carbon_budgets"
        for level in ("city", "province", "national")
    ),
    "select count(*) from marts.fct_city_carbon_budgets join marts.dim_cities using (city_id)",
)
#: How often a reader that keeps its connection asks before it opens the file anew.
KEPT_FOR = 200


@dataclass
class Tally:
    """What readers met.

    Attributes
    ----------
    openings, queries : int
        How often the file was opened, and how many queries were answered.
    seen : set of tuple
        Distinct fingerprints.
    errors : list of str
        What went wrong: an error of DuckDB, or a kept connection that saw a change.
    """

    openings: int = 0
    queries: int = 0
    seen: set[tuple[object, ...]] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)


def fingerprint(connection: duckdb.DuckDBPyConnection) -> tuple[object, ...]:
    """Ask for every figure, one after the other."""
    answers = [connection.execute(figure).fetchone() for figure in FIGURES]
    return tuple(answer[0] if answer else None for answer in answers)


def published_fingerprint(path: Path) -> tuple[object, ...]:
    """Take the fingerprint of what is published now."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return fingerprint(connection)


@contextmanager
def readers_at_work(path: Path, stop: Path, count: int, *, keeping: int) -> Iterator[Tally]:
    """Let readers work for the length of a block.

    Parameters
    ----------
    path : Path
        The published file.
    stop : Path
        A file that does not exist yet; its appearance ends the readers.
    count, keeping : int
        Readers, and how many of them keep their connections.

    Yields
    ------
    Tally
        Filled when the block has ended.
    """
    tally = Tally()
    readers = [
        subprocess.Popen(
            [sys.executable, __file__, path, stop, str(KEPT_FOR if number < keeping else 1)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(count)
    ]
    try:
        yield tally
    finally:
        stop.touch()
        for reader in readers:
            output, _ = reader.communicate()
            found = json.loads(output)
            tally.openings += found["openings"]
            tally.queries += found["queries"]
            tally.seen |= {tuple(seen) for seen in found["seen"]}
            tally.errors += found["errors"]


def read_without_pause(path: Path, stop: Path, asks: int) -> Tally:
    """Open, ask ``asks`` times, close, and again, until the file ``stop`` is there."""
    tally = Tally()
    while not stop.exists():
        try:
            with duckdb.connect(str(path), read_only=True) as connection:
                tally.openings += 1
                before = None
                for _ in range(asks):
                    now = fingerprint(connection)
                    tally.queries += len(FIGURES)
                    tally.seen.add(now)
                    if now != (before or now):
                        tally.errors.append(f"an open connection saw {before}, then {now}")
                    before = now
                    if stop.exists():
                        break
        except duckdb.Error as error:
            tally.errors.append(str(error))
            time.sleep(0.1)
    return tally


def main(path: str, stop: str, asks: str) -> None:
    """Read, and print the tally as JSON."""
    os.nice(19)  # Ten readers without pause would leave a build little of two cores.
    tally = read_without_pause(Path(path), Path(stop), int(asks))
    print(json.dumps({**vars(tally), "seen": sorted(tally.seen, key=repr)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
