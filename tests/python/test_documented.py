"""Nothing public is undocumented: macros and their arguments, vars, seeds, analyses, decisions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

MACRO = re.compile(r"{%-?\s*(?:macro|test)\s+(\w+)\s*\(([^)]*)\)", re.DOTALL)


def documented_macros(project: Path) -> dict[str, set[str]]:
    content = yaml.safe_load((project / "macros" / "_macros.yml").read_text(encoding="utf-8"))
    return {
        macro["name"]: {argument["name"] for argument in macro.get("arguments", [])}
        for macro in content["macros"]
        if macro.get("description")
    }


def test_every_macro_and_argument_is_described(project: Path) -> None:
    documented = documented_macros(project)
    defined = {
        name: {argument.split("=")[0].strip() for argument in arguments.split(",")} - {""}
        for path in (project / "macros").glob("*.sql")
        for name, arguments in MACRO.findall(path.read_text(encoding="utf-8"))
    }
    assert set(defined) == set(documented)
    for name, arguments in defined.items():
        assert arguments == documented[name], name


def test_every_var_says_what_it_is(project: Path) -> None:
    text = (project / "dbt_project.yml").read_text(encoding="utf-8")
    block = text[text.index("\nvars:") : text.index("\non-run-end:")]
    bare = [line for line in block.splitlines() if re.match(r"  \w+:", line) and "#" not in line]
    assert bare == []


def test_every_seed_row_is_cited(project: Path) -> None:
    for path in (project / "seeds").glob("ref_*.csv"):
        header, *rows = path.read_text(encoding="utf-8").splitlines()
        assert re.search(r"citation|source|section", header), path.name
        assert rows, path.name


@pytest.mark.parametrize("folder", ["analyses"])
def test_every_analysis_is_listed(project: Path, folder: str) -> None:
    listed = (project / folder / "README.md").read_text(encoding="utf-8")
    for path in (project / folder).glob("*.sql"):
        assert path.stem in listed, path.name
        assert path.read_text(encoding="utf-8").startswith("--"), path.name


def test_the_template_names_every_key(project: Path) -> None:
    from ingest.catalog import Catalogue, Collection, GridSpec, LayerSpec, SourceCard, ZoneSpec

    template = (project / "ingest" / "catalogs" / "template.yml").read_text(encoding="utf-8")
    for model in (Catalogue, Collection, GridSpec, LayerSpec, SourceCard, ZoneSpec):
        for key in model.model_fields:
            assert re.search(rf"\b{key}\b", template), f"{model.__name__}.{key}"
