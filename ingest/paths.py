"""Which paths lead to files of this machine."""

from __future__ import annotations

import re

#: A path that leaves the local disk: a GDAL virtual file system or an address.
_REMOTE = re.compile(r"^(/vsi|[a-z][a-z0-9+.-]*://)", re.IGNORECASE)


def is_remote(path: str) -> bool:
    """Tell whether GDAL would look for a path elsewhere than among the files of this machine.

    Examples
    --------
    >>> [is_remote(path) for path in ("s3://climate/et.tif", "/vsizip/et.zip/et.tif", "et.tif")]
    [True, True, False]
    """
    return _REMOTE.match(path) is not None
