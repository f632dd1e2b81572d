"""The files of example_project/deploy, with this machine's places in place of the documented ones.

Nothing else is changed, so what is tested is what is shipped. Each substitution must find its text.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLE = ROOT / "example_project"
DEPLOY = EXAMPLE / "deploy"
NAME = "desk.example.com"
SITE = "/srv/quayside"


def fill_in(text: str, changes: dict[str, str]) -> str:
    for old, new in changes.items():
        if old not in text:
            raise ValueError(f"the file does not hold {old!r}:\n{text}")
        text = text.replace(old, new)
    return text


def copy_project(to: Path, site: Path) -> Path:
    """A release: the example project, its deploy scripts knowing the site's folder."""
    shutil.rmtree(to, ignore_errors=True)  # the first try's, where a test is tried again
    shutil.copytree(EXAMPLE, to, ignore=shutil.ignore_patterns("var", "__pycache__"))
    for script in (to / "deploy").glob("*.sh"):
        script.write_text(fill_in(script.read_text(), {SITE: str(site)}))
    return to


@cache
def account() -> str:
    """Whom the servers run as: www-data, as on Debian, where we are root and it can read Python.

    A development folder in root's home keeps it out; then the servers are root, too.
    """
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name
    other = ["setpriv", "--reuid=www-data", "--regid=www-data", "--init-groups"]
    may = subprocess.run(
        [*other, sys.executable, "-c", "import django, livesheet"],
        cwd=ROOT,
        check=False,
        capture_output=True,
    )
    return "root" if may.returncode else "www-data"


def group() -> str:
    import grp

    return grp.getgrgid(pwd.getpwnam(account()).pw_gid).gr_name
