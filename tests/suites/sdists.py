"""The sources of packages as their sdists have them, tests included. Nothing of it is committed."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory


def fetched(name: str, folder: Path) -> Path:
    """The unpacked sdist of the version that is installed; several runs may share the folder."""
    there = folder / f"{name}-{version(name)}"
    if not there.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder) as unfinished:
            download(name, Path(unfinished))
            put(Path(unfinished), there)
    (source,) = (path for path in there.iterdir() if path.is_dir())
    return source


def download(name: str, folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    wanted = ["--no-binary", name, f"{name}=={version(name)}"]
    subprocess.run([*pip, *wanted, "--dest", folder], check=True, timeout=240)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(folder / "source", filter="data")


def put(unfinished: Path, there: Path) -> None:
    """Name the folder when it is complete: the other environments may be looking at this moment."""
    try:
        (unfinished / "source").rename(there)
    except OSError:  # another environment was faster
        if not there.exists():
            raise
