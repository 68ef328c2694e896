"""The catalogue: every fault is said with its key, its value and its fix."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingest.catalogue.catalogue import (
    LayerSpec,
    NodataCodes,
    is_remote,
    read_catalogue,
)
from tests.helpers.miniature import Miniature, catalogue_content, write_catalogue
from workspace.errors import InputError

Change = Callable[[dict[str, Any]], Any]
LAYER = {"quantity": "npp", "path": "npp_{year}.tif", "source": "s", "step": "year"}


def layers(content: dict[str, Any]) -> list[dict[str, Any]]:
    return content["collections"]["historical"]["layers"]


FAULTS: dict[str, tuple[Change, str, str]] = {
    "misspelt key": (
        lambda c: layers(c)[0].update(resampeling="mode"),
        "collections.historical.layers.0.resampeling",
        "did you mean resampling?",
    ),
    "unlike any key": (lambda c: c.update(qqqq=1), "qqqq", "remove it"),
    "missing key": (lambda c: c["zones"].pop("id"), "zones.id is missing", "add zones.id"),
    "wrong type": (
        lambda c: c["grid"].update(resolution="fine"),
        "grid.resolution is 'fine'",
        "a valid number",
    ),
    "wrong choice": (
        lambda c: layers(c)[0].update(quantity="temprature"),
        "quantity is 'temprature'",
        "'temperature', 'precipitation'",
    ),
    "three years": (
        lambda c: c["collections"]["historical"].update(years=[2001, 2002, 2003]),
        "collections.historical.years is [2001, 2002, 2003]",
        "at most 2 items",
    ),
    "years backwards": (
        lambda c: c["collections"]["historical"].update(years=[2003, 2001]),
        "collections.historical.years",
        "the first year comes after the last",
    ),
    "two layers for one year": (
        lambda c: layers(c).append(layers(c)[3] | {"years": [2003, 2003]}),
        "npp has 2 layers for 2003",
        "exactly one",
    ),
    "year gap": (
        lambda c: layers(c)[3].update(years=[2001, 2002]),
        "npp has no layers for 2003",
        "exactly one",
    ),
    "unknown source": (
        lambda c: layers(c)[1].update(source="nobody"),
        "collections.historical.layers[1].source names 'nobody'",
        "no card under sources",
    ),
    "nodata range backwards": (
        lambda c: layers(c)[3].update(nodata="32767..32761"),
        "layers.3.nodata",
        "'32767..32761' runs backwards",
    ),
    "nodata of words": (
        lambda c: layers(c)[3].update(nodata="sea"),
        "'sea' is neither a number, a range",
        "'none'",
    ),
    "wrong step": (
        lambda c: layers(c)[0].update(step="year"),
        "temperature is given by month or climatology, not year",
        "correct it",
    ),
    "averaged classes": (
        lambda c: layers(c)[4].update(resampling="average"),
        "classes cannot be averaged",
        "mode or nearest",
    ),
    "negative rain allowed": (
        lambda c: layers(c)[1].update(valid_range=[-5, 100]),
        "rain cannot be negative",
        "at 0 or above",
    ),
    "unknown placeholder": (
        lambda c: layers(c)[1].update(path="rain_{years}.tif"),
        "'rain_{years}.tif'",
        "placeholder other than {year}",
    ),
    "unfinished placeholder": (
        lambda c: layers(c)[1].update(path="rain_{year.tif"),
        "'rain_{year.tif'",
        "placeholder",
    ),
    "class codes too large": (
        lambda c: layers(c)[4].update(valid_range=[1, 4000]),
        "class codes lie within 1 to 255",
        "valid_range",
    ),
    "band of a stack": (
        lambda c: layers(c)[0].update(band=2),
        "band chooses one of a file's bands",
        "all of them",
    ),
    "no collection": (lambda c: c.update(collections={}), "collections", "at least one"),
    "collection of odd letters": (
        lambda c: c["collections"].update({"../a": c["collections"].pop("historical")}),
        "'../a'",
        "letters, digits and _",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_names_file_key_value_and_fix(fault: str, tmp_path: Path) -> None:
    change, what, fix = FAULTS[fault]
    content = catalogue_content()
    change(content)
    path = write_catalogue(tmp_path, content)
    with pytest.raises(InputError) as caught:
        read_catalogue(path, tmp_path)
    message = str(caught.value)
    assert str(path) in message
    assert what in message
    assert fix in message
    assert len(message.splitlines()) <= 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title: a\ntitle: b\n", "line 2: the key 'title' stands twice"),
        ("title: [a\n", "line 2"),
        ("- a\n- b\n", "not list"),
        ("", "not NoneType"),
    ],
)
def test_text_that_is_no_catalogue(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "c.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_catalogue(path, tmp_path)
    with pytest.raises(InputError, match="No such file"):
        read_catalogue(tmp_path / "absent.yml", tmp_path)


def test_paths_leave_the_disk_only_when_the_catalogue_says_so(tmp_path: Path) -> None:
    distant = ("/vsicurl/https://a.b/c.tif", "s3://bucket/c.tif", "/vsizip/a.zip/c.tif")
    content = catalogue_content()
    local = read_catalogue(write_catalogue(tmp_path, content), tmp_path)
    content["remote"] = True
    open_to_all = read_catalogue(write_catalogue(tmp_path, content), tmp_path)
    for path in distant:
        assert is_remote(path)
        assert open_to_all.resolve(path) == path
        with pytest.raises(InputError, match="remote: true"):
            local.resolve(path)
    assert local.resolve("a/b.tif") == str(tmp_path / "a" / "b.tif")
    assert local.resolve("/abs/b.tif") == "/abs/b.tif"


def test_root_cannot_smuggle_in_a_network_path(tmp_path: Path) -> None:
    content = catalogue_content() | {"root": "/vsis3/bucket"}
    with pytest.raises(InputError, match="vsis3"):
        read_catalogue(write_catalogue(tmp_path, content), tmp_path).resolve("a.tif")
    content["root"] = "{data}/inputs"
    found = read_catalogue(write_catalogue(tmp_path, content), tmp_path / "d").resolve("a.tif")
    assert found == str(tmp_path / "d" / "inputs" / "a.tif")


def test_nodata_takes_codes_ranges_and_none() -> None:
    codes = NodataCodes.parse([-9999, "1..3", "none", "nan"])
    assert codes.values[0] == -9999
    assert codes.values[1] != codes.values[1]
    assert codes.ranges == ((1, 3),)
    assert NodataCodes.parse("none") == NodataCodes()


def test_layers_of_several_spans_serve_their_years(tmp_path: Path) -> None:
    content = catalogue_content()
    layers(content)[3]["years"] = [2001, 2002]
    layers(content).append(layers(content)[3] | {"years": [2003, 2003], "path": "other_{year}.tif"})
    catalogue = read_catalogue(write_catalogue(tmp_path, content), tmp_path)
    historical = catalogue.collections["historical"]
    assert historical.serving(2002)["npp"].path == "npp_{year}.tif"
    assert historical.serving(2003)["npp"].path == "other_{year}.tif"


def test_a_version_may_look_like_a_number(tmp_path: Path) -> None:
    content = catalogue_content()
    content["sources"]["made_up"]["version"] = 6.1
    path = Miniature().write(tmp_path)
    write_catalogue(tmp_path, content)
    assert read_catalogue(path, tmp_path).sources["made_up"].version == "6.1"


def test_layer_spec_is_a_value() -> None:
    assert hash(LayerSpec(**LAYER)) == hash(LayerSpec(**LAYER))
