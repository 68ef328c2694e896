"""Every figure of the atlas: what it asks, what it says, and how Altair draws it.

One module for each page, ``plate`` for what a figure is, ``parts`` for what several share.
A specification holds no data and no colour. The page puts the rows of its data sets in place of
the named data, and the colours of the reader's theme in place of words such as ``$deficit``.
"""

from carbon.atlas.figures.answer import ANSWER_PLATES, COURSE_PLATES
from carbon.atlas.figures.countries import COUNTRY_PLATES
from carbon.atlas.figures.drivers import DRIVER_PLATES
from carbon.atlas.figures.explore import EXPLORE_PLATES, explore_datasets
from carbon.atlas.figures.inequality import INEQUALITY_PLATES
from carbon.atlas.figures.maps import MAP_PLATES
from carbon.atlas.figures.paper import PAPER_PLATES
from carbon.atlas.figures.parts import LAYER_LABELS
from carbon.atlas.figures.place import PLACE_PLATES
from carbon.atlas.figures.plate import Control, Drawing, Measure, Plate
from carbon.atlas.figures.quality import QUALITY_PLATES
from carbon.atlas.figures.scenarios import SCENARIO_PLATES
from carbon.atlas.figures.time import TIME_PLATES

__all__ = [
    "ANSWER_PLATES",
    "COUNTRY_PLATES",
    "COURSE_PLATES",
    "DRIVER_PLATES",
    "EXPLORE_PLATES",
    "INEQUALITY_PLATES",
    "LAYER_LABELS",
    "MAP_PLATES",
    "PAPER_PLATES",
    "PLACE_PLATES",
    "QUALITY_PLATES",
    "SCENARIO_PLATES",
    "TIME_PLATES",
    "Control",
    "Drawing",
    "Measure",
    "Plate",
    "explore_datasets",
]
