"""What a query of somebody's may use: memory and time, of the whole process that runs it."""

from __future__ import annotations

import re
import resource
import signal
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from workspace.errors import InputError

#: Seconds after its time in which a query is interrupted tidily, before its process is ended.
_HARD_AFTER_S = 0.5
#: Bytes that libraries map without using them: stacks of threads, arenas, buffers.
_UNUSED = 128 * 2**20

_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]i?)?b?\s*", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


@dataclass(frozen=True)
class Limits:
    """What one query may use.

    Attributes
    ----------
    memory : str
        Such as ``2GB``: of DuckDB, and again of the process beyond what it has before it begins.
    seconds : float
        Time from the first statement to the last row; 0 for no limit.

    Raises
    ------
    InputError
        If the memory is no size or the time is no number of seconds.

    Examples
    --------
    >>> Limits("2GB").memory_bytes, Limits("1.5 GiB").memory_bytes
    (2000000000, 1610612736)
    """

    memory: str = "2GB"
    seconds: float = 60.0

    def __post_init__(self) -> None:
        if not 0 <= self.seconds <= threading.TIMEOUT_MAX:  # nor NaN
            raise InputError(
                f"{self.seconds} is no number of seconds to wait", fix="give 0 for no limit"
            )
        if _SIZE.fullmatch(self.memory) is None or self.memory_bytes == 0:
            raise InputError(
                f"{self.memory!r} is no size of memory", fix="give a number and a unit: 4GB"
            )

    @property
    def memory_bytes(self) -> int:
        """The memory in bytes."""
        match = _SIZE.fullmatch(self.memory)
        number, unit = match.groups() if match else ("0", None)
        unit = (unit or "").lower()
        base = 1024 if unit.endswith("i") else 1000
        return int(float(number) * base ** _POWERS[unit.removesuffix("i")])


def bind_this_process(limits: Limits) -> None:
    """Hold this process to limits that nothing it runs can lift or outlast.

    The system refuses memory beyond what the process has now and the limit. When the time is up
    it ends the process by SIGALRM, whatever it is at.

    Parameters
    ----------
    limits : Limits
        From now on.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError, ValueError):  # a system that does not tell, or does not bind
        mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        most = mapped + limits.memory_bytes + _UNUSED
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    if limits.seconds:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, limits.seconds + _HARD_AFTER_S)


def too_late(limits: Limits) -> InputError:
    """Say that the time was up."""
    return InputError(
        f"the query was stopped after {limits.seconds:g} s",
        fix="ask for less at a time, or give it longer with --seconds",
    )


def too_large(limits: Limits) -> InputError:
    """Say that the memory was not enough."""
    return InputError(
        f"the query needs more than {limits.memory} of memory",
        fix="ask for less at a time, or allow more with --memory",
    )


def is_want_of_memory(text: str) -> bool:
    """Tell whether a library complains of too little memory, by its words.

    Examples
    --------
    >>> is_want_of_memory("numpy._core._exceptions._ArrayMemoryError: Unable to allocate 149. GiB")
    True
    """
    return re.search("MemoryError|bad_alloc|allocat|[Oo]ut of [Mm]emory", text) is not None


def ended_by(returncode: int, limits: Limits) -> InputError:
    """Say why a bound process was ended.

    Parameters
    ----------
    returncode : int
        Of the process; negative is a signal.
    limits : Limits
        That bound it.

    Returns
    -------
    InputError
        In one line.
    """
    if returncode == -signal.SIGALRM:
        return too_late(limits)
    how = f"code {returncode}" if returncode >= 0 else signal.Signals(-returncode).name
    return InputError(
        f"the query ended the process that ran it ({how}), as too little memory can",
        fix="ask for less at a time, or allow more with --memory",
    )
