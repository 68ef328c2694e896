"""How a command ends when it is asked to: with all it started, soon, and with its own exit code.

A signal that asks a command to end (Ctrl-C, a closed terminal, ``kill``, a service manager, a
time-out) raises `Stopped` where the command is, so that it can tidy up. A command that is deep in
native code and does not get there in time is ended as it is, which is as safe as ``kill -9``: what
a command makes takes its place whole or not at all. What it started ends with it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing import active_children
from threading import Lock, Thread
from time import sleep
from types import FrameType
from typing import Any

#: Signals that ask a command to end.
ASKING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)

#: Seconds to tidy up; with the end of all that was started, a command is gone within two.
_GRACE_S = 1.2
#: Exit codes of commands that a signal ended, as shells count them: this and the signal's number.
_ENDED_BY = 128

#: Linux: which signal to get when the parent ends (prctl(2)).
_PR_SET_PDEATHSIG = 1
#: Tells a process that `child_environ` made which process it must not outlive.
_PARENT = "CARBON_PARENT"


class Stopped(BaseException):
    """A signal asks this command to end; no error, and not to be caught like one."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(number)


@contextmanager
def stoppable(last_words: str) -> Iterator[None]:
    """Let signals end what runs here, the whole of a command: tidily if that is quick.

    Afterwards signals change nothing: what is done is done, and the exit code says so.

    Parameters
    ----------
    last_words : str
        Line for standard error.

    Raises
    ------
    SystemExit
        With 128 + the signal's number. What had come to its end in spite of a signal keeps
        its own exit code.
    """
    asked: list[int] = []
    words = _LastWords(last_words)

    def stop(number: int, frame: FrameType | None) -> None:
        if not asked:
            asked.append(number)
            raise Stopped(number)

    with _handling(stop), _time_limit(words):
        try:
            yield
        except BaseException as error:
            # Libraries turn what is raised within them into errors of their own.
            succeeded = isinstance(error, SystemExit) and error.code in (0, None)
            if succeeded or not asked:
                raise
            words.say()
            raise SystemExit(_ENDED_BY + asked[0]) from None


@contextmanager
def _handling(stop: Any) -> Iterator[None]:
    # What a command was started to ignore, as by nohup or in the background, it goes on to ignore.
    heeded = [number for number in ASKING if signal.getsignal(number) is not signal.SIG_IGN]
    for number in heeded:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in heeded:
            signal.signal(number, signal.SIG_IGN)


@contextmanager
def _time_limit(words: _LastWords) -> Iterator[None]:
    """End this process when it does not end itself soon after a signal.

    A handler runs between two steps of the interpreter's main thread, which may be long in native
    code; the number of a signal is written to a pipe at once.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    former = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    Thread(target=_end_in_time, args=(reading, words), daemon=True).start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(former)
        os.close(writing)


def _end_in_time(reading: int, words: _LastWords) -> None:
    numbers = os.read(reading, 1)
    os.close(reading)
    for number in numbers:  # none if no signal came
        sleep(_GRACE_S)
        words.say()
        for child in active_children():  # one that only begins does not watch its parent yet
            child.kill()
        os._exit(_ENDED_BY + number)


class _LastWords:
    """A line for standard error that is said once, whichever thread comes first."""

    def __init__(self, line: str) -> None:
        self._line = line
        self._unsaid = Lock()

    def say(self) -> None:
        if self._unsaid.acquire(blocking=False):
            with suppress(OSError, ValueError):
                sys.stderr.write(f"{self._line}\n")
                sys.stderr.flush()


def child_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """Tell a process about to be started that it must not outlive this one.

    Parameters
    ----------
    environ : mapping
        Its environment otherwise.

    Returns
    -------
    dict of str to str
        For a process that calls `end_with_parent`.
    """
    return {**environ, _PARENT: str(os.getpid())}


def end_with_parent() -> None:
    """Let this process be ended as soon as the one that started it is no more.

    Only Linux can do that; for other systems, `is_orphan` is asked before a result is put in its
    place.
    """
    with suppress(AttributeError, OSError):  # not Linux
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if is_orphan():
        os._exit(1)


def is_orphan() -> bool:
    """Tell whether the process that `child_environ` named, if any, is the parent no more.

    Examples
    --------
    >>> is_orphan()
    False
    """
    parent = os.environ.get(_PARENT)
    return parent is not None and os.getppid() != int(parent)
