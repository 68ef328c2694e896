"""What a piece of work takes: processor time and peak memory, of a process of its own.

Processor time is user and system, which other work on the machine disturbs less than it does a
clock. Peak memory is VmHWM of the process: ``ru_maxrss`` outlives exec, so that a process inherits
the peak of the one that started it. Linux only.
"""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

#: Seconds between two looks at the memory of a command's processes.
_LOOK = 0.02


@dataclass(frozen=True)
class Cost:
    """What a part of a benchmark took.

    Attributes
    ----------
    seconds : float
        Processor time, of all processes.
    gigabytes : float
        Largest resident memory of one process, GiB.
    wall : float
        Time on the clock, s.
    code : int
        Exit code of a command; 0 for a function.
    """

    seconds: float
    gigabytes: float
    wall: float = 0.0
    code: int = 0


def measured(part: Callable[..., float], *arguments: Any) -> Cost:
    """Run a function of a module, which returns its processor time, in a fresh process."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(_measured, part, arguments).result()


def _measured(part: Callable[..., float], arguments: Sequence[Any]) -> Cost:
    start = time.monotonic()
    seconds = part(*arguments)
    return Cost(seconds, peak_of("self"), time.monotonic() - start)


def cpu_of(work: Callable[[], object]) -> float:
    """Return the processor time that some work takes in this process."""
    before = _own_seconds()
    work()
    return _own_seconds() - before


def _own_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def peak_of(process: str | int) -> float:
    """Return VmHWM of a process, GiB; 0 if it has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 2**20 for line in lines if line.startswith("VmHWM")), 0.0)


def command_cost(command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> Cost:
    """Run a command to its end, look at its processes meanwhile, and say what they took.

    Parameters
    ----------
    command : sequence of str
        What to run.
    folder : Path
        Where to.
    environ : mapping
        What of the environment differs from this process's.

    Returns
    -------
    Cost
        Of the command and all it started; its output goes to ``output.log`` in
        ``CARBON_DATA``, or nowhere.
    """
    log = Path(environ.get("CARBON_DATA", os.devnull))
    log = log / "output.log" if log.is_dir() else Path(os.devnull)
    start, peak = time.monotonic(), 0.0
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **environ},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        while True:
            peak = max(peak, *(peak_of(each) for each in _processes_of(process.pid)), 0.0)
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            if ended:
                break
            time.sleep(_LOOK)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = usage.ru_utime + usage.ru_stime
    return Cost(seconds, peak, time.monotonic() - start, process.returncode)


def _processes_of(session: int) -> list[int]:
    """List the processes of a session."""
    found = [session]
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(after_name[3]) == session:
            found.append(int(stat.parent.name))
    return found


def middle(costs: Sequence[float], digits: int = 2) -> str:
    """Write the median of some figures with their range."""
    if len(costs) == 1:
        return f"{costs[0]:.{digits}f}"
    return f"{median(costs):.{digits}f} ({min(costs):.{digits}f}-{max(costs):.{digits}f})"


def machine() -> str:
    """Say on what, how busy, and when something was measured."""
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores ({names[0] if names else platform.machine()}), "
        f"{memory:.0f} GiB, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}, "
        f"{date.today().isoformat()}"
    )
