"""Known weaknesses: of our code (bandit), of what it needs (pip-audit), of the grid (npm audit).

Whatever is found and has no answer here fails. Where an advisory service cannot be reached, that is
said, loudly, and does not fail: an audit that has not been made is no finding.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "livesheet"
GRID = "6.2.2"

IDENTIFIERS = "only identifiers quoted by Django are put into the text; values are parameters"
# Bandit's id and file, "" for any file; why it is no weakness.
CODE = {
    ("B101", ""): "an assertion states what the types say; nothing is guarded by it",
    ("B105", "conf.py"): "the default of a token is None, and None lets nobody in by token",
    ("B311", ""): "chance spreads timers; secrets come from `secrets`",
    ("B404", "application.py"): "the doctor runs this interpreter on the site's own asgi.py",
    ("B603", "application.py"): "the same, without a shell, with arguments of its own",
    ("B608", "anchors.py"): "Django's own statement within ours; its values are parameters",
    ("B608", "inserting.py"): IDENTIFIERS + ", or letters and digits that need no quoting",
    ("B608", "numbering.py"): IDENTIFIERS,
    ("B608", "standing.py"): IDENTIFIERS,
    ("B608", "together.py"): IDENTIFIERS,
    ("B608", "transactions.py"): IDENTIFIERS,
    ("B608", "mysql.py"): IDENTIFIERS,
    ("B608", "postgresql.py"): IDENTIFIERS,
    ("B608", "rechecks.py"): IDENTIFIERS + ", or letters and digits that need no quoting",
    ("B608", "replacing.py"): IDENTIFIERS,
    ("B608", "sight.py"): IDENTIFIERS,
    ("B611", "sight.py"): IDENTIFIERS,
}
# docs/security.md has the answers, and the tests.
ADVISORIES = {"GHSA-hf66-r44g-p7j9", "GHSA-wc69-rhjr-hc9g", "GHSA-8hfj-j24r-96c4"}

Found = list[str]


def run(*command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300)


def not_made(what: str, why: str) -> Found:
    line = "!" * 78
    print(f"{line}\n{what} WAS NOT MADE: {why.strip()[:300]}\n{line}")
    return []


def code() -> Found:
    result = run(sys.executable, "-m", "bandit", "-q", "-r", str(PACKAGE), "-f", "json")
    found = []
    for issue in json.loads(result.stdout)["results"]:
        name = Path(issue["filename"]).name
        if not {(issue["test_id"], name), (issue["test_id"], "")} & CODE.keys():
            where = f"{name}:{issue['line_number']}"
            found.append(f"bandit {issue['test_id']} {where}: {issue['issue_text']}")
    return found


def requirements() -> Found:
    result = run(sys.executable, "-m", "pip_audit", "--local", "--format", "json")
    try:
        packages = json.loads(result.stdout)["dependencies"]
    except (ValueError, KeyError):
        return not_made("THE AUDIT OF PYTHON PACKAGES", result.stderr)
    skipped = [package for package in packages if "skip_reason" in package]
    if len(skipped) > len(packages) / 2:
        not_made("THE AUDIT OF PYTHON PACKAGES", skipped[0]["skip_reason"])
    return [
        f"pip-audit {package['name']} {package['version']}: {weakness['id']}"
        for package in packages
        for weakness in package.get("vulns", ())
    ]


def grid() -> Found:
    npm = shutil.which("npm")
    if npm is None:
        return not_made("THE AUDIT OF THE GRID", "npm is not installed")
    with tempfile.TemporaryDirectory() as folder:
        wanted = {"name": "grid", "version": "1.0.0", "dependencies": {"handsontable": GRID}}
        Path(folder, "package.json").write_text(json.dumps(wanted))
        locked = run(npm, "install", "--package-lock-only", "--no-audit", cwd=Path(folder))
        result = run(npm, "audit", "--json", cwd=Path(folder))
    try:
        answer: dict[str, Any] = json.loads(result.stdout)
        packages = answer["vulnerabilities"]
    except (ValueError, KeyError):
        return not_made("THE AUDIT OF THE GRID", result.stderr or locked.stderr)
    advisories = [via for p in packages.values() for via in p["via"] if isinstance(via, dict)]
    return [
        f"npm audit {via['name']}: {via['title']} ({via['url']})"
        for via in advisories
        if via["url"].rpartition("/")[2] not in ADVISORIES
    ]


def main() -> int:
    found = [*code(), *requirements(), *grid()]
    print("\n".join(found) or "Nothing was found that has no answer.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
