"""The machine: which core works for whom, and what a process has used."""

from __future__ import annotations

import os
import platform
import resource
import shutil
import sys
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
CONGESTION = Path("/proc/sys/net/ipv4/tcp_congestion_control")
CORES = sorted(os.sched_getaffinity(0))
APART = "LIVESHEET_BENCHMARK_APART"


def server_core(processes: int = 1) -> list[str]:
    """The words before a server's command: one core is its own, where there are two."""
    if len(CORES) < 2 or not shutil.which("taskset"):
        return []
    mine = CORES if processes > 1 else CORES[:1]
    return ["taskset", "--cpu-list", ",".join(map(str, mine))]


def leave_the_servers_core() -> None:
    """For this process and what it starts: generator, databases, Redis."""
    if len(CORES) > 1:
        os.sched_setaffinity(0, set(CORES[1:]))


def open_many_files() -> None:
    """As many as may be; what is started from here may as well. A socket takes one."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def go_apart() -> None:
    """Start again in a network of our own where the machine's congestion control paces loopback.

    bbr holds frames back for 40 to 600 ms, which looks like somebody's latency.
    """
    if os.environ.get(APART) or congestion() in ("reno", "cubic"):
        return
    if os.geteuid() != 0 or not (shutil.which("unshare") and shutil.which("ip")):
        print(f"Congestion control is {congestion()}, which paces loopback: latencies are not ours")
        return
    script = 'ip link set lo up && echo reno > /proc/sys/net/ipv4/tcp_congestion_control; exec "$@"'
    words = ["unshare", "--net", "sh", "-c", script, "sh", sys.executable, *sys.argv]
    os.execvpe("unshare", words, {**os.environ, APART: "1"})


def congestion() -> str:
    return CONGESTION.read_text().strip() if CONGESTION.exists() else "unknown"


def processor_seconds(pid: int) -> float:
    """Of a process and its children."""
    return sum(_spent(each) for each in _tree(pid))


def memory(pid: int) -> int:
    """Bytes that a process and its children hold."""
    statm = (Path(f"/proc/{each}/statm").read_text().split() for each in _tree(pid))
    return sum(int(words[1]) for words in statm) * PAGE


def forget_the_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak(pid: int) -> int:
    """The most bytes that a process has held since then."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024


def busy_seconds() -> float:
    """Of all cores, whoever it was for."""
    ticks = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    return (sum(ticks[:3]) + sum(ticks[5:8])) / TICKS


def description() -> str:
    info = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.split(":", 1)[1].strip() for line in info if line.startswith("model name")]
    total = os.sysconf("SC_PHYS_PAGES") * PAGE / 2**30
    return (
        f"{len(CORES)} cores, {names[0] if names else platform.machine()}, {total:.0f} GB; "
        f"Linux {platform.release().split('-')[0]}; Python {platform.python_version()}; "
        f"congestion control {congestion()}"
    )


def _spent(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _tree(pid: int) -> list[int]:
    found = [pid]
    for each in found:
        children = Path(f"/proc/{each}/task/{each}/children")
        found += map(int, children.read_text().split() if children.exists() else ())
    return found
