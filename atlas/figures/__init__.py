"""Every figure of the atlas: what it asks, what it says, and how Altair draws it.

One module for each page, ``plate`` for what a figure is, ``parts`` for what several share.
A specification holds no data and no colour. The page puts the rows of its data sets in place of
the named data, and the colours of the reader's theme in place of words such as ``$deficit``.
"""

from atlas.figures.countries import COUNTRY_PLATES
from atlas.figures.drivers import DRIVER_PLATES
from atlas.figures.inequality import INEQUALITY_PLATES
from atlas.figures.maps import MAP_PLATES
from atlas.figures.overview import OVERVIEW_PLATES
from atlas.figures.paper import PAPER_PLATES
from atlas.figures.parts import LAYER_LABELS
from atlas.figures.place import PLACE_PLATES
from atlas.figures.plate import Control, Drawing, Measure, Plate
from atlas.figures.quality import QUALITY_PLATES
from atlas.figures.scenarios import SCENARIO_PLATES
from atlas.figures.time import TIME_PLATES

__all__ = [
    "COUNTRY_PLATES",
    "DRIVER_PLATES",
    "INEQUALITY_PLATES",
    "LAYER_LABELS",
    "MAP_PLATES",
    "OVERVIEW_PLATES",
    "PAPER_PLATES",
    "PLACE_PLATES",
    "QUALITY_PLATES",
    "SCENARIO_PLATES",
    "TIME_PLATES",
    "Control",
    "Drawing",
    "Measure",
    "Plate",
]
