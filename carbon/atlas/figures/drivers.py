"""What moved emissions."""

from __future__ import annotations

import altair as alt

from carbon.atlas.database import AbsentTable, Published
from carbon.atlas.figures.parts import TG, TG_SHORT, area_options, chart_on, spec_of, year_bands
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


FACTORS = "replace(datum.factor, /_/g, ' ')"


def _draw_waterfall(db: Published) -> Drawing:
    """Draw what each factor added between two years that the reader moves."""
    table = db.table("fct_emission_drivers", "entity_level", "effect_tgco2")
    years = [
        row["year"]
        for row in db.ask(
            table.filter(table.entity_level == "nation").select("year").distinct().order_by("year")
        ).rows
    ]
    if not years:
        raise AbsentTable("fct_emission_drivers", "has no row of the nation")
    ends = {"min": years[0] - 1, "max": years[-1], "step": 1}
    after = alt.param(name="after", value=years[0] - 1, bind=alt.binding_range(**ends, name="From"))
    until = alt.param(name="until", value=years[-1], bind=alt.binding_range(**ends, name="to"))
    base = (
        chart_on("emission_drivers", {"step": 34})
        .transform_filter("datum.entity_level === 'nation' && isValid(datum.effect_tgco2)")
        .transform_filter("datum.year > min(after, until) && datum.year <= max(after, until)")
        .transform_aggregate(effect="sum(effect_tgco2)", groupby=["factor"])
        .transform_window(end="sum(effect)", sort=[alt.SortField("effect", order="descending")])
        .transform_calculate(
            begin="datum.end - datum.effect",
            part=FACTORS,
            sign="datum.effect > 0 ? 'added' : 'saved'",
        )
    )
    y = alt.Y("part:N", title=None, sort=alt.EncodingSortField("end", order="ascending"))
    bars = base.mark_bar(size=20).encode(
        y=y,
        x=alt.X("begin:Q", title="Change of emissions between the two years, Mt CO₂ a year"),
        x2="end:Q",
        color=alt.Color(
            "sign:N",
            title=None,
            scale=alt.Scale(domain=["added", "saved"], range=["$ce", "$ecs"]),
            legend=alt.Legend(orient="top"),
        ),
        tooltip=[
            alt.Tooltip("part:N", title="Factor"),
            alt.Tooltip("effect:Q", title="Effect, Mt CO₂ a year", format="+,.0f"),
        ],
    )
    labels = base.mark_text(align="left", dx=6, color="$ink").encode(
        y=y, x="end:Q", text=alt.Text("effect:Q", format="+,.0f")
    )
    return Drawing(spec_of(alt.layer(bars, labels).add_params(after, until)))


def _factor_sets(db: Published) -> Control:
    rows = db.ask(
        db.table("fct_energy_emissions").select("factor_set").distinct().order_by("factor_set")
    ).rows
    names = {"ceads": "CEADs", "ipcc2006": "IPCC 2006", "nbs_ncv": "IPCC with national heat values"}
    return Control(
        "factor_set",
        "Emission factors",
        tuple((row["factor_set"], names.get(row["factor_set"], row["factor_set"])) for row in rows),
        ("factor_set",),
    )


def _draw_fuels(db: Published) -> Drawing:
    chart = (
        chart_on("fuel_years", 340)
        .transform_calculate(name="replace(datum.fuel, /_/g, ' ')")
        .mark_bar()
        .encode(
            x=year_bands("year"),
            y=alt.Y("co2_tgco2:Q", title=TG),
            color=alt.Color("name:N", title=None, legend=alt.Legend(orient="top", columns=6)),
            order=alt.Order("sum(co2_tgco2):Q", sort="descending"),
            tooltip=[
                alt.Tooltip("name:N", title="Fuel"),
                alt.Tooltip("year:O", title="Year"),
                alt.Tooltip("co2_tgco2:Q", title=TG_SHORT, format=",.1f"),
            ],
        )
    )
    return Drawing(spec_of(chart), "chart", (_factor_sets(db),))


def _draw_province_fuels(db: Published) -> Drawing:
    chart = (
        chart_on("province_fuels", {"step": 19})
        .transform_calculate(name="replace(datum.fuel, /_/g, ' ')")
        .mark_bar(size=13)
        .encode(
            y=alt.Y("province_name:N", title=None, sort="-x"),
            x=alt.X("sum(co2_tgco2):Q", title=f"{TG}, in the last year"),
            color=alt.Color("name:N", title=None, legend=alt.Legend(orient="top", columns=6)),
            tooltip=[
                alt.Tooltip("province_name:N", title="Province"),
                alt.Tooltip("name:N", title="Fuel"),
                alt.Tooltip("sum(co2_tgco2):Q", title=TG_SHORT, format=",.1f"),
            ],
        )
    )
    return Drawing(spec_of(chart), "chart", (_factor_sets(db),))


DRIVER_PLATES = (
    Plate(
        "waterfall",
        "What added and what saved emissions between two years",
        "Logarithmic mean Divisia index (LMDI): the effects add up to the change. Move the years"
        " below the chart.",
        ("emission_drivers",),
        _draw_waterfall,
        quantities=("ce", "drivers", "energy"),
    ),
    Plate(
        "drivers",
        "The same, year by year",
        "Logarithmic mean Divisia index (LMDI): the effects of a year add up to the change of"
        " emissions since the year before, which the diamonds show.",
        ("emission_drivers",),
        _draw_drivers,
        "The paper names the method and prints no result.",
        ("ce", "drivers", "energy"),
    ),
    Plate(
        "fuels",
        "Which fuels the emissions come from",
        "Energy emissions of the nation by fuel, summed over the provinces.",
        ("fuel_years",),
        _draw_fuels,
        quantities=("energy",),
    ),
    Plate(
        "province-fuels",
        "Fuels of the provinces",
        "Energy emissions of each province by fuel, in the last year.",
        ("province_fuels",),
        _draw_province_fuels,
        quantities=("energy",),
    ),
)
