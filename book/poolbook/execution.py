"""Execute the chapters before they are read, as many at a time as the machine has processors.

Sphinx reads one page after the other, and MyST-NB executes a page when it is read. Done ahead, all
outputs are in the execution cache by then. A chapter that measures time says `alone: true` in its
front matter, and is left for its turn.
"""

import atexit
import json
import logging
import os
import re
import shutil
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.base import JupyterCacheAbstract
from jupyter_cache.cache.db import NbCacheRecord
from jupyter_cache.executors.utils import ExecutionResult
from myst_nb.core.execute import cache, create_client
from myst_nb.core.execute.base import ExecutionError
from myst_nb.core.read import create_nb_reader
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.logging import getLogger

from poolbook import recorded
from poolbook.dependencies import digest, marked

ALONE = re.compile(r"^alone: true$", re.MULTILINE)
PATIENCE = 4  # seconds in which an interrupted build ends
logger = getLogger(__name__)
running: set[NotebookClient] = set()


def run(notebook: NotebookNode, cwd: str, timeout: int, allow_errors: bool) -> None:
    """Run the cells in a kernel that `stop` knows of."""
    client = NotebookClient(
        notebook,
        timeout=timeout,
        record_timing=False,  # the cache would know the notebook no more
        # What a kernel says of itself, of its sockets and its end, is no news of the chapter.
        extra_arguments=["--log-level=CRITICAL"],
        allow_errors=allow_errors,
        resources={"metadata": {"path": cwd}},
    )
    running.add(client)
    try:
        client.execute()
    finally:
        running.discard(client)
        # nbclient keeps this where a kernel dies before its first cell, and then stumbles over it.
        atexit.unregister(client._cleanup_kernel)


def execute(
    nb: NotebookNode, cwd: str, timeout: int, allow_errors: bool, meta_override: bool = True
) -> ExecutionResult:
    """Execute a notebook as jupyter-cache would; what is not installed is taken from its record."""
    began = time.monotonic()
    error = text = None
    try:
        if recorded.missing(nb):
            recorded.replay(nb, Path(cwd), lambda rest: run(rest, cwd, timeout, allow_errors))
        else:
            run(nb, cwd, timeout, allow_errors)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as failure:
        error, text = failure, traceback.format_exc()
    return ExecutionResult(nb, cwd, time.monotonic() - began, error, text)


def stop(executions: list) -> None:
    """End the kernels at once. Chapters that are done stay in the cache."""
    # The threads that waited for these kernels have tasks left; asyncio would log each of them.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and wait(executions, timeout=0.1).not_done:
        for client in list(running):
            provisioner = getattr(client.km, "provisioner", None)
            if process := getattr(provisioner, "process", None):
                process.kill()


def execution(app: Sphinx, page: str) -> tuple[NotebookNode, Callable[[], None]] | None:
    """A page's notebook, and what fills the cache with its outputs; None if not executed ahead."""
    path = Path(app.env.doc2path(page))
    source = path.read_text("utf8")
    config = app.env.mystnb_config
    reader = create_nb_reader(str(path), app.env.myst_config, config, source)
    if reader is None or ALONE.search(source):
        return None
    notebook = reader.read(marked(source, digest(source, Path(app.srcdir))))

    def fill() -> None:
        with (
            suppress(ExecutionError),  # raised again, with the page's name, when that is read
            create_client(notebook, str(path), config, logger, reader.read_fmt),
        ):
            pass

    return notebook, fill


def tidy(cache: JupyterCacheAbstract) -> None:
    """Take out of a cache what a build left half done that was ended while it wrote.

    A notebook is a record in a database and then a folder with a file, and jupyter-cache stumbles
    over one without the other.
    """
    whole = set()
    for record in cache.list_cache_records():
        try:
            json.loads(Path(cache.path, "executed", record.hashkey, "base.ipynb").read_text("utf8"))
            whole.add(record.hashkey)
        except (OSError, ValueError):
            NbCacheRecord.remove_record(record.pk, cache.db)
    for folder in Path(cache.path, "executed").glob("*"):
        if folder.name not in whole:
            shutil.rmtree(folder)


def execute_ahead(app: Sphinx, env: BuildEnvironment, pages: list[str]) -> None:
    """Execute what is about to be read."""
    # Made here: of two threads that find no database, both would make it.
    held = get_cache(env.mystnb_config.execution_cache_path)
    assert held.db
    tidy(held)
    # Read here: two threads of Python 3.11 that parse at once disturb each other (SystemError).
    found = [execution(app, page) for page in pages]
    # Of pages with the same code one is executed: the cache has one place for them.
    fillings = {held.create_hashed_notebook(page[0])[1]: page[1] for page in found if page}
    pool = ThreadPoolExecutor(os.cpu_count())
    executions = [pool.submit(fill) for fill in fillings.values()]
    try:
        for done in executions:
            done.result()
    except KeyboardInterrupt:
        pool.shutdown(wait=False, cancel_futures=True)
        stop(executions)
        raise
    pool.shutdown()


def setup(app: Sphinx) -> None:
    """Connect to the moment before pages are read."""
    # MyST-NB has no setting for how a notebook is executed.
    cache.single_nb_execution = execute
    app.connect("env-before-read-docs", execute_ahead)
