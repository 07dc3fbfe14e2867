"""When something was handed in: read from a file that may be anything."""

import re
from datetime import UTC, datetime
from pathlib import Path

import dateutil.parser
import dateutil.tz

from pooledu.grading.intake.opening import NotAFileError, open_file

NAME = "timestamp.txt"
TIME_BYTES = 200
YEARS = range(2000, 2200)
_TIME = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d|\d{8})[ T](?P<time>\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?|\d{4}(?:\d\d)?)"
    r" ?(?P<zone>[+-]\d\d:?\d\d|[A-Za-z]{1,30}(?:/[A-Za-z_]{1,30}){0,2})?\Z",
    re.ASCII,
)


class NoTimeError(Exception):
    """A file that should say a time and does not; the sentence says why."""


def submitted_time(folder: str) -> datetime | None:
    """Return when a submission was handed in, in UTC; None where nothing says so.

    Parameters
    ----------
    folder : str
        The submission, with `timestamp.txt` in it or not.

    Raises
    ------
    NoTimeError
        What is there is no time.
    """
    try:
        file, size = open_file(Path(folder, NAME))
    except FileNotFoundError:
        return None
    except NotAFileError as error:
        raise NoTimeError(f"{NAME} {error}") from None
    with file:
        if size > TIME_BYTES:
            raise NoTimeError(f"{NAME} has {size} bytes, and a time has few")
        text = file.read(TIME_BYTES).decode("utf-8", "replace").strip()
    return parsed(text) if text else None


def parsed(text: str) -> datetime:
    """Read a time, in UTC; see `submitted_time`.

    Examples
    --------
    >>> parsed("2026-09-30 17:45:00 UTC"), parsed("2026-09-30T17:45:00+02:00")
    (datetime.datetime(2026, 9, 30, 17, 45), datetime.datetime(2026, 9, 30, 15, 45))
    """
    parts = _TIME.match(text)
    if not parts:
        raise NoTimeError(f"{NAME} is no time such as 2026-09-30 17:45:00 UTC")
    zone = parts["zone"] or "UTC"
    if zone.isalpha() or "/" in zone:
        known = dateutil.tz.UTC if zone == "Z" else dateutil.tz.gettz(zone)
        if known is None:
            raise NoTimeError(f"{NAME} has a time zone that is not known; write UTC or +02:00")
    try:
        time = dateutil.parser.isoparse(f"{parts['day']}T{parts['time']}")
        if zone[0] in "+-":
            known = dateutil.parser.isoparse(f"2000-01-01T00:00{zone}").tzinfo
        time = time.replace(tzinfo=known).astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise NoTimeError(f"{NAME} is no time such as 2026-09-30 17:45:00 UTC") from None
    if time.year not in YEARS:
        raise NoTimeError(f"{NAME} is no time of this century")
    return time
