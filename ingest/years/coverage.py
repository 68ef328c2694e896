"""Whether layers have data where the zones are: a layer that has none is a mistake, and is said."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ingest.years import zonal
from ingest.years.jobs import SUMS_FILE, YearJob
from workspace.errors import InputError
from workspace.files import parquet_of
from workspace.words import say_years

#: Share of the zones' area with data below which it is said.
_LITTLE = 0.01


def check_coverage(jobs: Sequence[YearJob], *, refuse: bool) -> list[str]:
    """Look for layers that are empty, or nearly so, in all zones together.

    Parameters
    ----------
    jobs : sequence of YearJob
        Complete years.
    refuse : bool
        Whether an empty layer ends the run; otherwise it is a line.

    Returns
    -------
    list of str
        A line for each such layer of a collection.

    Raises
    ------
    InputError
        For the first layer without a valid cell in any zone.
    """
    shares: dict[tuple[str, str], list[tuple[YearJob, float]]] = {}
    for job in jobs:
        for quantity, share in _valid_shares(job).items():
            if share < _LITTLE:
                shares.setdefault((job.inputs.collection, quantity), []).append((job, share))
    lines = []
    for (_, quantity), found in shares.items():
        empty = [job for job, share in found if share == 0]
        if empty and refuse:
            raise InputError(
                f"{quantity} has no valid cell in any zone ({_years(empty)})",
                where=_file_of(empty[0], quantity),
                fix="correct nodata, scale, crs or bounds of the layer, or the zones",
            )
        lines.append(
            f"{_file_of(found[0][0], quantity)}: {quantity} has data on "
            f"{max(share for _, share in found):.2%} of the zones at most "
            f"({_years([job for job, _ in found])})"
        )
    return lines


def _valid_shares(job: YearJob) -> dict[str, float]:
    """Return the share of the zones' area with data, by layer; none if no cell lies in a zone."""
    sums = parquet_of(job.sums.read(SUMS_FILE)).to_pandas()
    sums = sums[sums["zonal_rule"] == zonal.FRACTION_RULE]
    area = sums["area_km2"].to_numpy()
    if not area.sum() > 0:
        return {}
    codes = sums["group_code"].to_numpy()
    valid = {
        name.removeprefix("has_"): np.array([zonal.split_group_code(int(c))[1][bit] for c in codes])
        for bit, (name, _) in enumerate(zonal.VALIDITY)
    }
    valid["lithology"] = np.array([zonal.split_group_code(int(c))[0] > 0 for c in codes])
    return {
        quantity: float(area[valid[quantity]].sum() / area.sum())
        for quantity in job.inputs.layers
        if quantity in valid
    }


def _years(jobs: Sequence[YearJob]) -> str:
    return say_years((job.inputs.collection, job.inputs.year) for job in jobs)


def _file_of(job: YearJob, quantity: str) -> str:
    frames = job.inputs.layers[quantity].frames
    return frames[0].path if frames else f"model of {quantity}"
