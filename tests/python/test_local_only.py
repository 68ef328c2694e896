"""What a catalogue does not allow is not fetched, whatever its files name."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio

from ingest.catalogue.catalogue import read_catalogue
from ingest.ingestion import check_catalogue
from tests.helpers.miniature import (
    Miniature,
    catalogue_content,
    settings_of,
    write_catalogue,
    write_tiff,
)
from tests.helpers.workplace import wait_until
from workspace.errors import InputError
from workspace.files import GDAL_STAYS_HERE
from workspace.progress import SilentProgress

Content = dict[str, Any]
Spoil = Callable[[Path, Content, str], None]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Miniature().write(tmp_path_factory.mktemp("local") / "inputs").parent


class Listener:
    """A web server of another process: GDAL may hold this one while it asks."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"127.0.0.1:{port}"
        self._log = folder / "requests.log"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=self._log.open("w"),
        )
        wait_until(self._answers, 60)

    def _answers(self) -> bool:
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", int(self.address.rpartition(":")[2]))) == 0

    @property
    def heard(self) -> list[str]:
        """Requests so far."""
        return [line for line in self._log.read_text().splitlines() if '"' in line]

    def end(self) -> None:
        """Stop listening."""
        self._process.kill()
        self._process.wait()


@pytest.fixture
def listener(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Listener]:
    """Listen on this machine, where credentials would lead too."""
    found = Listener(tmp_path_factory.mktemp("listener"))
    for name, value in {
        "AWS_ACCESS_KEY_ID": "ours",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_S3_ENDPOINT": found.address,
        "AWS_HTTPS": "NO",
        "AWS_VIRTUAL_HOSTING": "FALSE",
        "GDAL_HTTP_TIMEOUT": "10",
    }.items():
        monkeypatch.setenv(name, value)
    yield found
    found.end()


def et_path(path: str) -> Spoil:
    def spoil(_folder: Path, content: Content, address: str) -> None:
        content["collections"]["historical"]["layers"][2]["path"] = path.format(
            address=address, year="{year}"
        )

    return spoil


def overview_in_sidecar(folder: Path, _content: Content, address: str) -> None:
    (folder / "et_2001.tif.aux.xml").write_text(
        '<PAMDataset><Metadata domain="OVERVIEWS">'
        f'<MDI key="OVERVIEW_FILE">/vsicurl/http://{address}/o.tif</MDI></Metadata>'
        "</PAMDataset>",
        encoding="utf-8",
    )


def polygons(name: str, text: str) -> Spoil:
    def spoil(folder: Path, content: Content, address: str) -> None:
        (folder / name).write_text(text.replace("ADDRESS", address), encoding="utf-8")
        content["zones"]["path"] = name

    return spoil


def geojson_with_linked_crs(folder: Path, content: Content, address: str) -> None:
    collection = json.loads(gpd.read_file(folder / "cities.gpkg").to_json())
    link = {"href": f"http://{address}/crs", "type": "ogcwkt"}
    collection["crs"] = {"type": "link", "properties": link}
    (folder / "linked.geojson").write_text(json.dumps(collection), encoding="utf-8")
    content["zones"]["path"] = "linked.geojson"


WFS = "<OGRWFSDataSource><URL>http://ADDRESS/wfs</URL></OGRWFSDataSource>"
LEADING_AWAY: dict[str, tuple[Spoil, str]] = {
    "a path that is resolved": (
        et_path("/./vsicurl?url=http%3A%2F%2F{address}%2F{year}.tif"),
        "remote: true",
    ),
    "a bucket that is resolved": (et_path("/././vsis3/bucket/et_{year}.tif"), "remote: true"),
    "a bucket": (et_path("/vsis3/bucket/et_{year}.tif"), "remote: true"),
    "an archive elsewhere": (et_path("//vsizip//vsicurl/http://{address}/a.zip/b"), "remote: true"),
    "overviews in a sidecar": (overview_in_sidecar, "OVERVIEW|overviews in another file"),
    "a service": (polygons("wfs.xml", WFS), "none of the formats"),
    "a service called a shapefile": (polygons("wfs.shp", WFS), "none of the formats"),
    "a virtual source": (
        polygons("link.vrt", "<OGRVRTDataSource><SrcDataSource>http://ADDRESS/</SrcDataSource>"),
        "none of the formats",
    ),
    "a schema": (
        polygons(
            "zones.gml",
            '<gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml" '
            'xsi:schemaLocation="a http://ADDRESS/a.xsd"/>',
        ),
        "none of the formats",
    ),
    "a CRS by link": (geojson_with_linked_crs, "is a link, which is not followed"),
}


@pytest.mark.parametrize("way", LEADING_AWAY)
def test_no_file_leads_to_a_network(
    way: str, inputs: Path, listener: Listener, tmp_path: Path
) -> None:
    spoil, said = LEADING_AWAY[way]
    folder = Path(shutil.copytree(inputs, tmp_path / "in"))
    content = catalogue_content() | {"tables": {}}
    spoil(folder, content, listener.address)
    catalogue = write_catalogue(folder, content)
    settings = settings_of(tmp_path)
    with pytest.raises(InputError, match=said):
        check_catalogue(
            read_catalogue(catalogue, settings.data), settings, SilentProgress(), values=True
        )
    assert listener.heard == []


def test_gdal_itself_does_not_leave_this_machine(listener: Listener, tmp_path: Path) -> None:
    """What names an address and passes every look at it is not fetched, for want of a network."""
    path = tmp_path / "et_2001.tif"
    write_tiff(path, np.ones((4, 4)))
    for stays in (GDAL_STAYS_HERE, {}):
        assert listener.heard == []
        overview_in_sidecar(tmp_path, {}, f"{listener.address}/{len(stays)}")
        with rasterio.Env(**stays), rasterio.open(path) as dataset:
            assert dataset.overviews(1) == []
    assert listener.heard  # of the second time
