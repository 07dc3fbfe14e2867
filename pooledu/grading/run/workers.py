"""Where submissions are executed: in processes of this machine, or on a cluster."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

from pooledu.grading.sandbox import system

CONNECT_SECONDS = 60


class ClusterMissingError(Exception):
    """There is no Dask cluster to grade on; the sentence says why."""


@contextmanager
def executor(jobs: int, scheduler: str | None = None) -> Iterator[Executor | None]:
    """Provide an executor, or None where one job at a time needs none.

    Parameters
    ----------
    jobs : int
        Processes of this machine.
    scheduler : str, optional
        Address of a Dask scheduler, whose workers take the place of these processes.

    Raises
    ------
    ClusterMissingError
        No scheduler answers there, or Dask is not installed here.
    """
    if scheduler is not None:
        with _cluster(scheduler) as executor:
            yield executor
    elif jobs > 1:
        with _processes(jobs) as pool:
            yield pool
    else:
        yield None


@contextmanager
def _cluster(scheduler: str) -> Iterator[Executor]:
    """Provide the workers of a Dask cluster."""
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise ClusterMissingError(
            "--scheduler needs Dask; install this package with its extra `cluster`"
        ) from None
    try:
        client = Client(scheduler, timeout=CONNECT_SECONDS)
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
    except (OSError, ValueError) as error:
        raise ClusterMissingError(
            f"no Dask scheduler with workers answers at {scheduler!r} ({error}); start them with "
            "`dask scheduler` and `dask worker`, and give an address such as tcp://10.0.0.5:8786"
        ) from None
    with client:
        yield client.get_executor()


@contextmanager
def _processes(jobs: int) -> Iterator[Executor]:
    """Provide processes, which end when the block is left in whichever way."""
    # Forked before any thread is started, so that workers need not import everything again.
    fork = get_context("fork")
    pool = ProcessPoolExecutor(jobs, fork, initializer=_begin, initargs=(os.getpid(),))
    try:
        yield pool
    finally:
        for process in list((pool._processes or {}).values()):
            process.terminate()  # a notebook may have minutes to go
        pool.shutdown(cancel_futures=True)


def _begin(parent: int) -> None:
    """Let a worker end with the process that started it, and leave Ctrl-C to that."""
    # Not SIG_IGN: that would be inherited by the notebooks, whose cells are interrupted so.
    signal.signal(signal.SIGINT, lambda *_: None)
    if system.ON_LINUX:
        system.prctl(system.PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
