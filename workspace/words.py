"""Words for messages: years as people write them, 1997-2001, 2003."""

from __future__ import annotations

from collections.abc import Iterable


def say_spans(years: Iterable[int]) -> str:
    """Write years as spans.

    Examples
    --------
    >>> say_spans([2003, 1997, 1998, 1999])
    '1997-1999, 2003'
    """
    spans: list[list[int]] = []
    for year in sorted(set(years)):
        if spans and year == spans[-1][1] + 1:
            spans[-1][1] = year
        else:
            spans.append([year, year])
    return ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in spans)


def say_years(keys: Iterable[tuple[str, int]]) -> str:
    """Write years of collections as spans.

    Examples
    --------
    >>> say_years([("historical", 1997), ("historical", 1998), ("a2", 2030)])
    'historical 1997-1998, a2 2030'
    """
    by_collection: dict[str, list[int]] = {}
    for collection, year in keys:
        by_collection.setdefault(collection, []).append(year)
    return ", ".join(f"{name} {say_spans(years)}" for name, years in by_collection.items())
