"""The ``carbon`` command: one verb for each step from input files to a published budget."""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from carbon.query.formats import Format
from workspace.errors import InputError
from workspace.project import PACKAGES
from workspace.settings import Settings, load_settings
from workspace.stopping import stoppable

# Commands import what they work with when they run: help must not wait for rasters and statistics.

SAMPLE_CATALOGUE = PACKAGES / "carbon" / "sample" / "sample.yml"
TEMPLATE = PACKAGES / "ingest" / "catalogue" / "template.yml"

#: Exit code of a command that failed by a fault of this project (EX_SOFTWARE of sysexits.h).
_AT_FAULT = 70
#: Errors of DuckDB, which is not loaded for this, that come from a disk and not from us.
_DISK_OF_DUCKDB = ("IOException", "FatalException", "SerializationException")

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="""
Which cities absorb the CO2 they emit? From rasters, polygons and statistics to a DuckDB file.

The usual way: **carbon init** my.yml, edit it, **carbon check** my.yml, **carbon ingest** my.yml,
**carbon build**. **carbon demo** does all of it with the embedded sample.

CARBON_DATA (default: data) holds the lake and the build file, CARBON_PUBLISHED (default: published)
what readers open; CARBON_PROJECT (default: the one that was installed) is the dbt project.
""",
)

_ZONES_PANEL = "Other zones, without decoding a raster"


def _zone_option(meaning: str) -> Any:
    """Make an option of the group about other zones."""
    return typer.Option(help=meaning, rich_help_panel=_ZONES_PANEL)


ForceOption = Annotated[
    bool, typer.Option("--force", help="Do it again, though nothing has changed.")
]
_UNCHANGED = "nothing has changed since; --force does it again"

CatalogueArgument = Annotated[
    Path, typer.Argument(help="The catalogue: a YAML file that describes your inputs.")
]


@app.command()
def demo(
    folder: Annotated[
        Path, typer.Argument(help="Where to work; an interrupted demo goes on there.")
    ] = Path("carbon-demo"),
) -> None:
    """Build the embedded sample in a folder: its published file and its atlas.

    372 Chinese prefectures, 1997-2017, with scenarios to 2060. It takes about four minutes on two
    cores and 400 MB of disk, and needs no network. In the folder every other command works on it.

    Example: **carbon demo**
    """
    from carbon.summary import summary as summary_of

    places = {"CARBON_DATA": folder / "data", "CARBON_PUBLISHED": folder / "published"}
    settings = load_settings({**os.environ, **{name: str(path) for name, path in places.items()}})
    _ingest_sample(settings)
    sys.stderr.write("building and testing every table: some minutes\n")
    code = _build(settings, ["--quiet"])
    if code:
        raise typer.Exit(code)
    _draw(settings)
    typer.echo(summary_of(settings.published_file, settings.published / "atlas"))


@app.command()
def eject(
    folder: Annotated[Path, typer.Argument(help="A folder that does not exist yet, or is empty.")],
) -> None:
    """Write the dbt project into a folder, to change models, macros, seeds or vars.

    Set CARBON_PROJECT to the folder, and ingest, build, atlas and query use it instead of the
    project that was installed. To add tables of your own this is not needed: see carbon build.

    Example: **carbon eject** my-project
    """
    from carbon.own_models import copy_project

    _require_empty(folder)
    copy_project(load_settings().project, folder)
    typer.echo(f"{folder} holds the dbt project. Next: CARBON_PROJECT={folder} carbon build")


@app.command()
def init(file: Annotated[Path, typer.Argument(help="Where to write the catalogue.")]) -> None:
    """Write a commented catalogue to start from.

    Every key is explained in the file. An existing file is never overwritten.

    Example: **carbon init** italy.yml
    """
    template = TEMPLATE.read_text(encoding="utf-8")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as handle:
            handle.write(template)
    except FileExistsError:
        raise InputError(
            "exists already", where=str(file), fix="choose another name, or remove it first"
        ) from None
    except OSError as error:
        if file.is_file() and not file.stat().st_size:  # The disk is full, and it is ours.
            file.unlink()
        raise InputError(
            f"cannot be written ({error.strerror})", where=str(file), fix="choose another folder"
        ) from None
    typer.echo(f"{file} written. Edit it, then: carbon check {file}")


@app.command()
def example(
    folder: Annotated[Path, typer.Argument(help="A folder that does not exist yet, or is empty.")],
) -> None:
    """Write the inputs of a miniature country, whose every figure can be worked out by hand.

    Four cities, three years, 49 files: NetCDF, GeoTIFF, an ASCII grid, polygons and CSV, with a
    catalogue that describes them. docs/TUTORIAL.md goes on from there.

    Example: **carbon example** country
    """
    from carbon.sample.miniature import example_country
    from workspace.own import work_folder

    _require_empty(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with work_folder(folder.absolute()) as work:
        name = example_country().write(work / "country").name
        (work / "country").rename(folder)
    catalogue = folder / name
    typer.echo(f"{catalogue} and what it names are written. Next: carbon check {catalogue}")


@app.command()
def check(
    file: CatalogueArgument,
    values: Annotated[
        bool,
        typer.Option(
            "--values/--headers", help="Read every value too, or only headers and tables."
        ),
    ] = True,
) -> None:
    """Validate a catalogue and every file it names, without computing anything.

    Checks keys, years, sources, polygons, tables, and for each raster its format, CRS, nodata,
    unit, bands, months and place on the grid. With --values (the default) it also reads every
    value and refuses impossible ones, such as kelvin declared as degrees Celsius.

    Example: **carbon check** my.yml
    """
    from ingest.catalogue.catalogue import read_catalogue
    from ingest.ingestion import check_catalogue
    from workspace.progress import terminal_progress

    settings = load_settings()
    with terminal_progress() as progress:
        summary = check_catalogue(
            read_catalogue(file, settings.data), settings, progress, values=values
        )
    typer.echo(summary)


@app.command()
def ingest(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(
            help="The catalogue; left out, the embedded sample, or the one before with --zones."
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes to use; one for each core when work is large."),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="Compute on a Dask cluster: the address of its scheduler."
        ),
    ] = None,
    zones: Annotated[
        Path | None,
        _zone_option("Polygons to use instead of the catalogue's, on the lake that is there."),
    ] = None,
    zone_id: Annotated[
        str | None, _zone_option("Column of the unique key; left out, as in the catalogue.")
    ] = None,
    zone_name: Annotated[
        str | None, _zone_option("Column of the name; left out, as in the catalogue, or the key.")
    ] = None,
    zone_name_local: Annotated[
        str | None, _zone_option("Column of the name in the local language.")
    ] = None,
    zone_parent: Annotated[
        str | None, _zone_option("Column of the unit above, such as the province.")
    ] = None,
    zone_layer: Annotated[str | None, _zone_option("Layer of a file that has several.")] = None,
    zone_where: Annotated[
        str | None, _zone_option("Condition on columns that keeps a part of the file.")
    ] = None,
    zone_crs: Annotated[
        str | None, _zone_option("Coordinate reference system of a file that states none.")
    ] = None,
    zone_encoding: Annotated[
        str | None, _zone_option("Encoding of a shapefile's text, such as gbk.")
    ] = None,
    zone_source: Annotated[
        str | None, _zone_option("Source card of the file, one of those that were ingested.")
    ] = None,
    force: ForceOption = False,
) -> None:
    """Turn rasters, polygons and tables into the raw schema and the lake.

    Checks everything first, then computes the years that are not there yet, and at last replaces
    the raw tables in one transaction. A run that was stopped goes on where it was; an input that
    changed redoes what depends on it. Nothing that was published is touched. Where neither an input
    nor the code has changed, that is all it says.

    With --scheduler the work runs on a Dask cluster that is there already. Its workers need this
    project in the same version, and must see CARBON_DATA and the inputs under the same paths; that
    is checked first. Results are the same, bit for bit.

    With --zones, other polygons (river basins, grid squares, another year's boundaries) take the
    place of the catalogue's: fractions and zonal tables are rebuilt from the lake, and no raster is
    opened. The catalogue is the one ingested last unless it is named; statistics stay as they were
    ingested. The same command without --zones brings the catalogue's zones back.

    Examples: **carbon ingest** my.yml, **carbon ingest** my.yml --scheduler tcp://10.0.0.1:8786,
    **carbon ingest** --zones basins.gpkg --zone-id HYBAS_ID
    """
    from carbon.fresh import is_ingested, note_ingestion
    from ingest.catalogue.catalogue import ZoneSpec, read_catalogue
    from workspace.progress import terminal_progress

    settings = load_settings()
    # Every option --zone-... is a key of the zones of a catalogue.
    details = {key: context.params[f"zone_{key}"] for key in ZoneSpec.OPTIONS}
    if zones is None and any(details.values()):
        given = next(name for name, value in details.items() if value)
        raise InputError(
            f"--zone-{given.replace('_', '-')} says how zones are read, but there are none",
            fix="add --zones FILE, or declare it in the catalogue",
        )
    with terminal_progress() as progress:
        if zones is not None:
            from ingest.rezoning import ingest_zones

            catalogue = None if file is None else read_catalogue(file, settings.data)
            summary = ingest_zones(
                catalogue, zones, details, settings, progress, workers=workers, scheduler=scheduler
            )
        else:
            if file is None:
                from carbon.sample.expand import expand

                expand(settings.sample, progress)
                file = SAMPLE_CATALOGUE
            inputs = read_catalogue(file, settings.data)
            if not force and is_ingested(inputs, settings):
                summary = f"{file} is ingested: {_UNCHANGED}"
            else:
                from ingest.ingestion import ingest_catalogue

                summary = ingest_catalogue(
                    inputs, settings, progress, workers=workers, scheduler=scheduler
                )
                note_ingestion(inputs, settings)
    typer.echo(summary)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def build(context: typer.Context, force: ForceOption = False) -> None:
    """Run dbt build: models, tests, and publication when every test has passed.

    Further arguments go to dbt as they are. A build of a selection never publishes. Without them,
    and where the published file is of the same inputs, choices and code, that is all it says. What
    was published is named at the end if it lies outside what others found.

    Models in a folder models beside the catalogue are built with ours: tables of the schema own,
    which may use ref() on everything that is ours.

    Examples: **carbon build**, **carbon build** --select fct_city_carbon_budgets
    """
    raise typer.Exit(_build(load_settings(), context.args, force=force))


@app.command()
def summary() -> None:
    """Print the answer of the published file in five lines.

    The nation's balance with its interval, the verdicts on the cities, 2060, what to be careful
    with (figures outside what others published, synthetic inputs), and where to look.

    Example: **carbon summary**
    """
    from carbon.summary import summary as summary_of

    settings = load_settings()
    typer.echo(summary_of(settings.published_file, settings.published / "atlas"))


@app.command()
def atlas(force: ForceOption = False) -> None:
    """Draw the atlas: a web site that opens from disk, from the published file alone.

    It goes to the folder atlas beside the published file, and replaces an older one whole. dbt's
    documentation of the tables is one of its pages. Where it is drawn from that file by the same
    code already, that is all it says.

    Example: **carbon atlas**
    """
    from carbon.fresh import is_drawn

    settings = load_settings()
    page = settings.published / "atlas" / "index.html"
    if not force and is_drawn(settings):
        typer.echo(f"{page} is drawn: {_UNCHANGED}")
        return
    _draw(settings)
    typer.echo(f"{page} can be opened in a browser.")


@app.command()
def export(
    folder: Annotated[
        Path | None,
        typer.Argument(help="Where to write; the folder export beside the published file."),
    ] = None,
    star: Annotated[
        bool, typer.Option("--star", help="Write carbon_budget_star.duckdb, too.")
    ] = False,
) -> None:
    """Write the published tables as a release: Parquet, CSV, a workbook, shapes, and their terms.

    The folder is a Frictionless data package: datapackage.json says what each file holds, with
    units, keys, sources and licences; README.md, LICENCE.md, CITATION.cff and SHA256SUMS go with
    it. Shapes are GeoParquet (full), GeoJSON and GeoPackage (simplified, the latter with the last
    year's budgets). With --star, carbon_budget_star.duckdb has the keys declared, for tools that
    draw them. An earlier export is replaced whole.

    Example: **carbon export** budgets
    """
    from carbon.export.export import DESCRIPTION
    from carbon.export.export import export as write_export
    from workspace.progress import terminal_progress

    settings = load_settings()
    target = folder or settings.published / "export"
    with terminal_progress() as progress:
        write_export(settings.published_file, target, progress, star=star)
    typer.echo(f"{target / DESCRIPTION} describes what was written.")


@app.command()
def query(
    sql: Annotated[
        str | None, typer.Argument(help="The query, in quotes; - reads it from standard input.")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", "-f", help="A file with the query, such as analyses/fig_2b.sql."),
    ] = None,
    form: Annotated[
        Format | None,
        typer.Option(
            "--format", help="Form of the answer; that of the output's suffix, or a table."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="A file for the answer: .csv, .json or .parquet."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a file that is no earlier answer, too.")
    ] = False,
    rows: Annotated[int, typer.Option(min=1, help="Most rows of a table to show.")] = 40,
    memory: Annotated[str, typer.Option(help="Memory that DuckDB may use, such as 4GB.")] = "2GB",
    seconds: Annotated[
        float, typer.Option(min=0, help="Time after which the query is stopped; 0 for never.")
    ] = 60,
) -> None:
    """Ask the published file a question in SQL.

    The file is opened read-only and nothing else can be reached. The SQL functions of the project
    are there (gini, mann_kendall, ...), and tables of marts need no schema. A file of analyses/
    with ref() in it is compiled by dbt first, which takes some seconds.

    An output replaces an earlier answer that nobody has changed since, and with --force any other
    file; but never a link or device, the published file, the build file or an input.

    Examples: **carbon query** "select * from fct_national_carbon_budgets",
    **carbon query** --file analyses/fig_2b.sql --output fig_2b.csv
    """
    from carbon.query.query import answer_query, output_of, read_sql
    from workspace.limits import Limits

    settings = load_settings()
    text = read_sql(sql, file)
    try:
        answer_query(
            text,
            settings.published_file,
            settings.project,
            settings.scratch,
            Limits(memory, seconds),
            form=form,
            output=output_of(output, settings, file, force=force) if output else None,
            table_rows=rows,
        )
    except BrokenPipeError:
        # Whoever read the answer has read enough, as in `carbon query ... | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="A published file, such as a copy kept before.")],
    new: Annotated[
        Path | None, typer.Argument(help="Another one; left out, the one published now.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON instead of lines.")] = False,
    page: Annotated[
        Path | None, typer.Option(help="Write a web page to this file, too.", metavar="FILE")
    ] = None,
    tolerance: Annotated[
        float, typer.Option(min=0, help="Relative difference of numbers that counts as none.")
    ] = 0.0,
    rows: Annotated[
        int, typer.Option(min=0, help="Largest differences to list of each mart; 0 for all.")
    ] = 10,
) -> None:
    """Compare two published files: which figures changed, by how much, and what else did.

    Rows are matched by the key of their mart. Above them stands what differs in what the two builds
    rest on: source files, choices, seeds and code.

    Example: **carbon diff** last_month.duckdb --page changes.html
    """
    from carbon.difference import compare, difference_json, difference_page, difference_text
    from carbon.query.place import replacing
    from carbon.query.query import output_of

    settings = load_settings()
    output = output_of(page, settings, old, force=False) if page else None
    if output is not None:
        output.check()
    found = compare(old, new or settings.published_file, tolerance=tolerance, rows=rows)
    if output is not None:
        with replacing(output) as path:
            path.write_text(difference_page(found), encoding="utf-8")
    typer.echo(difference_json(found) if as_json else difference_text(found))


@app.command()
def explain(
    place: Annotated[str, typer.Argument(help="A place: its name in either language, or its id.")],
    year: Annotated[int, typer.Argument(help="A year of the study.")],
    measure: Annotated[str, typer.Argument(help="Such as ce, rh, rcs, cnc or absorbed_ratio.")],
    level: Annotated[
        str | None,
        typer.Option(help="nation, region, province or city, where a name has several."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON instead of lines.")] = False,
) -> None:
    """Take one figure apart: formula, terms, cells, choices, interval and source files.

    Every number comes from the published file, and the formula is computed anew from its terms.

    Example: **carbon explain** Kunming 2010 rcs
    """
    from carbon.explaining import explain as explain_figure
    from carbon.explaining import explanation_json, explanation_text

    found = explain_figure(load_settings().published_file, place, year, measure, level)
    typer.echo(explanation_json(found) if as_json else explanation_text(found))


@app.command()
def bi(
    file: Annotated[
        Path | None,
        typer.Argument(help="The zip to write; superset.zip beside the published file."),
    ] = None,
    seen_as: Annotated[
        str | None,
        typer.Option(help="Path of the published file where Superset runs.", metavar="PATH"),
    ] = None,
) -> None:
    """Write a dashboard for Superset: database, data sets with metrics, eight charts.

    Import it with: superset import-dashboards -p superset.zip -u admin. Metrics follow from what
    the file says of its columns: a ratio is a ratio of sums, and what must not be added up is NULL.

    Example: **carbon bi** --seen-as /data/carbon_budget.duckdb
    """
    from carbon.query.place import replacing
    from carbon.query.query import output_of
    from carbon.superset import superset_bundle

    settings = load_settings()
    target = file or settings.published / "superset.zip"
    with replacing(output_of(target, settings, None, force=False)) as path:
        count = superset_bundle(settings.published_file, path, seen_as)
    typer.echo(f"{target} holds a dashboard of {count} charts.")


@app.command()
def status(
    as_json: Annotated[
        bool, typer.Option("--json", help="Write JSON, for scripts, instead of lines.")
    ] = False,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Hash every file that is kept, and compare."),
    ] = False,
) -> None:
    """Show what is there, what of it is fresh, stale or missing, why, and how to fix it.

    Looks at the lake, the zones, the statistics, the published file and the atlas. Nothing is
    computed and no raster is opened: files are compared by size and time, and hashed where these
    changed. Years are named with the reason: a file, a coefficient, the zones, the grid, the code.

    With --verify, every file of the lake, the sums and the weights is read and held against the
    hash it was written with. **carbon ingest** makes anew what is damaged; it looks by itself.

    Examples: **carbon status**, **carbon status** --verify
    """
    from carbon.status import describe_status, status_json

    settings = load_settings()
    describe = status_json if as_json else describe_status
    typer.echo(describe(settings, verify=verify))


def _require_empty(folder: Path) -> None:
    """Reject a folder that holds anything."""
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise InputError(
            "is there already, and not empty", where=str(folder), fix="choose another name"
        )


def _ingest_sample(settings: Settings) -> None:
    """Write the embedded sample and ingest it."""
    from carbon.sample.expand import expand
    from ingest.catalogue.catalogue import read_catalogue
    from ingest.ingestion import ingest_catalogue
    from workspace.progress import terminal_progress

    with terminal_progress() as progress:
        expand(settings.sample, progress)
        catalogue = read_catalogue(SAMPLE_CATALOGUE, settings.data)
        ingest_catalogue(catalogue, settings, progress)


def _build(settings: Settings, arguments: Sequence[str], *, force: bool = False) -> int:
    """Run dbt build on what was ingested; return its exit code."""
    from carbon import dbt
    from carbon.fresh import is_built
    from carbon.own_models import assemble, own_models
    from carbon.status import lake_damage
    from carbon.summary import failed_checks
    from ingest.raw.state import read_raw

    if not settings.build_file.is_file():
        raise InputError(
            "nothing was ingested yet", where=str(settings.build_file), fix="run: carbon ingest"
        )
    raw = read_raw(settings.build_file, ["ingest", "lake_partitions", "zonal_partitions"])
    damage = lake_damage(str(settings.data), raw["lake_partitions"]["path"].to_pylist())
    if damage:
        raise InputError(damage, fix="run: carbon ingest, which makes it anew")
    if not force and not arguments and is_built(settings):
        typer.echo(f"{settings.published_file} is built: {_UNCHANGED}")
        return 0
    project, own = settings.project, own_models(raw, settings)
    if own is not None:
        typer.echo(f"with the models in {own}")
        project = assemble(project, own, settings.scratch / "project")
    paths = {
        "CARBON_DATA": str(settings.data),
        "CARBON_PUBLISHED": str(settings.published),
        "DBT_TARGET_PATH": os.environ.get("DBT_TARGET_PATH", str(settings.scratch / "target")),
        "DBT_LOG_PATH": os.environ.get("DBT_LOG_PATH", str(settings.scratch / "logs")),
    }
    before = dbt.identity_of(settings.published_file)
    code = dbt.build(project, arguments, paths, settings.published_file)
    if dbt.identity_of(settings.published_file) not in (before, None):
        warning = failed_checks(settings.published_file)
        if warning:
            typer.echo(warning)
    return code


def _draw(settings: Settings) -> None:
    """Draw the atlas beside the published file."""
    from carbon.atlas.dbt_page import write_lineage
    from carbon.atlas.site import build_atlas
    from carbon.fresh import note_drawing
    from workspace.progress import terminal_progress

    with terminal_progress() as progress:
        build_atlas(
            settings.published_file,
            settings.published / "atlas",
            progress,
            lambda page: write_lineage(settings.project, settings.published_file, page, progress),
        )
    note_drawing(settings)


def main() -> NoReturn:
    """Run the command line; bad input exits with code 2 and one or two lines on stderr.

    A signal that asks to end exits with 128 and its number, a fault of ours with 70 and two lines
    that name a log.
    """
    try:
        with stoppable("carbon: stopped; the same command goes on from here"):
            app()
    except InputError as error:
        sys.stderr.write(f"carbon: {error}\n")
    except OSError as error:
        sys.stderr.write(f"carbon: {_trouble_with_a_file(error)}\n")
    except MemoryError:
        lack = InputError("out of memory", fix="the same command with --workers 1 needs less")
        sys.stderr.write(f"carbon: {lack}\n")
    except Exception as error:
        if type(error).__name__ not in _DISK_OF_DUCKDB:
            sys.stderr.write(f"carbon: {_fault_of_ours(error)}\n")
            sys.exit(_AT_FAULT)
        said = " ".join(str(error).split())[:200]
        lack = InputError(
            f"DuckDB cannot read or write a file ({said})",
            fix="make room on the disk; if the published file is damaged: carbon build",
        )
        sys.stderr.write(f"carbon: {lack}\n")
    sys.exit(2)


def _fault_of_ours(error: Exception) -> InputError:
    """Keep what is needed to fix a fault of this project, and say where it is."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="carbon-fault-", suffix=".log", delete=False, encoding="utf-8"
    ) as log:
        log.write(f"{shlex.join(sys.argv)}\n{sys.version}\n\n")
        log.write("".join(traceback.format_exception(error)))
    said = " ".join(f"{type(error).__name__}: {error}".split())
    return InputError(
        f"a fault of ours, not of what you gave it ({said[:200]})",
        fix=f"nothing that was there is lost; please report it with {log.name}",
    )


def _trouble_with_a_file(error: OSError) -> InputError:
    """Say what the system refused: a full disk, a folder without permission, a lost drive."""
    where = str(error.filename) if error.filename else None
    return InputError(
        error.strerror or " ".join(str(error).split())[:200],
        where=where,
        fix="make it readable and writable, or set CARBON_DATA to a folder with room",
    )


if __name__ == "__main__":
    main()
