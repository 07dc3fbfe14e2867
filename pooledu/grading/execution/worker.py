"""The grader's handles on the warm process and on its jobs."""

import atexit
import contextlib
import dataclasses
import json
import os
import secrets
import select
import signal
import socket
import subprocess
import sys
import tempfile
from typing import Any

import matplotlib

from pooledu.grading.sandbox import Layers
from pooledu.grading.sandbox.system import remove
from pooledu.grading.warm.settings import Limits, Settings
from pooledu.grading.wire.channel import ANSWERS_LIMIT, Channel

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
START_SECONDS = 120.0


class WarmProcessError(Exception):
    """The warm process did not start, or ended by itself."""


class WarmProcess:
    """A process with the libraries loaded, from which one job at a time is forked.

    Parameters
    ----------
    settings : Settings
        What its jobs share.

    Attributes
    ----------
    layers : Layers
        The layers of confinement that hold for the warm process itself.
    scratch : str
        The directory that its jobs may write; one of their own where they have a view of the files.
    """

    def __init__(self, settings: Settings) -> None:
        # The warm process makes and removes it, so that it goes when this process is killed.
        self.scratch = f"{tempfile.gettempdir()}/pooledu-{secrets.token_hex(8)}"
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        arguments = [str(theirs.fileno()), self.scratch, json.dumps(dataclasses.asdict(settings))]
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-m", "pooledu.grading.warm", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                env=_environment(self.scratch),
                cwd="/",
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C is for the grader
            )
        self.job: Job | None = None
        self.layers: Layers = self._reply(START_SECONDS)["layers"]

    def start_job(self, limits: Limits) -> "tuple[Job, dict[str, Any]]":
        """Fork a job, ending the last one; return it and what it says of itself.

        That is its `layers` of confinement, and why it has no `cuda` device, or "".
        """
        if self.job is not None:
            self.job.end()
            self._empty_scratch()
        ours, theirs = socket.socketpair()
        with theirs:
            request = json.dumps(dataclasses.asdict(limits)).encode()
            socket.send_fds(self._control, [request], [theirs.fileno()])
        self._control.settimeout(START_SECONDS)
        reply, descriptors, _, _ = socket.recv_fds(self._control, 1 << 16, 1)
        if not reply:
            raise WarmProcessError("the warm process ended while it forked a job")
        self.job = Job(self, Channel(ours, ANSWERS_LIMIT), descriptors[0])
        ready, _ = self.job.channel.receive(START_SECONDS)
        return self.job, ready

    def exit_code(self) -> int:
        """Wait for the job's end and return its exit code, negative for a signal."""
        return self._reply(None)["exit"]

    def close(self) -> None:
        """End the warm process and all that it started."""
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._control.close()
        remove(self.scratch)

    def _reply(self, seconds: float | None) -> dict:
        """Return the next message of the warm process."""
        self._control.settimeout(seconds)
        try:
            reply = self._control.recv(1 << 16)
        except ConnectionResetError:
            reply = b""
        if not reply:
            raise WarmProcessError("the warm process has ended; its messages stand above")
        return json.loads(reply)

    def _empty_scratch(self) -> None:
        """Remove what the last job left, where its files did not vanish with it."""
        if self.layers.get("file view", "absent"):
            remove(self.scratch)
            os.makedirs(self.scratch, mode=0o700, exist_ok=True)


class Job:
    """A process forked for one notebook.

    Parameters
    ----------
    warm : WarmProcess
        Its parent.
    channel : Channel
        The conversation with it.
    handle : int
        A file descriptor that stands for the process (pidfd).
    """

    def __init__(self, warm: WarmProcess, channel: Channel, handle: int) -> None:
        self._warm = warm
        self.scratch = warm.scratch
        self.channel = channel
        self._handle = handle
        self._exit_code: int | None = None

    def interrupt(self) -> None:
        """Interrupt the running cell, as the stop button does."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, signal.SIGINT)

    def end(self, patience: float = 0.0) -> int:
        """End the process, at once or after some patience, and return its exit code."""
        if self._exit_code is None:
            self.channel.close()
            if not select.select([self._handle], [], [], patience)[0]:
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(self._handle, signal.SIGKILL)
            self._exit_code = self._warm.exit_code()
            os.close(self._handle)
        return self._exit_code

    def threads(self) -> int:
        """Return how many threads the process has."""
        with open(f"/proc/self/fdinfo/{self._handle}") as file:
            fields = dict(line.rstrip().split(":\t", 1) for line in file if ":\t" in line)
        try:
            with open(f"/proc/{fields['Pid']}/stat") as file:
                return int(file.read().rpartition(")")[2].split()[17])
        except OSError:
            return 0


def _environment(home: str) -> dict[str, str]:
    """Return the environment of a submission: nothing of the grader's own."""
    return {
        **ONE_THREAD,
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": matplotlib.get_configdir(),
        "HOME": home,
        "USER": "student",
        "NBGRADER_EXECUTION": "autograde",  # as nbgrader tells its kernels
    }


_warm: dict[Settings, WarmProcess] = {}


def warm_process(settings: Settings) -> WarmProcess:
    """Return the warm process with these settings, started if need be."""
    if settings not in _warm:
        _warm[settings] = WarmProcess(settings)
    return _warm[settings]


def close_all() -> None:
    """End all warm processes of this process."""
    while _warm:
        _warm.popitem()[1].close()


def forget(settings: Settings) -> None:
    """End a warm process that is of no more use."""
    if settings in _warm:
        _warm.pop(settings).close()


atexit.register(close_all)
os.register_at_fork(after_in_child=_warm.clear)
