"""Whether the places that statistics name are zones: said before a build fails on it."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from ingest.tables.checking import TableSet
from workspace.errors import InputError

#: Columns of emissions any of which lets a build place a row whose city is no zone.
_OTHER_PLACES = ("city_name", "province_id", "province_name")
#: How many ids a message names.
_NAMED = 5


def check_places(tables: TableSet, zone_ids: Sequence[str]) -> list[str]:
    r"""Compare the cities that emissions name with the zones.

    Parameters
    ----------
    tables : TableSet
        All statistics.
    zone_ids : sequence of str
        Of all zones.

    Returns
    -------
    list of str
        Lines for the user: ids that are no zone, and zones that no row names.

    Raises
    ------
    InputError
        If an id is that of a zone but for spaces, invisible characters or zeros in front, or a row
        names no zone and no other place either.

    Examples
    --------
    >>> _plain("\u200b010 100"), _plain("10100"), _plain("000")
    ('10100', '10100', '')
    """
    emissions = tables.tables["emissions"]
    where = ", ".join(facts.path for facts in tables.files if facts.kind == "emissions")
    named = pc.unique(emissions["city_id"].drop_null()).to_pylist()
    unknown = sorted(set(named) - set(zone_ids))
    _refuse_lookalikes(unknown, zone_ids, where)
    _refuse_placeless(emissions, unknown, tables.tables["provinces"], where)
    lines = []
    if unknown:
        lines.append(
            f"{where}: {_listing('city_id', unknown)} no zone; such rows stay with their province"
        )
    if named and not emissions["city_id"].null_count:
        silent = [key for key in zone_ids if key not in set(named)]
        if silent:
            lines.append(f"{where}: no row for {_names('zone', silent)}")
    return lines


def _refuse_lookalikes(unknown: Sequence[str], zone_ids: Sequence[str], where: str) -> None:
    zones = {_plain(key): key for key in zone_ids}
    for key in unknown:
        zone = zones.get(_plain(key))
        if zone is not None:
            raise InputError(
                f"city_id {key!r} is no zone, but {zone!r} is",
                where=where,
                fix="write ids as text, as the zones have them",
            )


def _refuse_placeless(
    emissions: pa.Table, unknown: Sequence[str], provinces: pa.Table, where: str
) -> None:
    """Refuse rows of which a build would not know the province."""
    codes = {key[:2] for key in provinces["province_id"].to_pylist()}
    lost = emissions.filter(pc.is_in(emissions["city_id"], pa.array(unknown, pa.string())))
    for row in lost.to_pylist():
        has_code = any((row[name] or "")[:2] in codes for name in ("city_id", "unit_id"))
        if not has_code and not any(row[name] for name in _OTHER_PLACES):
            raise InputError(
                f"city_id {row['city_id']!r} (year {row['year']}) is no zone, "
                "and the row names no province",
                where=where,
                fix="correct the id, or give the row a province_id",
            )


def _plain(key: str) -> str:
    """Leave out what people do not see in an id, and zeros in front."""
    seen = [char for char in key if unicodedata.category(char)[0] not in "CZ"]
    return "".join(seen).lstrip("0").casefold()


def _names(noun: str, keys: Collection[str]) -> str:
    shown = ", ".join(list(keys)[:_NAMED])
    more = f" and {len(keys) - _NAMED} more" if len(keys) > _NAMED else ""
    return f"{noun}{'s' * (len(keys) > 1)} {shown}{more}"


def _listing(column: str, keys: Collection[str]) -> str:
    return f"{_names(column, keys).replace('ids', 'id')} {'is' if len(keys) == 1 else 'are'}"
