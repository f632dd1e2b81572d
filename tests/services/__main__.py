"""`python -m tests.services postgres redis -- command …` runs a command with servers around it.

The servers stop, by their pid, however the command ends; its exit code is passed on.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import ExitStack
from types import FrameType

from .environment import end, start
from .processes import ServiceError
from .servers import STARTERS


def main(arguments: list[str]) -> int:
    if "--" not in arguments:
        sys.exit(f"usage: python -m tests.services [{'|'.join(STARTERS)}]… -- command …")
    cut = arguments.index("--")
    names, command = arguments[:cut], arguments[cut + 1 :]
    for received in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(received, leave)
    with ExitStack() as running:
        for name in names:
            try:
                service = start(name)
            except ServiceError as error:
                sys.exit(f"tests.services: {error}")
            running.callback(end, service)
            print(f"{name} on {service.url}", flush=True)
        process = subprocess.Popen(command)  # without its own `with`, which would wait for its end
        running.callback(stop, process)
        return process.wait()


def leave(received: int, frame: FrameType | None) -> None:
    """Turn a signal into an exit, so that everything that was started is stopped."""
    raise SystemExit(128 + received)


def stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
