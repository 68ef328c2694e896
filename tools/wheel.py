"""Puts the dbt project into the wheel; hatchling runs it whenever a wheel is built."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Maps the dbt project, which lies at the repository's root, to ``carbon/project``."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name what goes in; an editable installation reads the repository itself."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from workspace.project import INSTALLED_PROJECT, PROJECT_PARTS

        target = INSTALLED_PROJECT.relative_to(Path(self.root))
        for part in PROJECT_PARTS:
            build_data["force_include"][str(Path(self.root, part))] = str(target / part)
