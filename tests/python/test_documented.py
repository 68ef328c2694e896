"""Nothing public is undocumented, no reference has drifted, and no link leads nowhere.

Macros and their arguments, vars, seeds, analyses, catalogue keys, commands, SQL functions,
decisions. Tables and columns need dbt's manifest: `pipeline/test_reference.py`.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.helpers.workplace import PROJECT
from tools.reference.commands import commands_document
from tools.reference.functions import functions_document
from tools.release import zenodo_record
from udfs import FUNCTIONS

DOCUMENTS = sorted(
    path
    for folder, pattern in ((".", "*.md"), ("docs", "**/*.md"), ("analyses", "*.md"))
    for path in (PROJECT / folder).glob(pattern)
)
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
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


def test_each_folder_has_one_file_of_a_kind(project: Path) -> None:
    """Columns that need no words of their own are not listed, and a unit is told in one place."""
    for folder in {path.parent for path in (project / "models").rglob("*.sql")}:
        kinds = [
            re.sub(r"^_.*?(?=__)", "", path.name)
            for suffix in ("*.yml", "*.md")
            for path in folder.glob(suffix)
        ]
        assert len(kinds) == len(set(kinds)), folder
        assert "__models.yml" in kinds, folder
        assert set(kinds) <= {"__models.yml", "__docs.md", "__sources.yml", "__unit_tests.yml"}
    for path in [*(project / "models").rglob("*.yml"), *(project / "seeds").glob("*.yml")]:
        assert "meta: {unit" not in path.read_text(encoding="utf-8"), (
            f"{path}: its description says"
        )


@pytest.mark.parametrize("folder", ["analyses"])
def test_every_analysis_is_listed(project: Path, folder: str) -> None:
    listed = (project / folder / "README.md").read_text(encoding="utf-8")
    for path in (project / folder).glob("*.sql"):
        assert path.stem in listed, path.name
        assert path.read_text(encoding="utf-8").startswith("--"), path.name


def test_the_template_names_every_key(project: Path) -> None:
    from ingest.catalogue.catalogue import (
        Catalogue,
        Collection,
        GridSpec,
        LayerSpec,
        SourceCard,
        ZoneSpec,
    )

    template = (project / "ingest" / "catalogue" / "template.yml").read_text(encoding="utf-8")
    for model in (Catalogue, Collection, GridSpec, LayerSpec, SourceCard, ZoneSpec):
        for key in model.model_fields:
            assert re.search(rf"\b{key}\b", template), f"{model.__name__}.{key}"


def test_commands_are_documented_as_they_are(project: Path) -> None:
    written = (project / "docs" / "COMMANDS.md").read_text(encoding="utf-8")
    assert written == commands_document(), "run: make docs"


def test_functions_are_documented_as_they_are(project: Path) -> None:
    written = (project / "docs" / "FUNCTIONS.md").read_text(encoding="utf-8")
    assert written == functions_document(), "run: make docs"
    for function in FUNCTIONS:
        assert f"\n## {function.name}\n" in written


def headings(document: Path) -> set[str]:
    """Anchors of a document's headings, as GitHub makes them."""
    lines = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
    titles = re.findall(r"^#+ (.+)$", lines, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    for path, anchor in LINK.findall(document.read_text(encoding="utf-8")):
        target = (document.parent / path) if path else document
        assert target.exists(), path
        if anchor and target.suffix == ".md":
            assert anchor in headings(target), f"{path}#{anchor}"


def test_every_document_is_named_in_the_readme(project: Path) -> None:
    readme = (project / "README.md").read_text(encoding="utf-8")
    for path in (project / "docs").glob("*.md"):
        assert f"docs/{path.name}" in readme, path.name


def test_decisions_are_numbered_and_listed(project: Path) -> None:
    folder = project / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    for path in folder.glob("[0-9]*.md"):
        number = int(path.name[:4])
        title = path.read_text(encoding="utf-8").splitlines()[0]
        assert title.startswith(f"# {number}. "), path.name
        assert f"[{title[2:]}]({path.name})" in index, path.name


def test_the_version_is_the_same_wherever_it_stands(project: Path) -> None:
    version = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "version"
    ]
    for name in ("CITATION.cff", "dbt_project.yml"):
        content = yaml.safe_load((project / name).read_text(encoding="utf-8"))
        assert content["version"] == version, name
    assert (project / ".zenodo.json").read_text("utf-8") == zenodo_record(), "run: make docs"
    released = re.findall(r"^## (\d\S*)", (project / "CHANGELOG.md").read_text("utf-8"), re.M)
    assert released[:1] in ([], [version]), "CHANGELOG.md: the newest release is another version"


def test_users_get_the_packages_that_the_tests_ran_with(project: Path) -> None:
    def pins(name: str) -> set[str]:
        text = (project / name).read_text(encoding="utf-8")
        pinned = re.findall(r"^[\w.-]+(?:\[\S+\])?==.*(?:\n    --hash.*)+", text, re.M)
        # An extra that only a tool asks for adds packages, and changes nothing of the one itself.
        return {re.sub(r"^([\w.-]+)\[\S+\]", r"\1", pin) for pin in pinned}

    users, everybody = pins("requirements-run.lock"), pins("requirements.lock")
    assert len(users) > 50
    assert users <= everybody, "run: make lock"
    names = {re.split(r"[\[=]", pin)[0] for pin in users}
    assert {"pytest", "playwright", "ipykernel", "mypy"}.isdisjoint(names)


def test_hooks_of_a_commit_download_nothing(project: Path) -> None:
    path = project / ".pre-commit-config.yaml"
    subprocess.run([sys.executable, "-m", "pre_commit", "validate-config", path], check=True)
    for repository in yaml.safe_load(path.read_text(encoding="utf-8"))["repos"]:
        assert repository["repo"] == "local"
        assert {hook["language"] for hook in repository["hooks"]} == {"system"}
