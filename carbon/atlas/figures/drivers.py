"""What moved emissions."""

from __future__ import annotations

import altair as alt

from carbon.atlas.database import Published
from carbon.atlas.figures.parts import (
    area_options,
    chart_on,
    spec_of,
    year_bands,
)
from carbon.atlas.figures.plate import Control, Drawing, Plate


def _draw_drivers(db: Published) -> Drawing:
    table = db.table("fct_emission_drivers", "effect_tgco2")
    entities = db.ask(
        table.select("entity_level", "entity_id").distinct().order_by("entity_level", "entity_id")
    ).rows
    names = dict(area_options(db))
    options = sorted(
        (
            (key := f"{row['entity_level']}/{row['entity_id']}", names.get(key, row["entity_id"]))
            for row in entities
        ),
        key=lambda option: (not option[0].startswith("nation"), option[1]),
    )
    base = chart_on("emission_drivers", 340).transform_filter("isValid(datum.effect_tgco2)")
    year = year_bands("year")
    bars = (
        base.transform_calculate(effect="replace(datum.factor, '_', ' ')")
        .mark_bar()
        .encode(
            x=year,
            y=alt.Y("sum(effect_tgco2):Q", title="Change of emissions, Tg CO₂ per year"),
            color=alt.Color("effect:N", title=None, legend=alt.Legend(orient="top", columns=5)),
            tooltip=[
                alt.Tooltip("effect:N", title="Factor"),
                alt.Tooltip("year:O", title="Year"),
                alt.Tooltip("sum(effect_tgco2):Q", title="Effect, Tg CO₂", format=",.2f"),
            ],
        )
    )
    net = base.mark_point(
        shape="diamond", filled=True, size=70, opacity=1, color="$ink", stroke="$paper"
    ).encode(
        x=year,
        y="sum(effect_tgco2):Q",
        tooltip=[
            alt.Tooltip("year:O", title="Year"),
            alt.Tooltip("sum(effect_tgco2):Q", title="Change in all, Tg CO₂", format=",.2f"),
        ],
    )
    return Drawing(
        spec_of(alt.layer(bars, net)),
        "chart",
        (Control("place", "Place", tuple(options), ("entity_level", "entity_id")),),
    )


DRIVER_PLATES = (
    Plate(
        "drivers",
        "What moved emissions",
        "Logarithmic mean Divisia index (LMDI): the effects of a year add up to the change of"
        " emissions since the year before, which the diamonds show.",
        ("emission_drivers",),
        _draw_drivers,
        "The paper names the method and prints no result.",
        ("ce", "drivers", "energy"),
    ),
)
