"""The sources of packages as their sdists have them, tests included. Nothing of it is committed."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path


def fetched(name: str, folder: Path) -> Path:
    """The unpacked sdist of the version that is installed."""
    there = folder / f"{name}-{version(name)}"
    if not there.exists():
        there.mkdir(parents=True)
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        wanted = ["--no-binary", name, f"{name}=={version(name)}"]
        subprocess.run([*pip, *wanted, "--dest", there], check=True, timeout=240)
        (archive,) = there.glob("*.tar.gz")
        with tarfile.open(archive) as packed:
            packed.extractall(there, filter="data")
    (source,) = (path for path in there.iterdir() if path.is_dir())
    return source
