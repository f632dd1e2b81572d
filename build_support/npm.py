"""What the build needs of npm, fetched once and only where something is missing.

Standard library only, since a build environment holds nothing else.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

HERE = Path(__file__).resolve().parent


class BuildError(Exception):
    """Something could not be made; the message says what to do."""


class Npm:
    """``modules`` is the folder of what package-lock.json names, until the ``with`` ends."""

    def __init__(self) -> None:
        self._kept = ExitStack()
        self._modules: Path | None = None

    def __enter__(self) -> Npm:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._kept.close()

    @property
    def modules(self) -> Path:
        if self._modules is None:
            folder = self._kept.enter_context(tempfile.TemporaryDirectory(prefix="livesheet-npm-"))
            self._modules = _fetched(Path(folder))
        return self._modules


def _fetched(folder: Path) -> Path:
    """Run `npm ci` on the committed lock file in `folder`; return its node_modules."""
    npm = shutil.which("npm")
    if npm is None:
        raise BuildError(
            "livesheet: the build fetches Handsontable and esbuild with npm, and there is no npm on"
            " PATH. Install Node.js with npm, or build from the sdist, which carries the files."
        )
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(HERE / name, folder / name)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = " ".join(done.stderr.split())[-600:]
        raise BuildError(f"livesheet: npm could not fetch what the build needs: {reason}")
    return folder / "node_modules"


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
