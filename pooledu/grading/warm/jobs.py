"""The loop of the warm process: import, then fork one confined job after another."""

import gc
import importlib
import json
import os
import random
import shutil
import signal
import socket
import sys
from functools import partial

from pooledu.grading.sandbox import namespaces, paths, seccomp, system
from pooledu.grading.sandbox.landlock import Grants
from pooledu.grading.sandbox.layers import Layers, attempt
from pooledu.grading.sandbox.limits import first_to_die, limit, used
from pooledu.grading.warm import client, notebook, samples
from pooledu.grading.warm.closed import closed_packages
from pooledu.grading.warm.imports import close
from pooledu.grading.warm.settings import Limits, Settings
from pooledu.grading.warm.shell import RecordingShell, make_shell
from pooledu.grading.warm.warmup import warm_up
from pooledu.grading.wire.channel import Channel

CLOSED = closed_packages()


def serve(control: socket.socket, scratch: str, settings: Settings, layers: Layers) -> None:
    """Fork a job for each request until the grader closes `control`."""
    factory = Jobs(scratch, settings, layers)
    control.send(json.dumps({"layers": layers}).encode())
    while True:
        try:
            request, descriptors, _, _ = socket.recv_fds(control, 1 << 16, 1)
        except ConnectionResetError:  # the grader was killed
            return
        if not request:
            return
        limits = Limits(**json.loads(request))
        pid = factory.fork(control, Channel(socket.socket(fileno=descriptors[0])), limits)
        handle = os.pidfd_open(pid)
        socket.send_fds(control, [b"{}"], [handle])
        os.close(handle)
        _, status = os.waitpid(pid, 0)
        control.send(json.dumps({"exit": os.waitstatus_to_exitcode(status)}).encode())


class Jobs:
    """All that is made once for the jobs of a warm process."""

    def __init__(self, scratch: str, settings: Settings, layers: Layers) -> None:
        self.checks = client.install()
        # The shell comes first: matplotlib's inline backend looks for it when it is imported.
        self.shell: RecordingShell = make_shell()
        shutil.rmtree(f"{scratch}/.ipython", ignore_errors=True)  # the shell's, for nobody
        # What is not to be there is not loaded by what is, either.
        samples.install(settings.without)
        close((), settings.without)
        for name in settings.modules:
            importlib.import_module(name)
        warm_up(self.shell)
        self.layers, self.scratch = layers, scratch
        self.grants: Grants | None = None
        self.cuda = settings.cuda
        allowed = paths.of_this_python((*CLOSED, *settings.without), settings.cuda)
        self.memory = used(settings.cuda)
        first_to_die()
        self.processes = namespaces.ProcessNamespaces()
        view = (*allowed.readable, *allowed.devices)
        self.room = room = namespaces.room_for(scratch, view)
        if not attempt(layers, "file view", partial(namespaces.restrict_view, view, scratch, room)):
            self.room = scratch
        attempt(layers, "landlock", partial(self._open_grants, allowed))
        close(CLOSED, ())
        os.environ.update(HOME=scratch, MPLCONFIGDIR=scratch, TMPDIR=scratch)
        gc.collect()
        gc.freeze()

    def _open_grants(self, allowed: paths.Paths) -> None:
        """Open what Landlock will allow."""
        self.grants = Grants(allowed.readable, allowed.listable, allowed.devices)

    def fork(self, control: socket.socket, channel: Channel, limits: Limits) -> int:
        """Fork one confined job that runs the cells coming over `channel`; return its id."""
        if not self.layers["file view"]:
            namespaces.fresh_scratch(self.room, self.scratch, limits.file_size)
        if not self.layers["process namespace"]:
            self.processes.next_child_alone()
        pid = os.fork()
        if pid:
            channel.close()
            return pid
        status = 1
        try:
            control.close()
            self.processes.close()
            self._job(channel, limits)
            status = 0
        finally:
            os._exit(status)

    def _job(self, channel: Channel, limits: Limits) -> None:
        """Be a job: confine this process, then run cells."""
        if system.ON_LINUX:
            system.prctl(system.PR_SET_PDEATHSIG, signal.SIGKILL)
        os.chdir(self.scratch)
        sys.path.append(self.scratch)  # last: a file of a submission shadows no installed module
        if "numpy" in sys.modules:
            sys.modules["numpy"].random.seed()
        random.seed()
        client.connect(self.checks, channel)
        run = notebook.prepare(self.shell, channel, limits.output)
        layers = self._confine(limits)
        missing = why_no_cuda() if self.cuda else ""
        channel.send({"op": "ready", "layers": layers, "cuda": missing})
        run()

    def _confine(self, limits: Limits) -> Layers:
        """Enter the layers that each job enters for itself."""
        layers = dict(self.layers)
        threads = None if layers["user namespace"] else limits.threads
        if self.grants is not None:
            attempt(layers, "landlock", partial(self.grants.restrict, self.room))
            self.grants.close()
        memory = self.memory + limits.memory
        limit(memory, limits.file_size, limits.seconds, threads, self.cuda)
        attempt(layers, "capabilities", system.drop_capabilities)
        attempt(layers, "seccomp", partial(seccomp.restrict, alone=not layers["file view"]))
        return layers


def why_no_cuda() -> str:
    """Start CUDA in this job, never before the fork; return why that fails, or ""."""
    import torch

    try:
        torch.zeros(1, device="cuda")
    except (AssertionError, RuntimeError) as error:  # a build without CUDA raises the former
        return str(error).splitlines()[0]
    return ""
