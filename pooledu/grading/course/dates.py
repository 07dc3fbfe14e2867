"""Due dates: what a person writes, as an instant that nbgrader understands.

nbgrader reads `01.10.2026` as the tenth of January and takes `CEST` for UTC. Here a date has one
form, and a zone is the name of a place, whose summer time is known.
"""

import re
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

LAST_SECOND = time(23, 59, 59)
WRITTEN = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})(?:[ T](?P<time>\d{1,2}:\d{2}(?::\d{2})?))?"
    r"(?: ?(?P<zone>Z|[+-]\d{2}:?\d{2}|[A-Za-z][\w/+-]*))?"
)
FORM = "write it as 2026-10-01 22:00"


class DateError(ValueError):
    """What was written is no date or no zone; the sentence says why and what to write."""


def zone(name: str) -> ZoneInfo:
    """Return the time zone of a name such as Europe/Berlin.

    Examples
    --------
    >>> zone("Europe/Berlin").key
    'Europe/Berlin'
    >>> zone("CEST")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    pooledu.grading.course.dates.DateError: 'CEST' is no time zone; name a place, such as ...
    """
    known = _places()
    if not known:
        raise DateError("this machine has no list of time zones; `pip install tzdata` brings one")
    if name not in known or ("/" not in name and name != "UTC"):
        raise DateError(
            f"{name!r} is no time zone; name a place, such as Europe/Berlin or America/New_York "
            "(its summer time is then known), or UTC"
        )
    return ZoneInfo(name)


@cache
def _places() -> frozenset[str]:
    """The names that this machine knows; looking for them takes a while."""
    return frozenset(available_timezones())


def instant(text: str, at: ZoneInfo) -> datetime:
    """Return the instant that a text such as `2026-10-01 22:00` means in a time zone, in UTC.

    A day without a time ends with its last second. A zone of its own may follow: `Z`, `+02:00` or
    a place. Of an hour that is there twice, when clocks are put back, the later one is meant.

    Raises
    ------
    DateError
        If it is no date, or there is no such time on that day.

    Examples
    --------
    >>> berlin = zone("Europe/Berlin")
    >>> print(instant("2026-10-01 22:00", berlin), instant("2026-12-01", berlin), sep=", ")
    2026-10-01 20:00:00+00:00, 2026-12-01 22:59:59+00:00
    >>> instant("01.10.2026", berlin)
    Traceback (most recent call last):
    pooledu.grading.course.dates.DateError: '01.10.2026' is no date; write it as 2026-10-01 22:00
    """
    found = WRITTEN.fullmatch(text.strip())
    if not found:
        raise DateError(f"{text!r} is no date; {FORM}")
    date, hour, own = found["date"], found["time"], found["zone"]
    where: tzinfo | None = at
    if own and own != "Z" and own[0] not in "+-":
        where, own = zone(own), None
    try:
        clock = time.fromisoformat(hour.zfill(8 if hour.count(":") == 2 else 5)) if hour else None
        local = datetime.combine(datetime.fromisoformat(date), clock or LAST_SECOND)
        offset = datetime.fromisoformat(f"{local.isoformat()}{own}").tzinfo if own else where
        there = local.replace(tzinfo=offset, fold=1)
        meant = there.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise DateError(f"{text!r} is no date ({error}); {FORM}") from None
    if meant.astimezone(there.tzinfo).replace(tzinfo=None) != local:
        raise DateError(
            f"there is no {hour or LAST_SECOND} on {date} in {where}: clocks are put forward then; "
            "give another hour"
        )
    return meant


def shown(due: datetime, at: ZoneInfo) -> str:
    """Write an instant in the course's time zone, in a form that `instant` reads.

    Examples
    --------
    >>> shown(instant("2026-10-01 22:00", zone("UTC")), zone("Europe/Berlin"))
    '2026-10-02 00:00:00+02:00'
    """
    return due.astimezone(at).isoformat(" ")


def more_time(due: datetime, days: int, at: ZoneInfo) -> timedelta:
    """Return how long after a due date it is the same time some days later, where the course is.

    Parameters
    ----------
    due
        In UTC, without a zone, as nbgrader keeps it.

    Examples
    --------
    >>> print(more_time(datetime(2026, 10, 24, 21, 59), 1, zone("Europe/Berlin")))
    1 day, 1:00:00
    """
    local = _local(due, at) + timedelta(days=days)
    # Of an hour that is there twice the later one, and of one that is skipped what comes after it.
    ends = [local.replace(tzinfo=at, fold=fold).astimezone(UTC) for fold in (0, 1)]
    return max(ends).replace(tzinfo=None) - due


def seconds_late(deadline: datetime | None, handed_in: datetime | None, at: ZoneInfo) -> float:
    """Return how late something was handed in by the clock of the course: a day has 24 hours.

    So each day after the deadline ends at the deadline's time, also where clocks are changed.

    Examples
    --------
    >>> berlin, due = zone("Europe/Berlin"), datetime(2026, 10, 24, 21, 59)
    >>> seconds_late(due, datetime(2026, 10, 25, 22, 59), berlin) / 3600  # 25 hours later
    24.0
    """
    if deadline is None or handed_in is None or handed_in <= deadline:
        return 0.0
    clock = _local(handed_in, at) - _local(deadline, at)
    return max(1.0, clock.total_seconds())  # within an hour that is there twice


def _local(moment: datetime, at: ZoneInfo) -> datetime:
    """Return what a clock shows at a moment in UTC."""
    return moment.replace(tzinfo=UTC).astimezone(at).replace(tzinfo=None)
