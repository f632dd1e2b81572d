"""A certificate made for the test, and the one browser flag that makes Chromium trust it alone."""

from __future__ import annotations

import base64
import hashlib
import subprocess
from pathlib import Path

from tests.deploy.files import NAME


def make_certificate(folder: Path) -> None:
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    subject = ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}", "-days", "2"]
    files = ["-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"]
    command = ["openssl", "req", "-x509", *key, *subject, *files]
    subprocess.run(command, check=True, capture_output=True)


def fingerprint(folder: Path) -> str:
    """SHA-256 of the public key, as `--ignore-certificate-errors-spki-list` wants it."""
    pem = subprocess.run(
        ["openssl", "x509", "-in", folder / "fullchain.pem", "-pubkey", "-noout"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    key = base64.b64decode("".join(pem.strip().splitlines()[1:-1]))
    return base64.b64encode(hashlib.sha256(key).digest()).decode()
