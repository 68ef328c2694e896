"""The one error that bad input raises, and lists of it."""

from __future__ import annotations

from collections.abc import Sequence


def _rebuilt(what: str, where: str | None, fix: str | None) -> InputError:
    return InputError(what, where=where, fix=fix)


class InputError(Exception):
    """Something a user can fix: a file, a key or a value that cannot be used as it is.

    The command line prints it as one or two lines and exits with code 2.

    Parameters
    ----------
    what : str
        What is wrong, with the offending value.
    where : str, optional
        The file, key or table it was found in.
    fix : str, optional
        What to do about it.

    Examples
    --------
    >>> print(InputError("unit 'furlong' is not a length", where="npp.tif", fix="declare a unit"))
    npp.tif: unit 'furlong' is not a length
      fix: declare a unit
    """

    def __init__(self, what: str, *, where: str | None = None, fix: str | None = None) -> None:
        self.what = what
        self.where = where
        self.fix = fix
        super().__init__(what, where, fix)

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the way from a worker process, which calls with positions only."""
        return _rebuilt, (self.what, self.where, self.fix)

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head}\n  fix: {self.fix}" if self.fix else head


class SeveralInputsError(InputError):
    """Several faults, said together: those of one file below its name.

    Parameters
    ----------
    faults : sequence of InputError
        Two or more.

    Examples
    --------
    >>> unit = InputError("no unit", fix="add it")
    >>> print(SeveralInputsError([InputError("no CRS", where="a.tif"), unit]))
    2 faults
    a.tif
      no CRS
    elsewhere
      no unit
        fix: add it
    """

    def __init__(self, faults: Sequence[InputError]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"{len(self.faults)} faults")

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the way from a worker process."""
        return SeveralInputsError, (self.faults,)

    def __str__(self) -> str:
        lines = [self.what]
        for where in dict.fromkeys(fault.where for fault in self.faults):
            lines.append(where or "elsewhere")
            for fault in self.faults:
                if fault.where == where:
                    lines.append(f"  {fault.what}")
                    lines += [f"    fix: {fault.fix}"] if fault.fix else []
        return "\n".join(lines)


class _Noting:
    """Takes a fault into a list, or lets it pass without one."""

    def __init__(self, found: dict[str, InputError] | None) -> None:
        self._found = found

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> bool:
        """Keep a fault, and nothing else."""
        if self._found is None or not isinstance(error, InputError):
            return False
        self._found.setdefault(str(error), error)
        return True


class Faults:
    """Faults found one after the other; the first ends the work, or all are gathered.

    Parameters
    ----------
    gather : bool
        Whether to go on after a fault.

    Examples
    --------
    >>> faults = Faults(gather=True)
    >>> for year in (2001, 2002):
    ...     with faults.noted():
    ...         raise InputError("no CRS", where="a.tif")
    >>> faults.end()
    Traceback (most recent call last):
    workspace.errors.InputError: a.tif: no CRS
    """

    def __init__(self, *, gather: bool = False) -> None:
        self.gather = gather
        self._found: dict[str, InputError] = {}

    def noted(self) -> _Noting:
        """Keep a fault of what is done inside, where faults are gathered; once, however often."""
        return _Noting(self._found if self.gather else None)

    def end(self) -> None:
        """Raise what was found, if anything was.

        Raises
        ------
        InputError
            The fault, or all of them as `SeveralInputsError`.
        """
        found = list(self._found.values())
        if len(found) == 1:
            raise found[0]
        if found:
            raise SeveralInputsError(found)
