"""The two ends of the supported Handsontable versions: the bundled 6.2.2 and the newest, 18.1.1.

18.1.1 is not free software. It is fetched here for these tests alone, under its evaluation key and
licence, into a folder that git ignores; nothing of it is committed or shipped.
"""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import tarfile
import tempfile
from pathlib import Path

BUNDLED, NEWEST = "6.2.2", "18.1.1"
SHA512 = "8vz/jp96m0aJQPRepOBoImsC/bLe9mE/O4nOB6mll9DCjN5nqXHX9LV4zu/XDpD89TKJwtA+TNhVUkFQxW+q7w=="
CACHE = Path(__file__).parent / ".cache"


def environment(version: str) -> dict[str, str]:
    """The variables that make the example project use this version."""
    return {} if version == BUNDLED else {"HANDSONTABLE_DIR": str(package(version))}


def package(version: str) -> Path:
    """The folder of the unpacked npm package, fetched at its first use."""
    folder = CACHE / f"handsontable-{version}"
    if not folder.exists():
        CACHE.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
            unpack(fetch(version, Path(scratch)), Path(scratch))
            (Path(scratch) / "package").rename(folder)
    return folder


def fetch(version: str, folder: Path) -> Path:
    command = ["npm", "pack", f"handsontable@{version}", "--silent", "--pack-destination", folder]
    subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, env=os.environ)
    (archive,) = folder.glob("*.tgz")
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != SHA512:
        raise RuntimeError(f"handsontable {version} has another sha512 than expected: {found}")
    return archive


def unpack(archive: Path, folder: Path) -> None:
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
