"""The physical quantities a catalogue can name: one home for units, ranges and annual reduction.

Every layer is converted to the units given here before anything else happens to it. What is special
to one quantity is declared here too, so that nothing else need know its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Step = Literal["month", "year", "climatology", "static"]

#: What one value stands for: a month, a year or all time.
PeriodKind = Literal["month", "year", "static"]

#: Codes that MOD17A3 writes where it has no NPP (barren, urban, water, ...), V006/V061 and V55.
MODIS_NPP_FILL_CODES = (*range(32761, 32768), *range(65529, 65536))


@dataclass(frozen=True)
class Quantity:
    """One physical quantity.

    Attributes
    ----------
    name : str
        What the catalogue calls it.
    meaning : str
        One line for help texts.
    term : str
        Name of its annual term per cell, unit last.
    steps : tuple of Step
        Steps in which it may be given. A climatology is twelve months or one year.
    units : dict
        Unit of one value, by what the value stands for.
    valid_range : dict
        Lowest and highest believable value, in ``units``.
    reduction : {'mean', 'sum', 'none'}
        How twelve months become a year.
    hint : str
        What a value out of range usually means.
    is_extensive : bool
        Whether a value is a mass of the cell, which is split with it and never averaged. Its layers
        are read on their own grid and for their own years (`ingest.years.emissions`).
    models : tuple of str
        What may stand in for a layer (`ingest.rasters.models`).
    stands_for : str
        A quantity whose layer is not needed where this one is given.
    fill_codes : tuple of int
        Codes of a product that have been taken for data before.
    is_class : bool
        Whether values are codes, which cannot be averaged.
    """

    name: str
    meaning: str
    term: str
    steps: tuple[Step, ...]
    units: dict[PeriodKind, str]
    valid_range: dict[PeriodKind, tuple[float, float]]
    reduction: Literal["mean", "sum", "none"]
    hint: str = ""
    is_extensive: bool = False
    models: tuple[str, ...] = ()
    stands_for: str = ""
    fill_codes: tuple[int, ...] = ()
    is_class: bool = False


_ALL_STEPS: tuple[Step, ...] = ("month", "year", "climatology")
_WATER: dict[PeriodKind, str] = {"month": "mm/month", "year": "mm/year"}

QUANTITIES: dict[str, Quantity] = {
    quantity.name: quantity
    for quantity in (
        Quantity(
            name="temperature",
            meaning="mean air temperature near the ground, of months or of a mean year",
            term="temperature_c",
            steps=("month", "climatology"),
            units={"month": "degC", "year": "degC"},
            valid_range={"month": (-90.0, 60.0), "year": (-70.0, 45.0)},
            reduction="mean",
            hint="values near 280 are kelvin (declare unit: K), values near 150 are tenths of a "
            "degree (declare scale: 0.1)",
        ),
        Quantity(
            name="precipitation",
            meaning="total of rain and snow, of months or of a mean year",
            term="precipitation_mm",
            steps=("month", "climatology"),
            units=_WATER,
            valid_range={"month": (0.0, 10_000.0), "year": (0.0, 30_000.0)},
            reduction="sum",
            hint="negative rain is usually an undeclared nodata code (declare nodata)",
        ),
        Quantity(
            name="evapotranspiration",
            meaning="actual evapotranspiration",
            term="evapotranspiration_mm",
            steps=_ALL_STEPS,
            units=_WATER,
            valid_range={"month": (0.0, 1_000.0), "year": (0.0, 4_000.0)},
            reduction="sum",
            hint="some products have slightly negative cells: declare valid_range if yours does",
            models=("turc", "pike"),
        ),
        Quantity(
            name="runoff",
            meaning="runoff as observed or modelled elsewhere, in place of precipitation less "
            "evapotranspiration",
            term="runoff_mm",
            steps=_ALL_STEPS,
            units=_WATER,
            valid_range={"month": (0.0, 10_000.0), "year": (0.0, 30_000.0)},
            reduction="sum",
            hint="negative runoff is usually an undeclared nodata code (declare nodata)",
            stands_for="evapotranspiration",
        ),
        Quantity(
            name="npp",
            meaning="net primary production",
            term="npp_gc_m2",
            steps=_ALL_STEPS,
            units={"month": "gC/m2/month", "year": "gC/m2/year"},
            valid_range={"month": (-500.0, 1_000.0), "year": (0.0, 3_200.0)},
            reduction="sum",
            hint="32761-32767 and 65529-65535 are fill codes of MOD17A3 (declare nodata)",
            models=("miami",),
            fill_codes=MODIS_NPP_FILL_CODES,
        ),
        Quantity(
            name="lithology",
            meaning="lithology class, a code of the GLiM legend",
            term="lithology_code",
            steps=("static",),
            units={"static": "1"},
            valid_range={"static": (1, 16)},
            reduction="none",
            hint="codes are 1-16 as in seeds/ref_lithology_classes.csv",
            is_class=True,
        ),
        Quantity(
            name="emissions",
            meaning="carbon or carbon dioxide emitted in a cell, as a mass or as a flux",
            term="emissions_tg",
            steps=("month", "year"),
            units={"month": "TgC/month", "year": "TgC/year"},
            # In Tg of a cell; the largest cell of one degree emits some 150 Tg C a year.
            valid_range={"month": (0.0, 500.0), "year": (0.0, 2_000.0)},
            reduction="sum",
            hint="a kilogram, a tonne and a teragram are a thousand or a million apart: correct "
            "unit or scale; negative emissions are usually uptake or an undeclared nodata code",
            is_extensive=True,
        ),
    )
}

#: Quantities that become annual terms of the cells of the grid.
GRID_QUANTITIES = {
    name: quantity for name, quantity in QUANTITIES.items() if not quantity.is_extensive
}
