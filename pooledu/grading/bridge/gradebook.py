"""One transaction for each submission: the gradebook has all marks of it, or none.

nbgrader opens its gradebook a dozen times for a submission, looks each time whether all tables
are there, and commits after each mark. Inside :func:`shared` all these are one connection, which
commits once (:meth:`Shared.transaction`).
"""

import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from traceback import walk_tb
from typing import Any

from nbgrader.api import Gradebook
from sqlalchemy import Connection, Transaction, create_engine, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError
from sqlalchemy.orm import scoped_session, sessionmaker
from sqlalchemy.pool import NullPool
from tornado.log import app_log

from pooledu.grading.course.settings import CourseError

LOCK_SECONDS = 60.0
GRADERS = 0x706F6F6C  # the number by which those who write know each other in PostgreSQL
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
INDEXES = {"grade": "notebook_id", "comment": "notebook_id", "submitted_notebook": "assignment_id"}
"""Table -> what nbgrader looks its rows up by; without an index, it reads the whole class."""


class StoppedError(BaseException):
    """Grading cannot go on; the sentence says why.

    It is no Exception, after which nbgrader would go on with the next submission.
    """


class Shared:
    """What all gradebooks of one address share.

    Parameters
    ----------
    url : str
        nbgrader's address of the gradebook.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        # No connection stays open between transactions: worker processes are forked meanwhile.
        options: dict[str, Any] = {"poolclass": NullPool}
        self._is_sqlite = url.startswith("sqlite")
        if self._is_sqlite:
            options["connect_args"] = {"timeout": LOCK_SECONDS}
        with stopping():
            self._engine = create_engine(url, **options)
        self._connection: Connection | None = None

    def open(self, gradebook: Gradebook, course_id: str) -> None:
        """Connect a gradebook, in place of its own `__init__`."""
        gradebook.engine, gradebook.course_id = self._engine, course_id
        gradebook.authenticator = None
        # Where a transaction is open, a session's commit is a part of it and ends nothing.
        sessions = sessionmaker(
            bind=self._connection or self._engine, join_transaction_mode="rollback_only"
        )
        gradebook.db = scoped_session(sessions)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Write all that nbgrader commits inside when this is committed; else nothing of it."""
        with stopping(), self._engine.connect() as connection, connection.begin() as transaction:
            self._be_alone(connection)
            self._connection = connection
            try:
                yield transaction
                transaction.rollback()
            finally:
                self._connection = None

    def _be_alone(self, connection: Connection) -> None:
        """Wait here for other graders, not in the middle of a submission."""
        if self._is_sqlite:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        elif self._engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_SECONDS:g}s'")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({GRADERS})")


@contextmanager
def shared(url: str, course_id: str) -> Iterator[Shared]:
    """Let every `Gradebook` of this address that is made inside share its connection.

    Parameters
    ----------
    url, course_id : str
        As nbgrader's configuration has them.
    """
    one = Shared(url)
    with one.transaction():
        pass  # if another program has locked it, this waits longer than nbgrader does
    with stopping():
        for course in (course_id, "default_course"):  # the name where nbgrader gives none
            with Gradebook(url, course) as gradebook:
                _make_indexes(gradebook)
    level = app_log.level
    app_log.setLevel(logging.CRITICAL)  # nbgrader logs a traceback where `stopping` says why
    try:
        with _connecting(one):
            yield one
    finally:
        app_log.setLevel(level)


@contextmanager
def opened_once(url: str) -> Iterator[None]:
    """Let every `Gradebook` of this address that is made inside share what it costs to open it.

    For what only reads: of a query that is asked again, SQLAlchemy keeps the text.
    """
    with _connecting(Shared(url)):
        yield


@contextmanager
def _connecting(one: Shared) -> Iterator[None]:
    """Connect each `Gradebook` to what is shared, in place of its own `__init__`."""
    of_its_own = Gradebook.__init__

    def connect(
        self: Gradebook, db_url: str, course_id: str = "default_course", authenticator: Any = None
    ) -> None:
        if db_url == one.url:
            one.open(self, course_id)
        else:
            of_its_own(self, db_url, course_id, authenticator)

    Gradebook.__init__ = connect
    try:
        yield
    finally:
        Gradebook.__init__ = of_its_own


def _make_indexes(gradebook: Gradebook) -> None:
    """Let what is looked up for a submission cost the same in a class of any size."""
    for table, column in INDEXES.items():
        gradebook.db.execute(
            text(f"CREATE INDEX IF NOT EXISTS pooledu_{table}_{column} ON {table} ({column})")
        )
    gradebook.db.commit()


def open_or_say(
    gradebook: Gradebook, db_url: str, course_id: str = "default_course", authenticator: Any = None
) -> None:
    """Open a gradebook, in place of nbgrader's own `__init__`: what prevents it is a sentence.

    Raises
    ------
    CourseError
        If it cannot be opened.
    """
    try:
        with stopping():
            _open(gradebook, db_url, course_id, authenticator)
    except StoppedError as reason:
        raise CourseError(str(reason)) from None


_open = Gradebook.__init__


@contextmanager
def stopping() -> Iterator[None]:
    """Turn what would fail for every submission into a StoppedError."""
    try:
        yield
    except Exception as error:
        if reason := next(filter(None, map(_reason, _chain(error))), ""):
            raise StoppedError(reason) from error
        raise


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and those it came from: nbgrader hides some of them in its own."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _misses_driver(error: BaseException) -> bool:
    """Say whether SQLAlchemy looked for a database's driver and did not find it."""
    callers = (frame.f_code.co_name for frame, _ in walk_tb(error.__traceback__))
    return isinstance(error, ModuleNotFoundError) and "import_dbapi" in callers


def _reason(error: BaseException) -> str:
    """Say why nothing can be written and what to do, or return "" for any other error."""
    if isinstance(error, OSError) and error.errno in FULL:
        return f"{error.strerror}: {error.filename or 'the course'} cannot be written"
    if isinstance(error, NoSuchModuleError) or _misses_driver(error):
        return (
            f"the gradebook's address asks for a driver that is not here ({error}). For "
            "PostgreSQL install pooledu[grading,postgresql], and let the address begin with "
            "postgresql+psycopg://"
        )
    if isinstance(error, ArgumentError) and "URL" in str(error):
        return f"c.CourseDirectory.db_url is no address of a gradebook: {error}"
    if not isinstance(error, OperationalError):
        return ""
    if "locked" in str(error.orig) or "lock timeout" in str(error.orig):
        return (
            f"another program has locked the gradebook for more than {LOCK_SECONDS:g} s; "
            "end it (formgrader, `sqlite3`, another `pooledu grade`) and run this again"
        )
    return f"the gradebook cannot be used: {error.orig}"
