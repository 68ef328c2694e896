"""Units of measurement: the one home of their conversion, for rasters and tables alike.

A catalogue declares the unit a file is written in; everything downstream works in the units of
`ingest.catalogue.quantities` and of the table schemas. Pint does the arithmetic on a small registry
of its own, so that exactly the units listed here are known and none changes its meaning by accident
(in Pint's default registry ``kt`` is a knot).

Two distinctions are kept on purpose. The mass of carbon (``gC``), the mass of carbon dioxide
(``MtCO2``) and mass as such (``Mt``) are different dimensions: carbon becomes carbon dioxide in one
SQL macro and nowhere else. Seconds, days, months and years are different dimensions too: a monthly
total follows from a rate only with the length of that month, which a `Period` brings along.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeVar

import pint

from workspace.errors import InputError

#: The whole registry, in Pint's own notation. COtwo stands for CO2, because a digit in a unit's
#: name would read as an exponent.
DEFINITIONS = (
    "m- = 1e-3",
    "c- = 1e-2",
    "k- = 1e3",
    "M- = 1e6",
    "G- = 1e9",
    "T- = 1e12",
    "P- = 1e15",
    "g = [mass]",
    "t = 1e6 g = _ = tonne = tonnes",
    "gC = [carbon_mass]",
    "tC = 1e6 gC",
    "gCOtwo = [carbon_dioxide_mass]",
    "tCOtwo = 1e6 gCOtwo",
    "m = [length]",
    "ha = 1e4 m ** 2",
    "K = [temperature] = _ = kelvin",
    "degC = K; offset: 273.15 = _ = celsius = C",
    "degF = 5 / 9 * K; offset: 255.372222222222 = _ = fahrenheit",
    "s = [second] = _ = second = seconds",
    "h = [hour] = _ = hour = hours = hr",
    "day = [day] = _ = d = days",
    "month = [month] = _ = mo = months",
    "year = [year] = _ = yr = a = years",
    "person = [population] = _ = persons = people",
    "yuan = [currency] = _ = CNY = RMB",
    "USD = [us_currency]",
    "J = [energy]",
    "tce = 29.3076e9 J",
    "pct = 0.01 = _ = percent",
)

#: What an error offers when one of these dimensions was wanted; the first of each stands for all.
_EXAMPLES = (
    "degC, K, degF",
    "mm/month, cm/month, mm/day, m/day, kg/m2/s, kg/m2/month",
    "mm/year, cm/year, mm/day, m/day, kg/m2/s, kg/m2/year",
    "gC/m2/year, kgC/m2/year, tC/ha/year, kgC/m2/s",
    "gC/m2/month, kgC/m2/month, tC/ha/month, kgC/m2/s",
    "TgC/year, tC/month, kgC/h, tCO2/year of a cell; kgCO2/m2/s, gC/m2/month of its area",
    "Mt, kt, t, 10^4 t, Tg, Gg, kg",
    "MtCO2, ktCO2, tCO2, 10^4 tCO2, TgCO2",
    "m3, 10^8 m3",
    "persons, 10^4 persons",
    "yuan, 10^4 yuan, 10^8 yuan",
    "tce, 10^4 tce, TJ",
    "1, pct",
)

_CHINESE = {
    "亿": "10^8 ",
    "万": "10^4 ",
    "吨标准煤": "tce",
    "吨": "t",
    "立方米": "m3",
    "元": "yuan",
    "人": "persons",
}
_SPELT_POWER = {"²": "2", "³": "3", "⁻": "-", "⁴": "4", "⁸": "8", "¹": "1", "·": " ", "−": "-"}
_CARBON = re.compile(r"(?<![A-Za-z])([kMGTP]?[gt])\s*(?:of\s+)?-?(COtwo|C)(?![A-Za-z])")
_NUMBER = re.compile(r"^(?:10\s*(?:\^|\*\*)\s*(\d{1,2})|(\d+(?:\.\d+)?)(?=\s|$))\s*[x×*]?\s*")
_TERM = re.compile(r"^(1|[A-Za-z%°]+)(?:\s*(?:\^|\*\*)?\s*(-?\d))?$")
#: A number and its unit, as Pint types them.
_Quantity = pint.registry.Quantity[float]
_Values = TypeVar("_Values")
_TIME = ("[second]", "[hour]", "[day]", "[month]", "[year]")
#: How often the units of a rate fit into a day.
_IN_A_DAY = {"[second]": ("s", 86_400), "[hour]": ("h", 24), "[day]": ("day", 1)}


@dataclass(frozen=True)
class Period:
    """The time that one value of a layer stands for.

    Attributes
    ----------
    kind : {'month', 'year', 'static'}
        A month's total or mean, a year's, or a value for all time.
    days : float or None
        Its length; None where nothing is asked of it.
    """

    kind: Literal["month", "year", "static"]
    days: float | None = None


@dataclass(frozen=True)
class UnitConversion:
    """The straight line from one unit to another: ``value * factor + offset``.

    Attributes
    ----------
    factor : float
        Target units per source unit.
    offset : float
        In target units; zero for all but temperatures.

    Examples
    --------
    >>> UnitConversion(factor=1000.0, offset=0.0).apply(0.5)
    500.0
    """

    factor: float
    offset: float

    @property
    def is_identity(self) -> bool:
        """Whether values stay as they are."""
        return self.factor == 1.0 and self.offset == 0.0

    def apply(self, values: _Values) -> _Values:
        """Convert a number, a NumPy array or a column expression.

        Parameters
        ----------
        values : float, array or expression
            In the source unit.

        Returns
        -------
        float, array or expression
            In the target unit, of the same shape; the argument itself if nothing changes.
        """
        if self.is_identity:
            return values
        number: Any = values
        converted: _Values = number * self.factor
        if self.offset:
            number = converted
            converted = number + self.offset
        return converted


@dataclass(frozen=True)
class MassUnit:
    """What one value of a layer of emissions weighs.

    Attributes
    ----------
    factor : float
        Tg per value; of a flux Tg per km2 and value. For the whole period.
    substance : {'C', 'CO2'}
        What is weighed.
    is_flux : bool
        Whether the value is one of an area, and not of a cell.
    """

    factor: float
    substance: Literal["C", "CO2"]
    is_flux: bool


def conversion(
    from_unit: str,
    to_unit: str | Sequence[str],
    where: str | None = None,
    period: Period | None = None,
) -> UnitConversion:
    """Return the factor and offset that take values of one unit to another.

    Parameters
    ----------
    from_unit : str
        As declared: ``gC/m2/year``, ``kg C m-2 yr-1``, ``mm/month``, ``K``, ``10^4 t``,
        ``10^8 yuan``, ``pct``, ``1``; the Chinese forms of yearbooks (``万吨``) are known too.
    to_unit : str or sequence of str
        The unit wanted, in the same notation. Of several, the first that measures the same thing as
        ``from_unit`` is taken.
    where : str, optional
        File or key that an error should name.
    period : Period, optional
        Over which a rate (per second, hour or day) is summed to a total. Water is length or mass:
        1 kg m-2 is 1 mm.

    Returns
    -------
    UnitConversion
        Exact powers of ten give exact factors.

    Raises
    ------
    InputError
        If ``from_unit`` is unknown, or measures something else than ``to_unit``.

    Examples
    --------
    >>> conversion("kgC/m2/year", "gC/m2/year")
    UnitConversion(factor=1000.0, offset=0.0)
    >>> conversion("K", "degC")
    UnitConversion(factor=1.0, offset=-273.15)
    >>> conversion("10^4 tce", "tce").factor, conversion("pct", "1").factor
    (10000.0, 0.01)
    >>> conversion("kg m-2 s-1", "mm/month", period=Period("month", 31)).factor
    2678400.0
    >>> conversion("mm/day", "mm/month", where="rain.nc")
    Traceback (most recent call last):
    workspace.errors.InputError: rain.nc: unit 'mm/day' cannot become 'mm/month': ...
    """
    wanted = [to_unit] if isinstance(to_unit, str) else list(to_unit)
    return _first_fitting(from_unit, wanted, where, period)[1]


def emission_unit(unit: str, period: Period, where: str | None = None) -> MassUnit:
    """Say what a value of a layer of emissions weighs.

    Parameters
    ----------
    unit : str
        A mass of carbon or carbon dioxide, in the period (``tC``, ``Tg C/year``) or as a rate
        (``kg C/h``): of a cell. Divided by an area (``kg CO2 m-2 s-1``): a flux.
    period : Period
        Of one value.
    where : str, optional
        File or key that an error should name.

    Returns
    -------
    MassUnit
        In Tg of the period.

    Raises
    ------
    InputError
        If the unit weighs neither, or names another period.

    Examples
    --------
    >>> emission_unit("tonne C/month", Period("month", 31))
    MassUnit(factor=1e-06, substance='C', is_flux=False)
    >>> emission_unit("kg CO2 m-2 s-1", Period("year", 365)).factor
    31536.0
    """
    forms: dict[str, tuple[Literal["C", "CO2"], bool]] = {}
    substances: tuple[Literal["C", "CO2"], ...] = ("C", "CO2")
    for substance in substances:
        for area in ("", "/m2"):
            for time in (f"/{period.kind}", ""):
                forms[f"Tg{substance}{area}{time}"] = (substance, bool(area))
    bare = re.sub(r"\s*/\s*cell\b", "", unit)
    position, line = _first_fitting(bare, list(forms), where, period)
    substance, is_flux = list(forms.values())[position]
    # 1 km2 is 1e6 m2.
    return MassUnit(float(f"{line.factor * (1e6 if is_flux else 1):.12g}"), substance, is_flux)


def is_rate(unit: str) -> bool:
    """Tell whether a unit is one per second, hour or day, so that a total needs a length of time.

    Examples
    --------
    >>> is_rate("kg m-2 s-1"), is_rate("mm/month")
    (True, False)
    """
    quantity = _quantity(unit)
    return quantity is not None and any(
        dict(quantity.dimensionality).get(time) == -1 for time in _IN_A_DAY
    )


def _first_fitting(
    from_unit: str, wanted: Sequence[str], where: str | None, period: Period | None
) -> tuple[int, UnitConversion]:
    """Find the first unit that measures the same thing, and the line to it."""
    targets = [_quantity(unit) for unit in wanted]
    if None in targets:
        raise ValueError(f"{list(wanted)!r} are not all units of the registry")
    source = _quantity(from_unit)
    if source is None:
        raise InputError(
            f"unit {from_unit!r} is not known",
            where=where,
            fix=f"declare one of: {_examples(wanted)}",
        )
    for position, target in enumerate(targets):
        assert target is not None
        summed = _summed(_as_depth(source, target), target, period)
        if summed.dimensionality == target.dimensionality:
            return position, _line(summed, target)
    raise InputError(
        f"unit {from_unit!r} cannot become {wanted[0]!r}: {_difference(source, targets)}",
        where=where,
        fix=f"declare one of: {_examples(wanted)}",
    )


def _as_depth(source: _Quantity, target: _Quantity) -> _Quantity:
    """Give water the depth that it has by its mass, where a depth is wanted."""
    given, wanted = dict(source.dimensionality), dict(target.dimensionality)
    if given.get("[mass]") == 1 and given.get("[length]") == -2 and wanted.get("[length]") == 1:
        source = source * _registry().Quantity(1e-6, "m ** 3 / g")
    return source


def _summed(source: _Quantity, target: _Quantity, period: Period | None) -> _Quantity:
    """Sum a rate over the period, where the total of that period is wanted."""
    times = [time for time in _IN_A_DAY if dict(source.dimensionality).get(time) == -1]
    if period is None or period.days is None or len(times) != 1:
        return source
    name, in_a_day = _IN_A_DAY[times[0]]
    total: _Quantity = source * _registry().Quantity(period.days * in_a_day, name)
    if dict(target.dimensionality).get(f"[{period.kind}]") == -1:
        total = total / _registry().Quantity(1.0, period.kind)
    return total


@cache
def _registry() -> pint.UnitRegistry[float]:
    registry: pint.UnitRegistry[float] = pint.UnitRegistry(None)
    registry.load_definitions(list(DEFINITIONS))
    return registry


def _quantity(unit: str) -> _Quantity | None:
    """Parse a declared unit; None when it is not one of ours."""
    expression = _pint_expression(unit)
    if expression is None:
        return None
    scale, terms = expression
    try:
        units = _registry().parse_units(terms)
    except (pint.PintError, ValueError, TypeError):
        return None
    return _registry().Quantity(scale, units)


def _pint_expression(unit: str) -> tuple[float, str] | None:
    """Split a declared unit into its leading number and a product of powers.

    Only names, small powers, ``/``, ``*``, ``.`` and blanks get through, so that nothing a
    catalogue says is ever evaluated.
    """
    text = unit.strip()
    for spelt, plain in (_CHINESE | _SPELT_POWER).items():
        text = text.replace(spelt, plain)
    text = re.sub(r"CO_?2", "COtwo", text).replace("%", " pct").replace("°", "deg").strip()
    text = _CARBON.sub(r"\1\2", re.sub(r"\btonnes?\b", "t", text))
    if not 0 < len(text) <= 60:
        return None
    scale = 1.0
    number = _NUMBER.match(text)
    if number:
        scale = float(f"1e{number[1]}") if number[1] else float(number[2])
        text = text[number.end() :]
    terms: list[str] = []
    sign = 1
    for part in re.split(r"(/|[*.](?![*\d])|\s+)", re.sub(r"\s*/\s*", "/", text.strip())):
        if part == "/":
            sign = -1
        elif part.strip() in ("", "*", "."):
            continue
        elif (term := _TERM.match(part)) is None:
            return None
        else:
            if term[1] != "1":
                terms.append(f"{term[1]} ** {sign * int(term[2] or 1)}")
            sign = 1
    if scale == 0 or not (terms or number):
        return None
    return scale, " * ".join(terms)


def _line(source: _Quantity, target: _Quantity) -> UnitConversion:
    """Work out factor and offset between two quantities of the same dimension."""
    registry = _registry()
    if dict(source.dimensionality) == {"[temperature]": 1}:
        names = [next(iter(quantity.unit_items()))[0] for quantity in (source, target)]
        steps = [name if name == "K" else f"delta_{name}" for name in names]
        factor = registry.convert(1.0, steps[0], steps[1]) * source.magnitude / target.magnitude
        offset = registry.convert(0.0, names[0], names[1]) / target.magnitude
        return UnitConversion(factor=float(factor), offset=round(float(offset), 9))
    ratio = registry.convert(1.0, source.units, target.units)
    factor = float(ratio) * float(source.magnitude) / float(target.magnitude)
    # Powers of ten pass through several floating-point steps; twelve digits undo their residue.
    return UnitConversion(factor=float(f"{factor:.12g}"), offset=0.0)


def _difference(source: _Quantity, targets: Sequence[_Quantity | None]) -> str:
    """Say in words why two units differ."""
    target = targets[0]
    assert target is not None
    given, wanted = dict(source.dimensionality), dict(target.dimensionality)
    if _without(given, _TIME) == _without(wanted, _TIME) and given != wanted:
        if not set(given) & set(_TIME):
            return "it names no time, and a total needs the time it was summed over"
        return "the length of each month or year is needed, and one factor cannot hold it"
    weights = {"[carbon_mass]", "[carbon_dioxide_mass]", "[mass]"}
    if weights & set(given) and weights & set(wanted):
        if "[mass]" not in (*given, *wanted):
            return "carbon is not carbon dioxide (44/12 is applied once, inside the warehouse)"
        return "it does not say whether it weighs carbon, carbon dioxide or dry matter"
    return f"it measures {source.dimensionality}, not {target.dimensionality}"


def _without(dimensions: Mapping[str, object], dropped: Sequence[str]) -> dict[str, object]:
    return {name: power for name, power in dimensions.items() if name not in dropped}


def _examples(wanted: Sequence[str]) -> str:
    """List the accepted spellings for the units wanted."""
    dimensions = [
        quantity.dimensionality for unit in wanted if (quantity := _quantity(unit)) is not None
    ]
    known = [
        examples
        for examples in _EXAMPLES
        if (first := _quantity(examples.split(",")[0])) is not None
        and first.dimensionality in dimensions
    ]
    return ", ".join(known or wanted)
