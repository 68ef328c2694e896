"""The folder of pages: asked, drawn, written beside the old one, and swapped in whole."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
import vl_convert
import yaml
from markupsafe import Markup, escape

from carbon.atlas import figures as plates
from carbon.atlas import shapes
from carbon.atlas.database import (
    INPUT_NAMES,
    AbsentTable,
    Published,
    older_files_have_gaps,
    open_published,
)
from carbon.atlas.datasets import DATASETS, encode
from carbon.atlas.figures import LAYER_LABELS, Drawing, Plate
from carbon.atlas.headlines import front_page, outlook
from carbon.atlas.names import typed_names
from carbon.atlas.places import place_files
from carbon.atlas.text import listed, number, script_json
from workspace.own import replacing_folder
from workspace.progress import Progress

SIZE_LIMIT_BYTES = 20_000_000
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
    "state",
    "words",
    "theme",
    "share",
    "controls",
    "drawing",
    "maps",
    "explore",
    "story",
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
LICENCE = "CC BY 4.0"


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
        "Answer",
        "Which cities, provinces and regions absorb the CO₂ they emit?",
        "The answer, how sure it is, and what comes next.",
        plates.ANSWER_PLATES,
        "index.html.j2",
    ),
    Page(
        "explore",
        "Explore",
        "Any measure, any place, any year",
        "One figure as map, lines, ranking, scatter and table; every view has its own address.",
        plates.EXPLORE_PLATES,
        "explore.html.j2",
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
        "future",
        "Future",
        "What happens until 2060?",
        "Emissions, uptake and balance under each scenario, what neutrality would take, and how"
        " far such a forecast can be trusted.",
        plates.SCENARIO_PLATES,
        "future.html.j2",
    ),
    Page(
        "why",
        "Why",
        "Why did emissions change?",
        "People, prosperity, energy use and fuels: what each added or saved; and how countries"
        " compare.",
        (*plates.DRIVER_PLATES, *plates.COUNTRY_PLATES),
    ),
    Page(
        "patterns",
        "Patterns",
        "Where are the sinks, the clusters and the contrasts?",
        "Grid cells, clusters, hot spots and inequality within provinces.",
        (*plates.MAP_PLATES, *plates.INEQUALITY_PLATES),
    ),
    Page(
        "trends",
        "Trends",
        "How does the balance change?",
        "The course of the nation, its regions and provinces; persistence and turning points.",
        (*plates.COURSE_PLATES, *plates.TIME_PLATES),
    ),
    Page(
        "trust",
        "Trust",
        "What is real here, and how sure is it?",
        "Inputs and their grade first, then how the answer depends on the reading of the method,"
        " uncertainty, missing data, choices and limits.",
        plates.QUALITY_PLATES,
        "trust.html.j2",
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
    Page(
        "data",
        "Data",
        "Where do I get the data, and what do the words mean?",
        "Downloads, every table and column, questions, a glossary and frequent questions.",
        (),
        "data.html.j2",
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
    sources: str = ""
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
    (folder / "data" / "place").mkdir()
    assets = _write_assets(folder)
    progress.advance("assets")
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("carbon.atlas"),
        autoescape=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["say"] = say
    site = {**_site(db), "assets": assets, "model_page": MODEL_PAGE if has_model_page else ""}
    wanted: set[str] = {"national_years", *plates.explore_datasets(db)}
    drawn: dict[str, list[Figure]] = {}
    for page in PAGES:
        drawn[page.slug] = [_figure(db, plate) for plate in page.plates]
        for figure in drawn[page.slug]:
            if figure.kind and page.slug != "place":
                wanted.update(figure.datasets)
    for page in PAGES:
        figures = drawn[page.slug]
        script = _write_hashed(
            folder / "figures", page.slug, "announce", _announced(figures), site["about"]
        )
        content = {
            "page": page,
            "site": site,
            "figures": figures,
            "script": script,
            **_content(db, page, drawn),
        }
        html = environment.get_template(page.template).render(content)
        (folder / f"{page.slug}.html").write_text(html, encoding="utf-8")
        progress.advance(f"{page.slug}.html")
    for name in sorted(wanted):
        _write_dataset(db, folder, name)
    _write_places(db, folder)
    progress.advance("data")


def say(text: str) -> Markup:
    """Mark a sentence of a page as one that the script may say in the reader's language."""
    escaped = escape(text)
    return Markup('<span data-say="{0}">{0}</span>').format(escaped)


def _announced(figures: list[Figure]) -> dict[str, Any]:
    """Tell the script what it needs to know of the figures of a page."""
    return {
        figure.anchor: {
            "anchor": figure.anchor,
            "title": figure.title,
            "kind": figure.kind,
            "datasets": figure.datasets,
            "synthetic": figure.synthetic,
            "sources": figure.sources,
            "spec": figure.spec,
            "options": figure.options,
            "controls": [
                {
                    "name": control.name,
                    "label": control.label,
                    "columns": control.columns,
                    "options": control.options,
                }
                for control in figure.controls
            ],
        }
        for figure in figures
        if figure.kind
    }


def _write_script(path: Path, call: str, *arguments: str) -> None:
    path.write_text(f"ATLAS.{call}({','.join(arguments)});\n", encoding="utf-8")


def _write_hashed(folder: Path, stem: str, call: str, *values: Any) -> str:
    """Write a script whose name changes with its content, and return the name.

    A browser that kept an older one never mixes it with a newer page.
    """
    text = f"ATLAS.{call}({','.join(script_json(value) for value in values)});\n"
    return _write_named(folder, stem, "js", text)


def _write_named(folder: Path, stem: str, suffix: str, text: str) -> str:
    name = f"{stem}.{hashlib.sha256(text.encode()).hexdigest()[:8]}.{suffix}"
    (folder / name).write_text(text, encoding="utf-8")
    return name


def _write_dataset(db: Published, folder: Path, name: str) -> None:
    try:
        with older_files_have_gaps():
            content = encode(db.ask(DATASETS[name](db)), db.units)
    except AbsentTable:
        # A figure may ask for several; what is absent has no rows.
        content = {"columns": [], "values": [], "rows": 0, "sql": ""}
    _write_script(
        folder / "data" / f"{name}.js", "receive", script_json(name), script_json(content)
    )


def _write_assets(folder: Path) -> dict[str, str]:
    """Write style, script, words and Vega; return their names, each with a hash of its content."""
    static = resources.files("carbon.atlas") / "static"
    parts = [
        (static / "script" / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPT_PARTS
    ]
    script = SCRIPT_HEAD + "\n".join(parts) + SCRIPT_FOOT
    assets = folder / "assets"
    return {
        "style": _write_named(
            assets, "atlas", "css", (static / "atlas.css").read_text(encoding="utf-8")
        ),
        "script": _write_named(assets, "atlas", "js", script),
        "words": _write_hashed(assets, "words", "translate", chinese_words()),
        "vega": _write_named(assets, "vega", "js", _vega()),
    }


@cache
def chinese_words() -> dict[str, str]:
    """Read the Chinese of every sentence that the pages and the script say, by its English."""
    text = (resources.files("carbon.atlas") / "static" / "chinese.yml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


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
            # A page of a place has data of its own.
            if plate.datasets[0] in DATASETS:
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
        sources=_named_sources(db, plate.quantities),
        kind=drawing.kind,
        spec=drawing.spec,
        controls=drawing.controls,
        options=drawing.options,
        absent=absent,
    )


def _named_sources(db: Published, quantities: Sequence[str]) -> str:
    """Name the producers of what quantities are computed from, as a caption does."""
    roles = {role for quantity in quantities for role in db.inputs[quantity]}
    used = {
        file["source_id"]
        for file in db.source_files
        if str(file["role"]).rpartition("/")[2] in roles
    }
    if not used or not db.has("sources", schema="meta"):
        return ""
    cards = {row["source_id"]: row for row in db.ask(_sources(db)).rows}
    names = [
        str(cards[one]["citation"] or cards[one]["producer"] or cards[one]["title"])
        for one in sorted(used)
        if one in cards
    ]
    return "; ".join(dict.fromkeys(names))


def _site(db: Published) -> dict[str, Any]:
    nation = str(db.variables.get("nation_name") or "")
    built = db.build.get("built_at")
    title = f"Carbon atlas of {nation}" if nation else "Carbon atlas"
    labels = db.synthetic_inputs(db.inputs)
    shown = f"{built:%d %B %Y}" if built else "on an unknown day"
    version = str(db.build.get("project_version") or "unknown")
    return {
        "title": title,
        "pages": PAGES,
        "synthetic": labels,
        "has_sources": bool(db.source_files),
        "built": shown if built else "",
        "version": version,
        "licence": LICENCE,
        "about": {
            "title": title,
            "version": version,
            "built": shown,
            "licence": LICENCE,
            "has_sources": bool(db.source_files),
            # Data files keep their names: a new build asks for them anew.
            "stamp": f"{built:%Y%m%d%H%M%S}" if built else "",
        },
    }


def _content(db: Published, page: Page, drawn: dict[str, list[Figure]]) -> dict[str, Any]:
    """Gather what a page's own template needs besides its figures."""
    if page.slug == "index":
        return {"answer": front_page(db)}
    if page.slug == "place":
        return {
            "has_trends": db.has("fct_trends", "slope_tgco2_yr", "hurst_raw"),
            "no_trends": "The published file has no table marts.fct_trends.",
            "layers": LAYER_LABELS,
            "has_quality": db.has("fct_data_quality", "valid_ratio"),
            "artefact": _artefact(db),
        }
    if page.slug == "explore":
        return {"artefact": _artefact(db)}
    if page.slug == "future":
        return {"outlook": outlook(db)}
    if page.slug == "trust":
        return _quality(db)
    if page.slug == "paper":
        return _paper(db, drawn)
    if page.slug == "data":
        return {"tables": _tables(db)}
    return {}


def _artefact(db: Published) -> str:
    """Quote what the card of synthetic emissions says: it stands beside every ranking of cities."""
    ids = {
        file["source_id"]
        for file in db.source_files
        if str(file["role"]).rpartition("/")[2] == "emissions" and file["is_synthetic"]
    }
    if not ids or not db.has("sources", schema="meta"):
        return ""
    notes = [row["note"] for row in db.ask(_sources(db)).rows if row["source_id"] in ids]
    return " ".join(note for note in notes if note)


def _tables(db: Published) -> list[dict[str, Any]]:
    """List the marts with their columns, as the published file describes them."""
    if not db.has("columns", schema="meta"):
        return []
    columns = db.table("columns", schema="meta")
    found: dict[str, list[dict[str, Any]]] = {}
    for row in db.ask(columns.filter(columns.schema_name.isin(["marts", "bi"]))).rows:
        found.setdefault(f"{row['schema_name']}.{row['table_name']}", []).append(row)
    return [{"name": name, "columns": found[name]} for name in sorted(found)]


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
        "inputs": _graded_inputs(db),
        "plausibility": _plausibility(db),
        "sources": sources,
        "files": db.source_files,
        "build_sentence": sentence,
        "choices": sorted((name, str(value)) for name, value in db.variables.items()),
    }


def _graded_inputs(db: Published) -> list[dict[str, str]]:
    """List the inputs of the historical years with the grade of their source."""
    cards: dict[str, dict[str, Any]] = {}
    if db.has("sources", schema="meta"):
        cards = {row["source_id"]: row for row in db.ask(_sources(db)).rows}
    historical = db.variables.get("historical_collection", "historical")
    found = []
    for role, label in INPUT_NAMES.items():
        files = [
            file for file in db.source_files if str(file["role"]) in (role, f"{historical}/{role}")
        ]
        if not files:
            continue
        card = cards.get(files[0]["source_id"], {})
        flag = files[0]["is_synthetic"]
        plain = "not declared" if flag is None else "synthetic" if flag else "measured"
        found.append(
            {
                "label": label,
                "grade": str(card.get("input_grade") or plain),
                "calibrated": str(card.get("calibrated_to") or ""),
                "source": str(card.get("producer") or files[0]["source_id"]),
                "note": str(card.get("note") or ""),
            }
        )
    return found


def _plausibility(db: Published) -> list[dict[str, Any]]:
    """List the published estimates that the nation's values are compared with."""
    needed = ("indicator", "value", "low", "high", "citation", "is_plausible")
    if not db.has("fct_plausibility_checks", *needed):
        return []
    table = db.table("fct_plausibility_checks")
    rows = db.ask(table.order_by("indicator", "check_id")).rows
    return [
        {**row, **{name: number(row[name]) for name in ("value", "low", "high")}}
        for row in rows
        if row["value"] is not None and row["citation"]
    ]


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
        places.append(["nation", nation["nation_id"], nation["nation_name"], None, None, {}, []])
    for row in regions:
        name = row["region_name"] or row["region_id"]
        places.append(["region", row["region_id"], name, None, None, above, []])
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
                typed_names(row["province_name_zh"]),
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
                typed_names(row["city_name_zh"]),
            ]
        )
    _write_script(
        folder / "data" / "places.js", "receive", script_json("places"), script_json(places)
    )
    files, queries = place_files(db, [(place[0], place[1]) for place in places])
    for position, file in enumerate(files):
        name = f"place/{position}"
        _write_script(
            folder / "data" / f"{name}.js", "receive", script_json(name), script_json(file)
        )
    _write_script(
        folder / "data" / "place" / "sql.js",
        "receive",
        script_json("place/sql"),
        script_json(queries),
    )
    _write_shapes(db, folder, cities)


def _write_shapes(db: Published, folder: Path, cities: list[dict[str, Any]]) -> None:
    table = db.table("dim_boundaries")
    boundaries = {
        row["entity_id"]: row["boundary_wkt"]
        for row in db.ask(
            table.filter(table.entity_level == "city")
            .select("entity_id", "boundary_wkt")
            .order_by("entity_id")
        ).rows
    }
    known = [row for row in cities if boundaries.get(row["city_id"])]
    simple = shapes.read_boundaries([boundaries[row["city_id"]] for row in known])
    flat, centre = shapes.project(simple)
    levels = {"city": {row["city_id"]: shape for row, shape in zip(known, flat, strict=True)}}
    for level in ("province", "region"):
        united = shapes.dissolve(simple, [row[f"{level}_id"] for row in known])
        levels[level] = {key: shapes.flatten(shape, centre) for key, shape in united.items()}
    _write_script(
        folder / "data" / "shapes.js",
        "receive",
        script_json("shapes"),
        script_json(shapes.drawing(levels, centre)),
    )


def _dimension(db: Published, name: str, *columns: str) -> list[dict[str, Any]]:
    if not db.has(name, *columns):
        return []
    return db.ask(db.table(name).select(*columns).order_by(columns[0])).rows
