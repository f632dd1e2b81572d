"""The build hook: no wheel, sdist or editable install without the grid and the bundle."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# Hatchling loads this file by its path, so its neighbours are not importable by themselves.
sys.path.insert(0, str(Path(__file__).resolve().parent))

import bundle
import handsontable
from npm import BuildError, Npm


class GridHook(BuildHookInterface[Any]):
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        try:
            with Npm() as npm:
                handsontable.install(npm)
                bundle.make(npm)
        except BuildError as error:
            # `abort` prints the line and exits; an exception would bury it in a traceback.
            self.app.abort(str(error))
