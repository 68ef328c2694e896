"""The one error that bad input raises."""

from __future__ import annotations


def _rebuilt(what: str, where: str | None, mend: str | None) -> InputError:
    return InputError(what, where=where, mend=mend)


class InputError(Exception):
    """Something a user can mend: a file, a key or a value that cannot be used as it is.

    The command line prints it as one or two lines and exits with code 2.

    Parameters
    ----------
    what : str
        What is wrong, with the offending value.
    where : str, optional
        The file, key or table it was found in.
    mend : str, optional
        What to do about it.

    Examples
    --------
    >>> print(InputError("unit 'furlong' is not a length", where="npp.tif", mend="declare a unit"))
    npp.tif: unit 'furlong' is not a length
      mend: declare a unit
    """

    def __init__(self, what: str, *, where: str | None = None, mend: str | None = None) -> None:
        self.what = what
        self.where = where
        self.mend = mend
        super().__init__(what, where, mend)

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the way from a worker process, which calls with positions only."""
        return _rebuilt, (self.what, self.where, self.mend)

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head}\n  mend: {self.mend}" if self.mend else head
