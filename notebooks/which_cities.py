# ---
# jupyter:
#   jupytext:
#     formats: py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Which cities absorb what they emit?
#
# And how is that changing, what comes by 2060, and how sure is any of it? This notebook asks the
# published file with Ibis and draws with Altair. It needs no network. Open it in Jupyter with
# Jupytext, or in VS Code as it is.

# %%
import os
from pathlib import Path

import altair as alt
import ibis
from ibis import _

alt.renderers.enable("svg")  # drawn here, so that nothing is fetched when the notebook is opened

# Jupyter runs a notebook in its own folder.
folder = Path(os.environ.get("CARBON_PUBLISHED", "../published"))
warehouse = ibis.duckdb.connect(folder / "carbon_budget.duckdb", read_only=True)


def mart(name: str) -> ibis.Table:
    """Return a table of schema marts."""
    return warehouse.table(name, database="marts")


BLUE, ORANGE, GREY = "#2166ac", "#b35806", "#777777"  # told apart by colour-blind readers too

# %% [markdown]
# ## First, what it rests on
#
# Some inputs of the embedded sample are synthetic. Whatever is said below holds for that sample
# until real files stand in their place.

# %%
sources = warehouse.table("sources", database="meta")
sources.select("title", "producer", "is_synthetic").order_by("is_synthetic", "title").execute()

# %% [markdown]
# ## Which cities
#
# Each point is a city, averaged over all years. Above the line it absorbs more than it emits.

# %%
budgets = mart("fct_city_carbon_budgets")
cities = (
    budgets.filter(_.in_study & _.cnc_tgco2.notnull())
    .group_by("city_id", "city_name", "province_name")
    .agg(
        emitted=_.ce_tgco2.mean(),
        absorbed=_.ecs_tgco2.mean(),
        balance=_.cnc_tgco2.mean(),
        measured=_.npp_coverage_ratio.mean(),
    )
    .mutate(state=(_.balance > 0).ifelse("surplus", "deficit"))
)
known = cities.execute()
largest = float(known.emitted.max())

tons = alt.Scale(type="symlog", constant=1)
ticks = alt.Axis(values=[-20, -5, -1, 0, 1, 5, 20, 50, 150])
points = (
    alt.Chart(known)
    .mark_circle(opacity=0.6)
    .encode(
        alt.X("emitted", title="Emitted, Tg CO₂ a year", scale=tons, axis=ticks),
        alt.Y("absorbed", title="Absorbed, Tg CO₂ a year", scale=tons, axis=ticks),
        alt.Color(
            "state",
            title=None,
            scale=alt.Scale(domain=["surplus", "deficit"], range=[BLUE, ORANGE]),
        ),
        tooltip=["city_name", "province_name", "emitted", "absorbed"],
    )
)
line = (
    alt.Chart(alt.Data(values=[{"x": 0, "y": 0}, {"x": largest, "y": largest}]))
    .mark_line(color=GREY, strokeDash=[4, 4])
    .encode(alt.X("x:Q", scale=tons), alt.Y("y:Q", scale=tons))
)
(line + points).properties(width=520, height=360, title="Emitted and absorbed, by city")

# %%
surplus = cities.filter(_.balance > 0)
print(f"{surplus.count().execute()} of {len(known)} cities absorb what they emit:")
ranked = surplus.select("city_name", "province_name", "balance", "measured")
ranked.order_by(_.balance.desc()).execute().round(2)

# %% [markdown]
# `measured` is the share of the city's area that has an NPP at all. A large balance on a small
# share is a small claim.

# %% [markdown]
# ## How it changes

# %%
nation = mart("fct_national_carbon_budgets")
by_year = (
    nation.select("year", emitted="ce_tgco2", absorbed="ecs_tgco2")
    .pivot_longer(["emitted", "absorbed"], names_to="what", values_to="tgco2")
    .execute()
)
colours = alt.Scale(domain=["emitted", "absorbed"], range=[ORANGE, BLUE])
curves = (
    alt.Chart(by_year)
    .mark_line(strokeWidth=2.5)
    .encode(
        alt.X("year:Q", title=None, axis=alt.Axis(format="d"), scale=alt.Scale(nice=False)),
        alt.Y("tgco2", title="Tg CO₂ a year"),
        alt.Color("what", title=None, scale=colours),
    )
    .properties(width=520, height=240, title="The nation through the years")
)
curves

# %%
trends = mart("fct_trends").filter(_.entity_level == "province", _.in_study)
slopes = trends.filter(_.indicator.isin(["CE", "ECS", "CNC"])).select(
    "entity_name", "indicator", "slope_tgco2_yr", "mk_trend"
)
(
    alt.Chart(slopes.execute())
    .mark_tick(thickness=2, size=18)
    .encode(
        alt.X("slope_tgco2_yr", title="Slope of each province, Tg CO₂ a year, each year"),
        alt.Y("indicator", title=None, sort=["CE", "ECS", "CNC"]),
        alt.Color("mk_trend", title="Mann-Kendall", scale=alt.Scale(scheme="dark2")),
        tooltip=["entity_name", "slope_tgco2_yr", "mk_trend"],
    )
    .properties(width=520, height=120, title="The balance follows the emissions")
)

# %% [markdown]
# Sinks hardly move. So the slope of the balance is that of emissions with its sign changed, and
# what is said of trends and turning points of CNC is a statement about CE.

# %% [markdown]
# ## 2060

# %%
outlook = mart("fct_scenario_carbon_budgets").filter(_.is_headline & _.cnc_tgco2.notnull())
base = alt.Chart(outlook.order_by("scenario", "year").execute()).encode(
    alt.X("year:Q", title=None, axis=alt.Axis(format="d"), scale=alt.Scale(nice=False)),
    alt.Color("scenario", scale=alt.Scale(range=[ORANGE, BLUE])),
)
band = base.mark_area(opacity=0.2).encode(
    alt.Y("cnc_low_tgco2:Q", title="Balance, Tg CO₂ a year"), alt.Y2("cnc_high_tgco2:Q")
)
(band + base.mark_line().encode(alt.Y("cnc_tgco2:Q"))).properties(
    width=520, height=240, title="Balance of the nation under two sets of assumed growth rates"
)

# %% [markdown]
# The bands hold the errors of past forecasts and the ranges of the growth rates, which are
# assumptions. Whether a model is better than saying "as in the last year" is an empirical question,
# asked from every year that leaves some to test. A model that is told the energy of the later years
# has seen most of the answer; left to itself its errors double:

# %%
mart("fct_forecast_skill").filter(_.horizon == 5).select(
    "drivers", "model", "origin_count", "mean_absolute_error_ratio", "mase", "dm_p_value"
).order_by("drivers", "mase").execute().round(3)

# %% [markdown]
# ## How sure

# %%
errors = mart("fct_budget_uncertainties").filter(_.entity_level == "nation").execute()
order = ["CE", "NPP", "NEP", "RCS", "ECS", "CNC"]
values = alt.Chart(errors).encode(alt.Y("indicator", title=None, sort=order))
(
    values.mark_rule(strokeWidth=3, color=GREY).encode(
        alt.X("low_tgco2:Q", title="Tg CO₂ a year, mean and 95 % interval"),
        alt.X2("high_tgco2:Q"),
    )
    + values.mark_point(filled=True, size=60, color=BLUE).encode(alt.X("value_tgco2:Q"))
).properties(width=520, height=160, title="Means of the nation and how sure they are")

# %% [markdown]
# Beyond errors there are readings. The paper leaves the time base of eq. 3, the treatment of land
# without NPP and the unit of its sinks open. Each combination gives another number of cities:

# %%
readings = mart("fct_budget_sensitivities").filter(_.entity_level == "nation")
readings.select(
    "rh_time_base",
    "npp_gap_policy",
    "sink_unit_booking",
    "cnc_tgco2",
    "surplus_city_count",
    "surplus_city_count_low",
    "surplus_city_count_high",
    "is_headline",
).order_by(_.is_headline.desc(), "surplus_city_count").execute().round(1)

# %%
counts = readings.surplus_city_count
low, high = counts.min().execute(), counts.max().execute()
print(f"Between {low} and {high} of {len(known)} cities are in surplus, by the reading chosen.")
