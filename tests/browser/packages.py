"""Packages of others that the tests use, fetched from npm into a folder that git ignores."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import tarfile
import tempfile
from pathlib import Path

CACHE = Path(__file__).parent / ".cache"


def fetched(name: str, version: str, sha512: str) -> Path:
    """The folder of the unpacked package; its checksum is seen to when it is fetched."""
    folder = CACHE / f"{name.replace('/', '-')}-{version}"
    if not folder.exists():
        CACHE.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
            archive = pack(f"{name}@{version}", Path(scratch))
            found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
            if found != sha512:
                raise RuntimeError(f"{name} {version} has another sha512 than expected: {found}")
            with tarfile.open(archive) as tar:
                tar.extractall(scratch, filter="data")
            (Path(scratch) / "package").rename(folder)
    return folder


def pack(package: str, folder: Path) -> Path:
    command = ["npm", "pack", package, "--silent", "--pack-destination", str(folder)]
    subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, env=os.environ)
    (archive,) = folder.glob("*.tgz")
    return archive


def axe() -> Path:
    return fetched(
        "axe-core",
        "4.14.1",
        "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
    )


def htmx() -> Path:
    return fetched(
        "htmx.org",
        "2.0.11",
        "Thx/WtpeOQqSrqBCw/A1cwGJGg4UrVa3+sW0GmrM3p4gJgO89ecH4qtbnyzDDWFvBTqjnIMCgELTNt636dtamA==",
    )


def esbuild() -> Path:
    """The program itself, for the machines of our tests."""
    return fetched(
        "@esbuild/linux-x64",
        "0.28.2",
        "4xTZr1FUmSoQW4XIWmit3tzQrUTZM+N3P0XV8xROKYF50XfI7xeO90+1bZvNwxIufQ9hDQVRJH5YhgPVF8A/HQ==",
    )


def typescript() -> Path:
    """The program itself, for the machines of our tests."""
    return fetched(
        "@typescript/typescript-linux-x64",
        "7.0.2",
        "EYdf2cNg7rgCWJnxCdJ+F3V39O8ihb37eHAu1LK8oAFizgTQbPOK7zHHXbPt8rX24COqODXeI3sIf0fCXG7H/A==",
    )
