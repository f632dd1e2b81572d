"""What `make release` does to a repository, and when it refuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

MODULE = 'x = 1\n\n__version__ = "0.2.0.dev0"\n'
CHANGELOG = (
    "# Changelog\n\n## 0.2.0 (unreleased)\n\n- One thing.\n\n## 0.1.0 (2026-11-01)\n\n- All.\n"
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "src" / "livesheet").mkdir(parents=True)
    (tmp_path / "src" / "livesheet" / "__init__.py").write_text(MODULE)
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    git(tmp_path, "config", "user.name", "Ann")
    git(tmp_path, "config", "user.email", "ann@example.com")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "All")
    return tmp_path


def test_a_release_is_a_commit_a_tag_and_the_next_version(checkout: Path, root: Path) -> None:
    done = release(checkout, root, "0.2.0")
    assert done.returncode == 0, done.stderr
    assert '__version__ = "0.2.0"\n' in git(checkout, "show", "0.2.0:src/livesheet/__init__.py")
    assert "## 0.2.0 (20" in git(checkout, "show", "0.2.0:CHANGELOG.md")
    assert "unreleased" not in git(checkout, "show", "0.2.0:CHANGELOG.md")
    assert '__version__ = "0.2.1.dev0"\n' in git(checkout, "show", "main:src/livesheet/__init__.py")
    assert git(checkout, "status", "--porcelain") == ""


@pytest.mark.parametrize(
    "version, told",
    [
        ("", "Expected a version"),
        ("0.2", "Expected a version"),
        ("0.1.9", "older"),
        ("0.3.0", "no heading"),
    ],
)
def test_a_wrong_version_is_refused(checkout: Path, root: Path, version: str, told: str) -> None:
    refused(checkout, root, version, told)


def test_a_release_wants_everything_committed(checkout: Path, root: Path) -> None:
    (checkout / "CHANGELOG.md").write_text(CHANGELOG + "more")
    refused(checkout, root, "0.2.0", "not committed")


def test_a_release_is_made_on_main(checkout: Path, root: Path) -> None:
    git(checkout, "checkout", "--quiet", "-b", "side")
    refused(checkout, root, "0.2.0", "side")


def test_a_release_has_something_to_say(checkout: Path, root: Path) -> None:
    (checkout / "CHANGELOG.md").write_text(CHANGELOG.replace("- One thing.\n", ""))
    git(checkout, "commit", "--quiet", "--all", "--message", "Less")
    refused(checkout, root, "0.2.0", "says nothing")


def test_a_version_is_released_once(checkout: Path, root: Path) -> None:
    git(checkout, "tag", "0.2.0")
    refused(checkout, root, "0.2.0", "already")


def refused(checkout: Path, root: Path, version: str, told: str) -> None:
    before = git(checkout, "rev-parse", "HEAD")
    done = release(checkout, root, version)
    assert (done.returncode, told in done.stderr) == (1, True), done.stderr
    assert git(checkout, "rev-parse", "HEAD") == before


def release(checkout: Path, root: Path, version: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / ".ci" / "release.py"), version]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)


def git(folder: Path, *arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=True
    ).stdout.strip("\n") + ("\n" if arguments[0] == "show" else "")
