"""Text on its way into a page: numbers for people, and JSON that cannot leave its script."""

from __future__ import annotations

import json
import math
from typing import Any


def script_json(value: Any) -> str:
    r"""JSON that is safe inside ``<script>`` and in a JavaScript file.

    Parameters
    ----------
    value : any
        What :func:`json.dumps` can write. Floats keep every digit.

    Returns
    -------
    str
        ASCII only; ``<``, ``>`` and ``&`` are written as escapes, so that no name taken from an
        input file can close the script or open a tag.

    Raises
    ------
    ValueError
        If a number is NaN or infinite, which JSON does not know.

    Examples
    --------
    >>> print(script_json("</script>"))
    "\u003c/script\u003e"
    """
    written = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return written.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def number(value: float | None, digits: int = 0) -> str:
    """Write a number for a reader.

    Parameters
    ----------
    value : float or None
        The number, in any unit.
    digits : int
        Digits after the point.

    Returns
    -------
    str
        With a comma at thousands and a true minus sign; an en dash if there is none.

    Examples
    --------
    >>> number(-5630.4)
    '−5,630'
    >>> number(None)
    '–'
    """
    if value is None or not math.isfinite(value):
        return "–"
    written = f"{value:,.{digits}f}"
    if float(written.replace(",", "")) == 0:
        written = written.lstrip("-")
    return written.replace("-", "−")


def percent(ratio: float | None, digits: int = 1) -> str:
    """Write a ratio as a percentage.

    Parameters
    ----------
    ratio : float or None
        1 is the whole.
    digits : int
        Digits after the point.

    Returns
    -------
    str
        With its sign and unit.

    Examples
    --------
    >>> percent(0.083019)
    '8.3 %'
    """
    return "–" if ratio is None else f"{number(100 * ratio, digits)} %"


def listed(words: list[str]) -> str:
    """Join words as a sentence does.

    Parameters
    ----------
    words : list of str
        Any number of them.

    Returns
    -------
    str
        With commas, and "and" before the last.

    Examples
    --------
    >>> listed(["NPP", "lithology", "rain"])
    'NPP, lithology and rain'
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def nice_breaks(values: list[float], diverging: bool, classes: int = 5) -> list[float]:
    """Choose class limits that a reader can remember.

    Parameters
    ----------
    values : list of float
        The values to be classed, in their unit.
    diverging : bool
        True makes zero a limit and mirrors the others about it.
    classes : int
        At most so many classes, on each side of zero if diverging.

    Returns
    -------
    list of float
        Rising limits, each 1, 2 or 5 times a power of ten and about as many times the one before,
        beyond each of which lies some value.

    Examples
    --------
    >>> nice_breaks([-200.0, -90.0, -40.0, -12.0, -4.0, 3.0, 9.0], True)
    [-100.0, -20.0, -5.0, 0.0, 5.0]
    >>> nice_breaks([], True)
    [0.0]
    """
    known = [value for value in values if math.isfinite(value)]
    sizes = sorted(abs(value) for value in known if value != 0)
    limits: list[float] = []
    if sizes:
        low, high = (sizes[int(share * (len(sizes) - 1))] for share in (0.2, 0.93))
        steps = _ladder(low, high)
        every = math.ceil(len(steps) / (classes - 1))
        limits = sorted(steps[::-1][::every])
    if not diverging:
        return [limit for limit in limits if limit < max(known)] or [0.0]
    below = [-limit for limit in reversed(limits) if min(known) < -limit]
    return [*below, 0.0, *(limit for limit in limits if max(known) > limit)]


def _ladder(low: float, high: float) -> list[float]:
    """List 1, 2 and 5 times powers of ten from the one nearest to low to that nearest to high."""
    first, last = math.floor(math.log10(low)), math.floor(math.log10(high)) + 1
    # Written and read again: 2 * 10.0 ** -1 is not quite 0.2.
    steps = [float(f"{lead}e{power}") for power in range(first, last + 1) for lead in (1, 2, 5)]
    low_near, high_near = (min(steps, key=lambda step: abs(math.log(step / size)))
                           for size in (low, high))  # fmt: skip
    return [step for step in steps if low_near <= step <= high_near]
