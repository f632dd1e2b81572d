"""An environment for each set of packages, made once and kept in `benchmarks/.cache`."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BENCHMARKS = ROOT / "benchmarks"
CACHE = BENCHMARKS / ".cache"


def environment(requirements: tuple[str, ...]) -> Path:
    """The Python of an environment with these packages."""
    words = "\n".join((sys.version, *sorted(requirements)))
    folder = CACHE / hashlib.sha256(words.encode()).hexdigest()[:12]
    python, complete = folder / "bin" / "python", folder / "complete"
    if not complete.exists():
        print(f"installing {', '.join(requirements)} …", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *requirements], check=True)
        complete.touch()
    return python


def own_requirements() -> tuple[str, ...]:
    """What our package wants, with the servers; the package itself comes from a folder."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    extras = project["optional-dependencies"]
    return (*project["dependencies"], *extras["daphne"], *extras["redis"], *extras["uvicorn"])


def versions(python: Path) -> dict[str, str]:
    """The packages that an environment holds, by their lower-case names."""
    code = (
        "import importlib.metadata as m;"
        "print(*{f'{d.name.lower()}=={d.version}' for d in m.distributions()}, sep='\\n')"
    )
    done = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)
    return dict(line.split("==", 1) for line in done.stdout.split())


def generator() -> Path:
    """The load generator, built anew when its source has changed."""
    sources = sorted((BENCHMARKS / "load").glob("*.[ch]"))
    text = b"".join(path.read_bytes() for path in sources)
    program = CACHE / f"load-{hashlib.sha256(text).hexdigest()[:12]}"
    if not program.exists():
        CACHE.mkdir(exist_ok=True)
        compiler = os.environ.get("CC", "cc")
        made = program.with_suffix(f".{os.getpid()}")
        names = [path for path in sources if path.suffix == ".c"]
        subprocess.run([compiler, "-O2", "-o", made, *names], check=True)
        made.replace(program)
    return program
