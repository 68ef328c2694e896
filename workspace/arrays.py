"""The type of most arrays: one name for it."""

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
