"""Make the commit and the tag of a version: `make release VERSION=0.2.0`. Nothing is published.

It stops before it has changed anything where the tree is not clean, the version is not the next
one, or the changelog has nothing to say; docs/releasing.md tells the rest.
"""

from __future__ import annotations

import datetime
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path.cwd()
PACKAGE = ROOT / "src" / "livesheet" / "__init__.py"
CHANGELOG = ROOT / "CHANGELOG.md"
VERSION = re.compile(r'(?<=^__version__ = ")[^"]+', re.MULTILINE)


def main(version: str) -> str | None:
    """Returns what is in the way, or None when the tag stands."""
    today = datetime.datetime.now(datetime.UTC).date()
    package, changelog = PACKAGE.read_text(), CHANGELOG.read_text()
    if fault := what_is_wrong(version, package, changelog):
        return fault
    CHANGELOG.write_text(changelog.replace(heading(version), f"## {version} ({today})", 1))
    PACKAGE.write_text(VERSION.sub(version, package, count=1))
    git("commit", "--all", "--message", f"Release {version}")
    git("tag", "--annotate", version, "--message", f"django-livesheet {version}")
    PACKAGE.write_text(VERSION.sub(f"{following(version)}.dev0", package, count=1))
    git("commit", "--all", "--message", f"Begin {following(version)}")
    print(f"Tagged {version}. To publish it: git push origin main {version}")
    return None


def what_is_wrong(version: str, package: str, changelog: str) -> str | None:
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        return f"Expected a version such as 0.2.0, got {version!r}."
    if git("status", "--porcelain"):
        return "There are changes that are not committed: commit them first."
    if (branch := git("branch", "--show-current")) != "main":
        return f"A version is made on main, and this is {branch or 'no branch'}."
    if version in git("tag", "--list").split():
        return f"There is a tag {version} already."
    current = VERSION.search(package)
    if current is None or parts(version) < parts(current[0].partition(".dev")[0]):
        return f"{version} is older than what is being worked on."
    if heading(version) not in changelog:
        return f"CHANGELOG.md has no heading {heading(version)!r}."
    entries = changelog.partition(heading(version))[2].partition("\n## ")[0]
    if not re.search(r"^- ", entries, re.MULTILINE):
        return f"CHANGELOG.md says nothing under {heading(version)!r}."
    return None


def heading(version: str) -> str:
    return f"## {version} (unreleased)"


def following(version: str) -> str:
    major, minor, patch = parts(version)
    return f"{major}.{minor}.{patch + 1}"


def parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
