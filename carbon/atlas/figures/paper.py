"""The paper's own numbers beside the warehouse's."""

from __future__ import annotations

import altair as alt

from carbon.atlas.database import Published
from carbon.atlas.figures.parts import TG_SHORT, chart_on, spec_of
from carbon.atlas.figures.plate import Control, Drawing, Plate


def _draw_inventories(db: Published) -> Drawing:
    periods = [
        row["period"]
        for row in db.ask(
            db.table("fct_emission_inventory_comparisons", "period")
            .select("period")
            .distinct()
            .order_by("period")
        ).rows
    ]
    base = chart_on("inventories", 340)
    points = base.mark_point(filled=True, size=55, opacity=0.85, color="$accent").encode(
        x=alt.X("ceads_tgco2:Q", title=f"CEADs column of the paper, {TG_SHORT}"),
        y=alt.Y("ipcc_tgco2:Q", title=f"“IPCC” column of the paper, {TG_SHORT}"),
        tooltip=[
            alt.Tooltip("province_name:N", title="Province"),
            alt.Tooltip("ceads_tgco2:Q", title="CEADs", format=",.1f"),
            alt.Tooltip("ipcc_tgco2:Q", title="IPCC", format=",.1f"),
            alt.Tooltip("relative_error_ratio:Q", title="Relative difference", format=".1%"),
        ],
    )
    same = base.mark_line(strokeDash=[4, 4], color="$muted").encode(
        x="ceads_tgco2:Q", y="ceads_tgco2:Q"
    )
    return Drawing(
        spec_of(alt.layer(same, points)),
        "chart",
        (Control("period", "Period", tuple((p, p) for p in reversed(periods)), ("period",)),),
    )


def _draw_verdicts(db: Published) -> Drawing:
    db.table("fct_paper_claims", "verdict")
    verdicts = {
        "reproduced": "$surplus",
        "differs": "$deficit",
        "paper inconsistent": "$rcs",
        "circular": "$faintpoint",
        "tautology": "$faintpoint",
        "needs real data": "$faintpoint",
        "not computable": "$faint",
    }
    chart = (
        chart_on("claims", {"step": 30})
        .mark_bar(size=18)
        .encode(
            y=alt.Y("verdict:N", title=None, sort=list(verdicts)),
            x=alt.X("count():Q", title="Claims of the paper", axis=alt.Axis(tickMinStep=1)),
            color=alt.Color(
                "verdict:N",
                scale=alt.Scale(domain=list(verdicts), range=list(verdicts.values())),
                legend=None,
            ),
            tooltip=[
                alt.Tooltip("verdict:N", title="Verdict"),
                alt.Tooltip("count():Q", title="Claims"),
            ],
        )
    )
    return Drawing(spec_of(chart))


PAPER_PLATES = (
    Plate(
        "verdicts",
        "Does the warehouse reproduce the paper?",
        "Every number the paper prints, beside the warehouse's own. “Needs real data” means that"
        " an input of this file is synthetic.",
        ("claims",),
        _draw_verdicts,
        "",
        ("cnc",),
    ),
    Plate(
        "table-1",
        "Two emission inventories, province by province",
        "On the dashed line both agree.",
        ("inventories",),
        _draw_inventories,
        "Counterpart of Table 1. Its “IPCC” column is a CEADs inventory that includes cement.",
        ("ce", "energy"),
    ),
)
