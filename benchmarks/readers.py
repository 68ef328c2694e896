"""Let ten readers query without pause while the whole sample is built and published twenty times.

Run from the root of the repository, after ``make warehouse``::

    python -m benchmarks.readers 20

Every build is a whole ``carbon build`` of a copy of the data folder, with other emissions than the
one before. The suite does the same with a small country and the publishing step alone.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import duckdb

from tests.helpers.reading import published_fingerprint, readers_at_work
from tests.helpers.workplace import Workplace
from workspace.settings import load_settings

READERS, KEEPING = 10, 3


def main(count: int) -> None:
    """Build ``count`` times beside the readers, and print what they met; Ctrl-C ends it early."""
    with tempfile.TemporaryDirectory() as folder:
        workplace = Workplace(Path(folder))
        shutil.copytree(load_settings().data, workplace.data)
        build(workplace, 0)
        published = [published_fingerprint(workplace.published_file)]
        stop = workplace.folder / "stop"
        with (
            readers_at_work(workplace.published_file, stop, READERS, keeping=KEEPING) as tally,
            suppress(KeyboardInterrupt),
        ):
            for number in range(1, count + 1):
                build(workplace, number)
                published.append(published_fingerprint(workplace.published_file))
                print(f"published build {number}", flush=True)
        # A build that Ctrl-C stopped may have published already.
        whole = {*published, published_fingerprint(workplace.published_file)}
    mixtures = tally.seen - whole
    print(
        f"{READERS} readers, {len(published) - 1} builds: {tally.openings} openings,"
        f" {tally.queries} queries, {len(tally.errors)} errors,"
        f" {len(tally.seen)} of {len(published)} builds seen, {len(mixtures)} mixtures"
    )
    sys.exit(bool(tally.errors or mixtures))


def build(workplace: Workplace, number: int) -> None:
    """Build and publish with emissions a millionth part higher than before."""
    with duckdb.connect(str(workplace.build_file)) as connection:
        connection.execute(f"update raw.ingest set title = 'build {number}'")
        connection.execute("update raw.emissions set ce_mtco2 = ce_mtco2 * (1 + 1e-6)")
    workplace.carbon("build")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
