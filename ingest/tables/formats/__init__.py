"""Adapters: one module per family of published layouts, found by the format's name."""

from __future__ import annotations

from ingest.tables.formats import ceads, chen2020, energy_balances, nbsc, owid, tidy, world_bank
from ingest.tables.reading import Format

#: Every format a catalogue can name.
FORMATS: dict[str, Format] = {
    known.name: known
    for known in (
        *tidy.FORMATS,
        *chen2020.FORMATS,
        *energy_balances.FORMATS,
        *nbsc.FORMATS,
        *ceads.FORMATS,
        *world_bank.FORMATS,
        *owid.FORMATS,
    )
}
