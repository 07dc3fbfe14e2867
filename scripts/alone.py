"""Run a command that writes into this folder, and no second one beside it.

    python scripts/alone.py COMMAND ...

Two `make` at once would delete what the other has just made. The second says so and waits; Ctrl-C
ends the waiting. What the command starts holds the lock too, until the last of it has ended.
"""

import fcntl
import os
import sys
from pathlib import Path

LOCK = Path(__file__).resolve().parents[1] / ".lock"
HELD = "POOLEDU_HOLDS_LOCK"


def main() -> None:
    """Take the lock, waiting for it if need be, and become the command."""
    if os.environ.get(HELD) != str(LOCK):
        lock = os.open(LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = os.pread(lock, 200, 0).decode(errors="replace") or "another command"
            print(f"{other} is at work in this folder: waiting for it to end ...", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        os.set_inheritable(lock, True)
        os.ftruncate(lock, 0)
        target = os.environ.get("MAKE_TARGET", Path(sys.argv[1]).name)
        os.pwrite(lock, f"`make {target}` (process {os.getppid()})".encode(), 0)
        os.environ[HELD] = str(LOCK)
    try:
        os.execvp(sys.argv[1], sys.argv[1:])
    except FileNotFoundError:
        sys.exit(f"{sys.argv[1]} is not there.")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
