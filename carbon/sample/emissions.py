"""Emissions of the sample: Table 1 of the study, filled between its printed years and shared out.

The years between and the shares of the cities are synthetic; what is printed is met.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from carbon.sample.fields import YEARS
from workspace.arrays import Float

NATIONAL_CE_KNOTS = {1997: 1.0, 1998: 0.882, 2010: 2.637, 2014: 3.087, 2016: 2.99, 2017: 3.06}
"""Shape of the national curve: 1997, 2010 and 2017 by Table 1, the minimum of 1998 and the
maximum of 2014 by the study's extreme years of CNC (-2.22 and -8.71 Pg CO2) plus its ECS, and
the shallow dip after 2014."""


def national_shape(mean_ratio: float) -> Float:
    """Return a smooth curve through the knots whose 21-year mean is given, 1997 being 1.

    The one free knot, 2004, is solved for.

    Parameters
    ----------
    mean_ratio : float
        Mean over 1997-2017 relative to 1997.
    """
    from scipy.interpolate import PchipInterpolator
    from scipy.optimize import brentq

    def curve(middle: float) -> Float:
        knots = {**NATIONAL_CE_KNOTS, 2004: middle}
        years = sorted(knots)
        values: Float = PchipInterpolator(years, [knots[year] for year in years])(np.array(YEARS))
        return values

    middle = brentq(lambda value: curve(value).mean() - mean_ratio, 0.95, 2.5)
    return curve(float(middle))


def fill_years(shape: Float, anchors: dict[int, float], mean: float) -> Float:
    """Return 21 years that meet the printed years exactly and the printed mean.

    The share in the national shape changes exponentially between the printed years; a bump that
    vanishes in those years, and is smooth there, brings the mean home.

    Parameters
    ----------
    shape : array, shape (21,)
        National curve.
    anchors : dict
        Printed value by year: 1997, 2010, 2017.
    mean : float
        Printed 21-year mean.

    Raises
    ------
    ValueError
        If no bump gives the mean.
    """
    from scipy.optimize import brentq

    years = np.array(YEARS)
    printed = np.array(sorted(anchors))
    share = np.log([anchors[year] / shape[year - YEARS[0]] for year in printed])
    first, middle, last = printed
    phase = np.where(
        years <= middle, (years - first) / (middle - first), (years - middle) / (last - middle)
    )
    bump = np.where(years <= middle, 1.0, 0.4) * np.sin(np.pi * phase) ** 2
    base = shape * np.exp(np.interp(years, printed, share))
    strength = brentq(lambda value: (base * np.exp(value * bump)).mean() - mean, -3.0, 3.0)
    result: Float = base * np.exp(strength * bump)
    return result


def read_table1(path: Path) -> dict[str, dict[str, dict[str, float]]]:
    """Return Table 1 of the study as {province_id: {inventory: {period: Mt CO2}}}."""
    table: dict[str, dict[str, dict[str, float]]] = {}
    with path.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            province = table.setdefault(row["province_id"], {"ipcc": {}, "ceads": {}})
            for inventory, values in province.items():
                values[row["period"]] = float(row[f"{inventory}_mtco2"])
    return table


def annual_emissions(
    table: dict[str, dict[str, dict[str, float]]], inventory: str
) -> dict[str, Float]:
    """Return 21 years of emissions, Mt CO2, by province_id for one inventory of Table 1."""
    total = {
        period: sum(province[inventory][period] for province in table.values())
        for period in ("1997", "mean")
    }
    shape = national_shape(total["mean"] / total["1997"])
    return {
        province_id: fill_years(
            shape,
            {year: columns[inventory][str(year)] for year in (1997, 2010, 2017)},
            columns[inventory]["mean"],
        )
        for province_id, columns in table.items()
    }


def write_city_emissions(table1: Path, counties: Path, path: Path) -> None:
    """Write CE of every city of the study: its province's CE by its share of the counties.

    Parameters
    ----------
    table1 : Path
        `seeds/ref_paper_table1.csv`, Mt CO2 by province and period.
    counties : Path
        `sources/city_counties.csv`: city_id, city_name, province_id, county_count.
    path : Path
        The CSV to write: city_id, city_name, year, ce_mtco2.
    """
    emissions = annual_emissions(read_table1(table1), "ceads")
    with counties.open(encoding="utf-8", newline="") as handle:
        cities = list(csv.DictReader(handle))
    totals: dict[str, int] = {}
    for city in cities:
        province_id = city["province_id"]
        totals[province_id] = totals.get(province_id, 0) + int(city["county_count"])
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["city_id", "city_name", "year", "ce_mtco2"])
        for city in cities:
            if city["province_id"] not in emissions:
                continue
            share = int(city["county_count"]) / totals[city["province_id"]]
            for year, total in zip(YEARS, emissions[city["province_id"]], strict=True):
                writer.writerow([city["city_id"], city["city_name"], year, f"{total * share:.4f}"])
