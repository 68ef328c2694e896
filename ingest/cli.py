"""The ``carbon`` command: one verb for each step from input files to a published budget."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from ingest.config import Settings, load_settings
from ingest.errors import InputError

# Commands import what they work with when they run: help must not wait for rasters and statistics.

SAMPLE_CATALOGUE = Path("ingest/catalogs/sample.yml")
#: Exit code of a command that Ctrl-C stopped, as shells count it.
_INTERRUPTED = 130

TEMPLATE = Path("ingest/catalogs/template.yml")

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="""
Which cities absorb the CO2 they emit? From rasters, polygons and statistics to a DuckDB file.

The usual way: **carbon init** my.yml, edit it, **carbon check** my.yml, **carbon ingest** my.yml,
**carbon build**. Without a catalogue, ingest uses the embedded sample.

CARBON_DATA (default: data) holds the lake and the build file, CARBON_PUBLISHED (default:
published) holds what readers open.
""",
)

CatalogueArgument = Annotated[
    Path, typer.Argument(help="The catalogue: a YAML file that describes your inputs.")
]


@app.command()
def init(file: Annotated[Path, typer.Argument(help="Where to write the catalogue.")]) -> None:
    """Write a commented catalogue to start from.

    Every key is explained in the file. An existing file is never overwritten.

    Example: **carbon init** italy.yml
    """
    template = (load_settings().project / TEMPLATE).read_text(encoding="utf-8")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as handle:
            handle.write(template)
    except FileExistsError:
        raise InputError(
            "exists already", where=str(file), mend="choose another name, or remove it first"
        ) from None
    except OSError as error:
        raise InputError(
            f"cannot be written ({error.strerror})", where=str(file), mend="choose another folder"
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
    from ingest.sample.miniature import example_country

    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise InputError(
            "is there already, and not empty", where=str(folder), mend="choose another name"
        )
    catalogue = example_country().write(folder)
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
    from ingest.catalog import read_catalogue
    from ingest.ingestion import check_catalogue
    from ingest.progress import terminal_progress

    settings = load_settings()
    with terminal_progress() as progress:
        summary = check_catalogue(
            read_catalogue(file, settings.data), settings, progress, values=values
        )
    typer.echo(summary)


@app.command()
def ingest(
    file: Annotated[
        Path | None, typer.Argument(help="The catalogue; the embedded sample when left out.")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes to use; one for each core when work is large."),
    ] = None,
) -> None:
    """Turn rasters, polygons and tables into the raw schema and the lake.

    Checks everything first, then computes the years that are not there yet, and at last replaces
    the raw tables in one transaction. A run that was stopped goes on where it was; an input that
    changed redoes what depends on it. Nothing that was published is touched.

    Example: **carbon ingest** my.yml
    """
    from ingest.catalog import read_catalogue
    from ingest.ingestion import ingest_catalogue
    from ingest.progress import terminal_progress
    from ingest.sample.expand import expand

    settings = load_settings()
    with terminal_progress() as progress:
        if file is None:
            expand(settings.data / "sample", progress)
            file = settings.project / SAMPLE_CATALOGUE
        summary = ingest_catalogue(
            read_catalogue(file, settings.data), settings, progress, workers=workers
        )
    typer.echo(summary)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def build(context: typer.Context) -> None:
    """Run dbt build: models, tests, and publication when every test has passed.

    Further arguments go to dbt as they are. A build of a selection never publishes.

    Examples: **carbon build**, **carbon build** --select fct_city_carbon_budgets
    """
    settings = load_settings()
    if not settings.build_file.is_file():
        raise InputError(
            "nothing was ingested yet", where=str(settings.build_file), mend="run: carbon ingest"
        )
    raise typer.Exit(run_dbt(settings, ["build", *context.args]))


@app.command()
def atlas() -> None:
    """Draw the atlas: a web site that opens from disk, from the published file alone.

    It goes to the folder atlas beside the published file, and replaces an older one whole. dbt's
    documentation of the tables is one of its pages.

    Example: **carbon atlas**
    """
    from atlas.site import build_atlas
    from ingest.progress import terminal_progress
    from reference.lineage import write_lineage

    settings = load_settings()
    with terminal_progress() as progress:
        build_atlas(
            settings.published_file,
            settings.published / "atlas",
            progress,
            lambda page: write_lineage(settings.project, settings.published_file, page, progress),
        )
    typer.echo(f"{settings.published / 'atlas' / 'index.html'} can be opened in a browser.")


@app.command()
def status() -> None:
    """Show what is there: the lake, the raw tables, the published file and its build.

    Example: **carbon status**
    """
    from ingest.status import describe_status

    typer.echo(describe_status(load_settings()))


def run_dbt(settings: Settings, arguments: list[str]) -> int:
    """Run dbt as a process of its own, because in this one it would keep the build file locked.

    Parameters
    ----------
    settings : Settings
        Paths of this run.
    arguments : list of str
        For dbt.

    Returns
    -------
    int
        dbt's exit code.
    """
    environ = {
        **os.environ,
        "CARBON_DATA": str(settings.data),
        "CARBON_PUBLISHED": str(settings.published),
    }
    # dbt's own entry point, in this interpreter: no PATH can lead to another version.
    command = [sys.executable, "-m", "dbt.cli.main", *arguments, "--profiles-dir", "."]
    return subprocess.run(command, cwd=settings.project, env=environ, check=False).returncode


def main() -> NoReturn:
    """Run the command line; bad input exits with code 2 and one or two lines on stderr."""
    try:
        app()
    except InputError as error:
        sys.stderr.write(f"carbon: {error}\n")
    except OSError as error:
        sys.stderr.write(f"carbon: {_trouble_with_a_file(error)}\n")
    except MemoryError:
        lack = InputError("out of memory", mend="the same command with --workers 1 needs less")
        sys.stderr.write(f"carbon: {lack}\n")
    except SystemExit as end:
        if end.code == _INTERRUPTED:
            sys.stderr.write("carbon: stopped; the same command goes on from here\n")
        raise
    sys.exit(2)


def _trouble_with_a_file(error: OSError) -> InputError:
    """Say what the system refused: a full disk, a folder without permission, a lost drive."""
    where = str(error.filename) if error.filename else None
    return InputError(
        error.strerror or " ".join(str(error).split())[:200],
        where=where,
        mend="make it readable and writable, or set CARBON_DATA to a folder with room",
    )


if __name__ == "__main__":
    main()
