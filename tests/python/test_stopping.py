"""Signals end a command and what it started, tidily or not, but soon."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from tests.helpers.workplace import PROJECT, processes_of, wait_until
from workspace.stopping import ASKING

pytestmark = pytest.mark.slow

#: What a command may be at when a signal comes, each for minutes; or at its end.
WORK = {
    "python": "time.sleep(600)",
    "native": "hashlib.pbkdf2_hmac('sha512', b'', b'', 1_000_000_000)",
    "swallowed": "[swallow() for _ in range(600)]",
    "ending": "pass",
    "child": "subprocess.run([sys.executable, '-c', CHILD], env=child_environ(os.environ))",
}
COMMAND = """
import hashlib, os, subprocess, sys, time
from workspace.stopping import child_environ, end_with_parent, stoppable

CHILD = "from workspace.stopping import end_with_parent; end_with_parent();"
CHILD += "import signal, time; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)];"
CHILD += "print('begun', flush=True); time.sleep(600)"

def swallow():
    try:
        time.sleep(1)
    except BaseException as error:
        raise ValueError("a library failed") from error

with stoppable("last words"):
    if {work!r} != 'child':
        print('begun', flush=True)
    {code}
time.sleep(1)
"""


def start(work: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND.format(work=work, code=WORK[work])],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    time.sleep(0.05)
    return process


@pytest.mark.parametrize("work", WORK)
@pytest.mark.parametrize("how", ASKING)
def test_a_signal_to_one_process_ends_all(how: signal.Signals, work: str) -> None:
    process = start(work)
    asked = time.monotonic()
    process.send_signal(how)
    assert process.wait(timeout=10) == (0 if work == "ending" else 128 + how)
    # Two seconds where nothing else runs.
    assert time.monotonic() - asked < 5
    wait_until(lambda: not processes_of(process.pid), 1)
    assert process.communicate()[1] == ("" if work == "ending" else "last words\n")


def test_a_process_that_was_killed_leaves_no_child() -> None:
    process = start("child")
    assert len(processes_of(process.pid)) == 2
    process.kill()
    process.wait()
    wait_until(lambda: not processes_of(process.pid), 1)
    process.communicate()
