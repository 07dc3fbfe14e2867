"""Start the warm process: ``python -m pooledu.grading.warm CONTROL SCRATCH SETTINGS``.

CONTROL is the number of a socket on which jobs come in. The process ends when its standard input
does, and everything that it started ends with it.
"""

import json
import os
import select
import signal
import socket
import sys
from typing import Any

from pooledu.grading.sandbox import left_out, namespaces, system
from pooledu.grading.warm.jobs import serve
from pooledu.grading.warm.settings import Settings


def main(control_number: int, scratch: str, settings: Settings) -> None:
    """Enter the namespaces, start the warm process inside them, and end it with the grader."""
    os.mkdir(scratch, mode=0o700)
    layers = left_out(settings.left_out)
    namespaces.enter(layers)
    warm = os.fork()
    if warm == 0:
        if system.ON_LINUX:
            system.prctl(system.PR_SET_PDEATHSIG, signal.SIGKILL)
        serve(socket.socket(fileno=control_number), scratch, settings, layers)
        os._exit(0)
    os.close(control_number)
    ended = os.pidfd_open(warm)
    select.select([sys.stdin, ended], [], [])
    os.kill(warm, signal.SIGKILL)
    os.waitpid(warm, 0)
    system.remove(scratch)


if __name__ == "__main__":
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in json.loads(sys.argv[3]).items()
    }
    main(int(sys.argv[1]), sys.argv[2], Settings(**fields))
