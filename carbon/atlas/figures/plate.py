"""What a figure is before it is drawn, and what drawing it gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from carbon.atlas.database import Published


@dataclass(frozen=True)
class Control:
    """A choice the reader has above a figure.

    Attributes
    ----------
    name : str
        Its name within the figure.
    label : str
        What the reader sees.
    options : tuple of (value, label)
        The choices; the first is taken.
    columns : tuple of str
        Rows are kept whose values in these columns, joined by ``/``, equal the choice. Without
        columns the choice is a measure, a level or a place, which the drawing understands.
    """

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measure:
    """A column that a map or curve can show.

    Attributes
    ----------
    column, label, unit : str
        Its name in the data set, its name for a reader, its unit.
    quantity : str
        What it rests on, a key of ``Published.inputs``.
    diverging : bool
        Whether zero is its middle.
    scale : float
        Factor for the reader: 100 shows a ratio as a percentage.
    explained : str
        What it is, in a sentence.
    total : bool
        Whether it is a total, which a circle shows better than a filled area.
    middle : float
        The value at which the colours turn, where it is not zero, in the reader's unit.
    limits : tuple of float
        Class limits that everybody uses, in the reader's unit; empty chooses them by the values.
    """

    column: str
    label: str
    unit: str
    quantity: str
    diverging: bool = False
    scale: float = 1.0
    explained: str = ""
    total: bool = False
    middle: float = 0.0
    limits: tuple[float, ...] = ()


@dataclass(frozen=True)
class Drawing:
    """How a figure is drawn.

    Attributes
    ----------
    spec : dict
        Vega-Lite.
    kind : str
        Which part of the script feeds it: chart, choropleth, cells, explore, story, place, locator.
    controls : tuple of Control
        The reader's choices.
    options : dict
        What the script needs besides.
    """

    spec: dict[str, Any]
    kind: str = "chart"
    controls: tuple[Control, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Plate:
    """A figure before it is drawn.

    Attributes
    ----------
    anchor : str
        Its id within the page.
    title, caption : str
        A sentence that says what is seen, and how to read it.
    datasets : tuple of str
        Keys of ``DATASETS``; the first is offered as CSV and SQL.
    draw : callable
        Makes the drawing from the published file.
    paper : str
        Its counterpart in the paper, and where the paper differs.
    quantities : tuple of str
        What it rests on.
    collections : bool
        True if it rests on the scenario collections too.
    """

    anchor: str
    title: str
    caption: str
    datasets: tuple[str, ...]
    draw: Callable[[Published], Drawing]
    paper: str = ""
    quantities: tuple[str, ...] = ("cnc",)
    collections: bool = False
