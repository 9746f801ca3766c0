"""A date as it stands in a file, to an instant in UTC. Which format the file uses is not decided
here (`dates`).
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jobs.order_file.errors import OrderFileError

# A year outside is a slip of the pen, and would make the calendar of gold as long as the slip.
FIRST_YEAR, LAST_YEAR = 1900, 2199
REMEMBERED = 1 << 16


# Directives side by side, as in %Y%m%d: only full width tells where one ends.
SIDE_BY_SIDE = re.compile(r"%[dmyYHIMS]%[dmyYHIMS]")
ZONE = re.compile(r"(?:Z|[+-]\d{2}:?\d{2})$")


@lru_cache(maxsize=REMEMBERED)
def read_naive(value: str, form: str) -> datetime:
    """The date as written; raises ValueError. Stricter than strptime, which also takes digits of
    other scripts, any blanks for one, and 190011 as %Y%m%d, and zones
    with seconds.
    """
    date = datetime.strptime(value, form)
    if not value.isascii() or value.split(" ").count("") or value.count(" ") != form.count(" "):
        raise ValueError(f"{value!r} is not written as {form}")
    if SIDE_BY_SIDE.search(form) and date.strftime(form) != value:
        raise ValueError(f"{value!r} is not written as {form}")
    if date.tzinfo and not ZONE.search(value):
        raise ValueError(f"{value!r} ends with no zone such as Z or +01:00")
    if not FIRST_YEAR <= date.year <= LAST_YEAR:
        raise ValueError(f"{value!r} is not between {FIRST_YEAR} and {LAST_YEAR}")
    return date


def zone(name: str) -> ZoneInfo:
    """Raises OrderFileError for a zone that does not exist."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise OrderFileError(
            f"TIME_ZONE={name} is no time zone: give a name such as UTC or Europe/London"
        ) from error


def instant_reader(form: str, time_zone: str) -> Callable[[str], datetime]:
    """Reads one value as an instant in UTC; the reader raises ValueError. A value without a zone
    is local time in `time_zone`.
    """
    local = zone(time_zone)

    @lru_cache(maxsize=REMEMBERED)
    def read(value: str) -> datetime:
        date = read_naive(value, form)
        return (date if date.tzinfo else date.replace(tzinfo=local)).astimezone(UTC)

    return read
