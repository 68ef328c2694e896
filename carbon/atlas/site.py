"""The folder of pages: asked, drawn, written beside the old one, and swapped in whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
import vl_convert

from carbon.atlas import figures as plates
from carbon.atlas import shapes
from carbon.atlas.database import (
    INPUT_NAMES,
    INPUTS_OF_QUANTITY,
    AbsentTable,
    Published,
    older_files_have_gaps,
    open_published,
)
from carbon.atlas.datasets import DATASETS, encode
from carbon.atlas.figures import LAYER_LABELS, Drawing, Plate
from carbon.atlas.overview import overview
from carbon.atlas.text import listed, number, script_json
from workspace.own import replacing_folder
from workspace.progress import Progress

SIZE_LIMIT_BYTES = 15_000_000
#: dbt's documentation of the tables, a page that another module writes.
MODEL_PAGE = "dbt.html"
# The script is written in parts that share one scope, so that nothing leaks into the page.
SCRIPT_HEAD = """/* The atlas in the reader's browser: no library but Vega, no request but for
   files beside it. Put together from atlas/static/script. All text is set as text. */
"use strict";

const ATLAS = (() => {
"""
SCRIPT_PARTS = (
    "data",
    "theme",
    "offers",
    "controls",
    "drawing",
    "maps",
    "figures",
    "search",
    "place",
    "start",
)
SCRIPT_FOOT = """
return A;
})();
window.ATLAS = ATLAS;
"""
PLACE_DATASETS = (
    "national_years",
    "region_years",
    "province_years",
    "city_years",
    "city_curves",
    "area_curves",
    "all_trends",
    "quality_cities",
)


@dataclass(frozen=True)
class Page:
    """A page of the atlas.

    Attributes
    ----------
    slug, menu, title, lead : str
        File name without ``.html``, name in the menu, heading, and what the page tells.
    plates : tuple of Plate
        Its figures.
    template : str
        The template that lays it out.
    """

    slug: str
    menu: str
    title: str
    lead: str
    plates: tuple[Plate, ...]
    template: str = "page.html.j2"


PAGES = (
    Page(
        "index",
        "Overview",
        "Which cities, provinces and regions absorb the CO₂ they emit?",
        "The question, the answer in three numbers, and the course of the years.",
        plates.OVERVIEW_PLATES,
        "index.html.j2",
    ),
    Page(
        "maps",
        "Maps",
        "Where carbon is emitted and where it is absorbed",
        "Every measure by city, province, region and grid cell; clusters and hot spots.",
        plates.MAP_PLATES,
    ),
    Page(
        "time",
        "Time",
        "How the balance changes",
        "Curves, trends, their persistence and their turning points.",
        plates.TIME_PLATES,
    ),
    Page(
        "inequality",
        "Inequality",
        "Inequality within provinces",
        "Gini coefficients for values that may be negative, and what each form of them sees.",
        plates.INEQUALITY_PLATES,
    ),
    Page(
        "scenarios",
        "Scenarios",
        "What the coming decades look like",
        "Emissions, sinks and balance under each scenario, and how far such a forecast can be"
        " trusted.",
        plates.SCENARIO_PLATES,
    ),
    Page(
        "drivers",
        "Drivers",
        "Why emissions changed",
        "People, prosperity, energy use and fuels: what each added or saved.",
        plates.DRIVER_PLATES,
    ),
    Page(
        "countries",
        "Countries",
        "How countries compare",
        "Emissions for each dollar and each person, and the balance with land.",
        plates.COUNTRY_PLATES,
    ),
    Page(
        "place",
        "Places",
        "Every city, province and region",
        "Choose a place here, click one on a map, or type its name in the search box.",
        plates.PLACE_PLATES,
        "place.html.j2",
    ),
    Page(
        "quality",
        "Data quality",
        "What the numbers rest on, and how sure they are",
        "Uncertainty, missing data, sources, files and choices.",
        plates.QUALITY_PLATES,
        "quality.html.j2",
    ),
    Page(
        "paper",
        "Paper",
        "Does it reproduce the paper?",
        "Zhang et al. 2022 asked the same question for China, 1997 to 2017. Each of its figures"
        " has a counterpart here, and each of its numbers a verdict.",
        plates.PAPER_PLATES,
        "paper.html.j2",
    ),
)


@dataclass(frozen=True)
class Figure:
    """A plate with its drawing, or the sentence that says why there is none."""

    anchor: str
    title: str
    caption: str
    paper: str
    datasets: tuple[str, ...]
    synthetic: list[str]
    kind: str = ""
    spec: dict[str, Any] = field(default_factory=dict)
    controls: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    absent: str = ""


def build_atlas(
    database: Path,
    target: Path,
    progress: Progress,
    write_model_page: Callable[[Path], bool] | None = None,
) -> None:
    """Write the atlas of a published file.

    Parameters
    ----------
    database : Path
        The published DuckDB file; it is opened read-only.
    target : Path
        The folder of the atlas. It is replaced whole: a reader sees the old pages or the new
        ones, and a run that stops leaves the old ones.
    progress : Progress
        Told of each page, and warned if the folder is heavier than ``SIZE_LIMIT_BYTES``.
    write_model_page : callable, optional
        Writes the page that documents the tables, and says whether it did.

    Raises
    ------
    InputError
        If the file is absent or is not a published warehouse, or the folder holds anything that
        no atlas wrote, or that was changed since.
    """
    target = target.absolute()
    with open_published(database) as published, replacing_folder(target, "atlas") as following:
        page = following / MODEL_PAGE
        has_model_page = write_model_page is not None and write_model_page(page)
        _write(published, following, progress, has_model_page=has_model_page)
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    if size > SIZE_LIMIT_BYTES:
        progress.note(
            f"the atlas has {size / 1e6:.0f} MB, more than the {SIZE_LIMIT_BYTES / 1e6:.0f} MB"
            " that open quickly"
        )


def _write(db: Published, folder: Path, progress: Progress, *, has_model_page: bool) -> None:
    progress.start("atlas", len(PAGES) + 2)
    for name in ("assets", "data", "figures"):
        (folder / name).mkdir()
    _write_assets(folder)
    progress.advance("assets")
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("atlas"),
        autoescape=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    site = {**_site(db), "model_page": MODEL_PAGE if has_model_page else ""}
    wanted: set[str] = set()
    drawn: dict[str, list[Figure]] = {}
    for page in PAGES:
        drawn[page.slug] = [_figure(db, plate) for plate in page.plates]
        for figure in drawn[page.slug]:
            if figure.kind:
                wanted.update(figure.datasets)
    for page in PAGES:
        content = {
            "page": page,
            "site": site,
            "figures": drawn[page.slug],
            **_content(db, page, drawn),
        }
        html = environment.get_template(page.template).render(content)
        (folder / f"{page.slug}.html").write_text(html, encoding="utf-8")
        announced = {
            figure.anchor: {
                "anchor": figure.anchor,
                "title": figure.title,
                "kind": figure.kind,
                "datasets": figure.datasets,
                "synthetic": figure.synthetic,
                "spec": figure.spec,
                "options": figure.options,
                "controls": [
                    {
                        "name": control.name,
                        "columns": control.columns,
                        "options": control.options,
                    }
                    for control in figure.controls
                ],
            }
            for figure in drawn[page.slug]
            if figure.kind
        }
        _write_script(folder / "figures" / f"{page.slug}.js", "announce", script_json(announced))
        progress.advance(f"{page.slug}.html")
    wanted.update(PLACE_DATASETS)
    for name in sorted(wanted):
        _write_dataset(db, folder, name)
    _write_places(db, folder)
    progress.advance("data")


def _write_script(path: Path, call: str, *arguments: str) -> None:
    path.write_text(f"ATLAS.{call}({','.join(arguments)});\n", encoding="utf-8")


def _write_dataset(db: Published, folder: Path, name: str) -> None:
    try:
        with older_files_have_gaps():
            content = encode(db.ask(DATASETS[name](db)), db.units)
    except AbsentTable:
        # The page of a place asks for all it could show; what is absent has no rows.
        content = {"columns": [], "values": [], "rows": 0, "sql": ""}
    _write_script(
        folder / "data" / f"{name}.js", "receive", script_json(name), script_json(content)
    )


def _write_assets(folder: Path) -> None:
    static = resources.files("atlas") / "static"
    (folder / "assets" / "atlas.css").write_bytes((static / "atlas.css").read_bytes())
    parts = [
        (static / "script" / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPT_PARTS
    ]
    (folder / "assets" / "atlas.js").write_text(
        SCRIPT_HEAD + "\n".join(parts) + SCRIPT_FOOT, encoding="utf-8"
    )
    (folder / "assets" / "vega.js").write_text(_vega(), encoding="utf-8")


@cache
def _vega() -> str:
    """Vega, Vega-Lite and Vega-Embed in one script: bundled once for a process, in seconds."""
    return str(vl_convert.javascript_bundle(snippet="window.vegaEmbed = vegaEmbed;"))


def _figure(db: Published, plate: Plate) -> Figure:
    """Draw a plate, or say in one sentence why it cannot be drawn."""
    collections: Sequence[str] = ()
    if plate.collections:
        collections = [
            str(file["role"]).rpartition("/")[0]
            for file in db.source_files
            if "/" in str(file["role"])
        ]
    synthetic = db.synthetic_inputs(plate.quantities, collections)
    drawing = Drawing({}, "")
    absent = ""
    try:
        with older_files_have_gaps():
            DATASETS[plate.datasets[0]](db)
            drawing = plate.draw(db)
    except AbsentTable as gap:
        absent = gap.sentence
    return Figure(
        anchor=plate.anchor,
        title=plate.title,
        caption=plate.caption,
        paper=plate.paper,
        datasets=plate.datasets,
        synthetic=synthetic,
        kind=drawing.kind,
        spec=drawing.spec,
        controls=drawing.controls,
        options=drawing.options,
        absent=absent,
    )


def _site(db: Published) -> dict[str, Any]:
    nation = str(db.variables.get("nation_name") or "")
    built = db.build.get("built_at")
    labels = db.synthetic_inputs(INPUTS_OF_QUANTITY)
    return {
        "title": f"Carbon atlas of {nation}" if nation else "Carbon atlas",
        "pages": PAGES,
        "synthetic": listed(labels),
        "has_sources": bool(db.source_files),
        "footer": f"Built {built:%d %B %Y} from the published file." if built else "",
    }


def _content(db: Published, page: Page, drawn: dict[str, list[Figure]]) -> dict[str, Any]:
    """Gather what a page's own template needs besides its figures."""
    if page.slug == "index":
        return {"overview": overview(db)}
    if page.slug == "place":
        has_trends = db.has("fct_trends", "slope_tgco2_yr", "hurst_raw")
        return {
            "has_trends": has_trends,
            "no_trends": "The published file has no table marts.fct_trends.",
            "layers": LAYER_LABELS,
            "has_quality": db.has("fct_data_quality", "valid_ratio"),
        }
    if page.slug == "quality":
        return _quality(db)
    if page.slug == "paper":
        return _paper(db, drawn)
    return {}


def _quality(db: Published) -> dict[str, Any]:
    roles: dict[str, set[str]] = {}
    for file in db.source_files:
        role = str(file["role"]).rpartition("/")[2]
        roles.setdefault(file["source_id"], set()).add(INPUT_NAMES.get(role, role))
    sources = []
    if db.has("sources", schema="meta"):
        for source in db.ask(_sources(db)).rows:
            url = str(source["url"] or "")
            sources.append(
                {
                    **source,
                    # Any other scheme could run a script when it is clicked.
                    "link": url if url.startswith(("https://", "http://")) else "",
                    "used_for": listed(sorted(roles.get(source["source_id"], set()))) or "nothing",
                }
            )
    build = db.build
    catalogue = str(build.get("catalogue") or "").replace("\\", "/").rsplit("/", 1)[-1]
    sentence = (
        f"Built by version {build.get('project_version')} with DuckDB"
        f" {build.get('duckdb_version')} and dbt {build.get('dbt_version')} from the catalogue"
        f" {catalogue}, on a grid of {build.get('grid_width')} by {build.get('grid_height')} cells"
        f" ({build.get('grid_crs')}, {build.get('grid_resolution')})."
        if build
        else "The published file does not record how it was built."
    )
    return {
        "sources": sources,
        "files": db.source_files,
        "build_sentence": sentence,
        "choices": sorted((name, str(value)) for name, value in db.variables.items()),
    }


def _sources(db: Published) -> Any:
    """Ask for the source cards."""
    return db.table("sources", schema="meta").order_by("source_id")


# After the claim's number, its verdict and what it is about.
CLAIM_COLUMNS = {
    "printed": "Paper",
    "paper_value": "Paper",
    "warehouse_value": "Warehouse",
    "unit": "Unit",
    "ratio": "Ratio",
    "reason": "Why, or what to know",
}


def _paper(db: Published, drawn: dict[str, list[Figure]]) -> dict[str, Any]:
    counterparts = sorted(
        (
            (
                page,
                figure.anchor,
                figure.anchor.replace("fig-", "Fig. ").replace("table-", "Table "),
            )
            for page, figures in drawn.items()
            for figure in figures
            if figure.anchor.startswith(("fig-", "table-"))
        ),
        key=lambda row: row[2],
    )
    claims: list[dict[str, Any]] = []
    columns: list[str] = []
    if db.has("fct_paper_claims", "claim_id", "verdict"):
        table = db.table("fct_paper_claims")
        columns = [name for name in CLAIM_COLUMNS if name in table.columns]
        if "printed" in columns:
            columns.remove("paper_value")
        claims = db.ask(table.order_by("claim_id")).rows
        for claim in claims:
            if claim.get("warehouse_value") is None:
                claim["warehouse_value"] = claim.get("warehouse_text")
            parts = (claim.get("entity"), claim.get("period"), claim.get("section"))
            claim["about"] = ", ".join(str(part) for part in parts if part)
    verdicts = [claim["verdict"] for claim in claims if claim["verdict"]]
    return {
        "counterparts": counterparts,
        "claims": claims,
        "claim_columns": [(name, CLAIM_COLUMNS[name]) for name in columns],
        "verdicts": sorted(Counter(verdicts).items()),
        "shown": _shown,
    }


def _shown(value: Any) -> str:
    """Write one cell of a table."""
    if value is None:
        return "–"
    if isinstance(value, float):
        size = abs(value)
        return number(value, 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 1 else 3)
    return str(value)


def _write_places(db: Published, folder: Path) -> None:
    """Write names and shapes of all places, as the search box and the maps want them."""
    cities = db.ask(
        db.table("dim_cities")
        .select("city_id", "city_name", "city_name_zh", "province_id", "region_id")
        .order_by("city_id")
    ).rows
    provinces = _dimension(
        db, "dim_provinces", "province_id", "province_name", "province_name_zh", "region_id"
    )
    regions = _dimension(db, "dim_regions", "region_id", "region_name")
    nation = db.first(db.table("fct_national_carbon_budgets").select("nation_id", "nation_name"))
    province_names = {row["province_id"]: row["province_name"] for row in provinces}
    region_names = {row["region_id"]: row["region_name"] for row in regions}
    above = {"nation": nation["nation_id"]} if nation else {}
    places: list[list[Any]] = []
    if nation:
        places.append(["nation", nation["nation_id"], nation["nation_name"], None, None, {}])
    for row in regions:
        name = row["region_name"] or row["region_id"]
        places.append(["region", row["region_id"], name, None, None, above])
    for row in provinces:
        parents = {"region": row["region_id"], **above} if row["region_id"] else above
        places.append(
            [
                "province",
                row["province_id"],
                row["province_name"] or row["province_id"],
                row["province_name_zh"],
                region_names.get(row["region_id"]),
                parents,
            ]
        )
    for row in cities:
        parents = {
            level: row[f"{level}_id"] for level in ("province", "region") if row[f"{level}_id"]
        }
        places.append(
            [
                "city",
                row["city_id"],
                row["city_name"],
                row["city_name_zh"],
                province_names.get(row["province_id"]),
                {**parents, **above},
            ]
        )
    _write_script(
        folder / "data" / "places.js", "receive", script_json("places"), script_json(places)
    )
    _write_shapes(db, folder, cities)


def _write_shapes(db: Published, folder: Path, cities: list[dict[str, Any]]) -> None:
    boundaries = {
        row["city_id"]: row["boundary_wkt"]
        for row in db.ask(
            db.table("cities", schema="raw").select("city_id", "boundary_wkt").order_by("city_id")
        ).rows
    }
    known = [row for row in cities if boundaries.get(row["city_id"])]
    simple = shapes.read_boundaries([boundaries[row["city_id"]] for row in known])
    drawn = {
        "city": [
            [row["city_id"], shapes.geojson(shape)]
            for row, shape in zip(known, simple, strict=True)
        ]
    }
    for level in ("province", "region"):
        united = shapes.dissolve(simple, [row[f"{level}_id"] for row in known])
        drawn[level] = [[key, shapes.geojson(shape)] for key, shape in united.items()]
    _write_script(
        folder / "data" / "shapes.js",
        "receive",
        script_json("shapes"),
        script_json({**drawn, "view": shapes.view_of(simple)}),
    )


def _dimension(db: Published, name: str, *columns: str) -> list[dict[str, Any]]:
    if not db.has(name, *columns):
        return []
    return db.ask(db.table(name).select(*columns).order_by(columns[0])).rows
