"""Execute the chapters before they are read, as many at a time as the machine has processors.

Sphinx reads one page after the other, and MyST-NB executes a page when it is read. Done ahead, all
outputs are in the execution cache by then. A chapter that measures time says `alone: true` in its
front matter, and is left for its turn.
"""

import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from jupyter_cache import get_cache
from myst_nb.core.execute import create_client
from myst_nb.core.execute.base import ExecutionError
from myst_nb.core.read import create_nb_reader
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.logging import getLogger

from poolbook.dependencies import digest, marked

ALONE = re.compile(r"^alone: true$", re.MULTILINE)
logger = getLogger(__name__)


def execution(app: Sphinx, page: str) -> Callable[[], None] | None:
    """What fills the cache with a page's outputs; None for a page that is not executed ahead."""
    path = Path(app.env.doc2path(page))
    source = path.read_text("utf8")
    config = app.env.mystnb_config
    reader = create_nb_reader(str(path), app.env.myst_config, config, source)
    if reader is None or ALONE.search(source):
        return None
    notebook = reader.read(marked(source, digest(source, Path(app.srcdir))))

    def execute() -> None:
        with (
            suppress(ExecutionError),  # raised again, with the page's name, when that is read
            create_client(notebook, str(path), config, logger, reader.read_fmt),
        ):
            pass

    return execute


def execute_ahead(app: Sphinx, env: BuildEnvironment, pages: list[str]) -> None:
    """Execute what is about to be read."""
    # Made here: of two threads that find no database, both would make it.
    assert get_cache(env.mystnb_config.execution_cache_path).db
    # Read here: two threads of Python 3.11 that parse at once disturb each other (SystemError).
    executions = [execution(app, page) for page in pages]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done in [pool.submit(execute) for execute in executions if execute]:
            done.result()


def setup(app: Sphinx) -> None:
    """Connect to the moment before pages are read."""
    app.connect("env-before-read-docs", execute_ahead)
