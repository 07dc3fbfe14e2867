"""Where submissions are executed: in processes of this machine, or on a cluster."""

import gc
import logging
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from ipaddress import ip_address
from multiprocessing import get_context
from urllib.parse import urlsplit

from pooledu.grading.sandbox import system

CONNECT_SECONDS = 60
CERTIFICATES = [
    f"DASK_DISTRIBUTED__COMM__TLS__{part}" for part in ("CA_FILE", "CLIENT__CERT", "CLIENT__KEY")
]


class ClusterMissingError(Exception):
    """There is no Dask cluster to grade on; the sentence says why."""


@contextmanager
def executor(
    jobs: int, scheduler: str | None = None, trusting: bool = False
) -> Iterator[Executor | None]:
    """Provide an executor, or None where one job at a time needs none.

    Parameters
    ----------
    jobs : int
        Processes of this machine.
    scheduler : str, optional
        Address of a Dask scheduler, whose workers take the place of these processes.
    trusting : bool
        Whether the network is trusted: without TLS, whoever is in it can run code.

    Raises
    ------
    ClusterMissingError
        No scheduler answers there, Dask is not installed here, or it is another machine's without
        TLS.
    """
    if scheduler is not None:
        if not (trusting or is_private(scheduler)):
            raise ClusterMissingError(
                f"{scheduler!r} is another machine's without TLS: whoever is in the network could "
                "run code and read what was handed in. Give a tls:// address, or "
                "--trust-network if nobody else is in it"
            )
        with _cluster(scheduler) as executor:
            yield executor
    elif jobs > 1:
        with _processes(jobs) as pool:
            yield pool
    else:
        yield None


def is_private(scheduler: str) -> bool:
    """Say whether nobody else can take part: by TLS, or because it is this very machine.

    Examples
    --------
    >>> addresses = ("tls://10.0.0.5:8786", "tcp://127.0.0.1:1", "localhost:1", "10.0.0.5:8786")
    >>> [is_private(each) for each in addresses]
    [True, True, True, False]
    """
    parts = urlsplit(scheduler if "://" in scheduler else f"tcp://{scheduler}")
    if parts.scheme in ("tls", "wss", "inproc"):
        return True
    try:
        return ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return parts.hostname == "localhost"


def _way_out(scheduler: str) -> str:
    """Say what to look at where no scheduler answers."""
    start = "start it and its workers with `dask scheduler` and `dask worker`"
    if scheduler.startswith("tls://"):
        return f"{start}, and name its certificate to Dask: {', '.join(CERTIFICATES)}"
    return f"{start}; its address is such as tcp://127.0.0.1:8786, or with TLS tls://host:8786"


@contextmanager
def _cluster(scheduler: str) -> Iterator[Executor]:
    """Provide the workers of a Dask cluster."""
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise ClusterMissingError(
            "--scheduler needs Dask; install this package with its extra `cluster`"
        ) from None
    # It logs a traceback where a scheduler goes; whoever waits for an outcome says so.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    try:
        client = Client(scheduler, timeout=CONNECT_SECONDS)
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
    except (OSError, ValueError, TypeError) as error:  # TypeError: TLS without a certificate
        what = f"no Dask scheduler with workers answers at {scheduler!r} ({error})"
        raise ClusterMissingError(f"{what}; {_way_out(scheduler)}") from None
    with client:
        yield client.get_executor()


@contextmanager
def _processes(jobs: int) -> Iterator[Executor]:
    """Provide processes, which end when the block is left in whichever way."""
    # Forked before any thread is started, so that workers need not import everything again. What is
    # loaded by now stays: no collection of garbage looks through it again, or copies its pages.
    gc.freeze()
    fork = get_context("fork")
    pool = ProcessPoolExecutor(jobs, fork, initializer=_begin, initargs=(os.getpid(),))
    try:
        yield pool
    finally:
        for process in list((pool._processes or {}).values()):
            process.terminate()  # a notebook may have minutes to go
        if sys.version_info < (3, 11, 5):
            # A thread of the pool would write for ever to processes that were killed (CPython issue
            # 94777); nobody reads any more, and now it is told so. Later ones do so by themselves,
            # at the same time, and what two close at once is an error.
            pool._call_queue._reader.close()  # type: ignore[attr-defined]
        pool.shutdown(cancel_futures=True)


def _begin(parent: int) -> None:
    """Let a worker end with the process that started it, and leave Ctrl-C to that."""
    # Not SIG_IGN: that would be inherited by the notebooks, whose cells are interrupted so.
    signal.signal(signal.SIGINT, lambda *_: None)
    if system.ON_LINUX:
        system.prctl(system.PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
