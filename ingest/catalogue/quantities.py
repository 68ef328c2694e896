"""The physical quantities a catalogue can name: one home for units, ranges and annual reduction.

Every layer is converted to the units given here before anything else happens to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Step = Literal["month", "year", "climatology", "static"]

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
    units : dict
        Unit of one value by step.
    valid_range : dict
        Lowest and highest believable value by step, in ``units``.
    reduction : {'mean', 'sum', 'none'}
        How twelve months become a year.
    hint : str
        What a value out of range usually means.
    """

    name: str
    meaning: str
    term: str
    units: dict[Step, str]
    valid_range: dict[Step, tuple[float, float]]
    reduction: Literal["mean", "sum", "none"]
    hint: str = ""

    @property
    def steps(self) -> tuple[Step, ...]:
        """Steps in which the quantity may be given."""
        return tuple(self.units)


_TEMPERATURE_RANGE = (-90.0, 60.0)
_MONTHLY_RAIN_RANGE = (0.0, 10_000.0)

QUANTITIES: dict[str, Quantity] = {
    quantity.name: quantity
    for quantity in (
        Quantity(
            name="temperature",
            meaning="monthly mean air temperature near the ground",
            term="temperature_c",
            units={"month": "degC", "climatology": "degC"},
            valid_range={"month": _TEMPERATURE_RANGE, "climatology": _TEMPERATURE_RANGE},
            reduction="mean",
            hint="values near 280 are kelvin (declare unit: K), values near 150 are tenths of a "
            "degree (declare scale: 0.1)",
        ),
        Quantity(
            name="precipitation",
            meaning="monthly total of rain and snow",
            term="precipitation_mm",
            units={"month": "mm/month", "climatology": "mm/month"},
            valid_range={"month": _MONTHLY_RAIN_RANGE, "climatology": _MONTHLY_RAIN_RANGE},
            reduction="sum",
            hint="negative rain is usually an undeclared nodata code (declare nodata)",
        ),
        Quantity(
            name="evapotranspiration",
            meaning="actual evapotranspiration",
            term="evapotranspiration_mm",
            units={"month": "mm/month", "year": "mm/year", "climatology": "mm/month"},
            valid_range={"month": (0.0, 1_000.0), "year": (0.0, 4_000.0), "climatology": (0, 1e3)},
            reduction="sum",
            hint="some products have slightly negative cells: declare valid_range if yours does",
        ),
        Quantity(
            name="npp",
            meaning="net primary production",
            term="npp_gc_m2",
            units={"month": "gC/m2/month", "year": "gC/m2/year", "climatology": "gC/m2/month"},
            valid_range={
                "month": (-500.0, 1_000.0),
                "year": (0.0, 3_200.0),
                "climatology": (0, 1e3),
            },
            reduction="sum",
            hint="32761-32767 and 65529-65535 are fill codes of MOD17A3 (declare nodata)",
        ),
        Quantity(
            name="lithology",
            meaning="lithology class, a code of the GLiM legend",
            term="lithology_code",
            units={"static": "1"},
            valid_range={"static": (1, 16)},
            reduction="none",
            hint="codes are 1-16 as in seeds/ref_lithology_classes.csv",
        ),
    )
}
