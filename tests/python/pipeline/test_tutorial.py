"""docs/TUTORIAL.md as a reader follows it: every command and every answer, in order."""

from __future__ import annotations

import doctest
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.documents import Block, blocks
from tests.helpers.workplace import PROJECT

pytestmark = pytest.mark.pipeline

TUTORIAL = PROJECT / "docs" / "TUTORIAL.md"
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
#: How an expected output begins where the command refuses something.
REFUSAL = "carbon: "


def commands(block: Block) -> Iterator[tuple[str, str]]:
    """Each command of a console block with the output that is printed below it."""
    for part in ("\n" + block.text).split("\n$ ")[1:]:
        command, _, expected = part.partition("\n")
        yield command, expected.strip()


def run(command: str, expected: str, folder: Path) -> None:
    """Run a command in a shell; it must print what the document says."""
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env={
            **{key: value for key, value in os.environ.items() if not key.startswith("CARBON_")},
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    refused = expected.startswith(REFUSAL)
    assert done.returncode == (2 if refused else 0), done.stdout[-3000:] + done.stderr[-3000:]
    # Progress goes to standard error, before a refusal.
    printed = (done.stderr[done.stderr.find(REFUSAL) :] if refused else done.stdout).strip()
    assert doctest.OutputChecker().check_output(expected, printed, FLAGS), (
        f"$ {command}\nsays\n{printed[-3000:]}\nand not\n{expected}"
    )


def test_the_tutorial_is_what_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    ran = []
    for block in blocks(TUTORIAL, "console", "python"):
        if block.language == "console":
            for command, expected in commands(block):
                run(command, expected, tmp_path)
                ran.append(shlex.split(command)[:2])
        else:
            case = doctest.DocTestParser().get_doctest(
                block.text, names, TUTORIAL.name, None, block.line
            )
            case.globs = names  # what one block defines, the next one uses
            said: list[str] = []
            result = doctest.DocTestRunner(verbose=False, optionflags=FLAGS).run(
                case, out=said.append, clear_globs=False
            )
            assert result.attempted
            assert result.failed == 0, "".join(said)
    verbs = {words[1] for words in ran if words[0] == "carbon"}
    assert {"example", "check", "ingest", "build", "status", "atlas"} <= verbs
    for page in ("index.html", "dbt.html"):
        assert (tmp_path / "published" / "atlas" / page).is_file()
