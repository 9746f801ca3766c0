"""How often a schedule runs in a month: `rate(…)` and `cron(…)` as EventBridge and Glue write
them.

It counts runs, it does not say when; days of the month follow the average month of the price book.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

DAYS_A_WEEK = 7
MONTHS_A_YEAR = 12
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_MINUTES, _HOURS = range(60), range(24)
_CRON_FIELDS = 6
_DAYS = {day: n for n, day in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)}


def runs_per_month(expression: str, days: Decimal) -> Decimal:
    """Runs in a month of so many days; raises ValueError for an expression it cannot read."""
    if found := re.fullmatch(r"rate\((\d+) (second|minute|hour|day)s?\)", expression):
        period = int(found[1]) * _SECONDS[found[2]]
        return days * 86400 / period
    if found := re.fullmatch(r"cron\((.+)\)", expression):
        fields = found[1].split()
        if len(fields) == _CRON_FIELDS:
            minute, hour, day, month, weekday, _year = fields
            times = _count(minute, _MINUTES) * _count(hour, _HOURS)
            months = Decimal(_count(month, range(1, MONTHS_A_YEAR + 1))) / MONTHS_A_YEAR
            return times * _days(day, weekday, days) * months
    if expression.startswith("at("):
        return Decimal(1)  # once, and counted in full for the month in which it is
    raise ValueError(f"cannot tell how often {expression!r} runs")


def share_awake(sleep: Iterable[str], wake: Iterable[str]) -> Decimal:
    """Share of a week between each `wake` and the next `sleep`: cron of five fields, days 0 to 7.

    Raises ValueError for one that names days of the month or months: no week is like the next.
    """
    ends, begins = (
        {moment for cron in crons for moment in _moments(cron)} for crons in (sleep, wake)
    )
    if not ends or not begins:
        raise ValueError("a night needs both a time to sleep and a time to wake")
    week = DAYS_A_WEEK * 24 * 60
    changes = sorted({(moment, True) for moment in begins} | {(moment, False) for moment in ends})
    awake = 0
    for (moment, is_up), (following, _) in zip(
        changes, [*changes[1:], (changes[0][0] + week, False)], strict=True
    ):
        awake += following - moment if is_up else 0
    return Decimal(awake) / week


def _moments(cron: str) -> Iterable[int]:
    """Minutes of the week, from Sunday 00:00."""
    fields = cron.split()
    if len(fields) != _CRON_FIELDS - 1 or fields[2] != "*" or fields[3] != "*":
        raise ValueError(f"cannot tell what {cron!r} does to a week")
    minute, hour, _, _, weekday = fields
    for name, number in _DAYS.items():
        weekday = weekday.upper().replace(name, str(number - 1))
    for day in {value % DAYS_A_WEEK for value in _all(weekday, range(DAYS_A_WEEK))}:
        for at in _all(hour, _HOURS):
            for minute_at in _all(minute, _MINUTES):
                yield (day * 24 + at) * 60 + minute_at


def _days(day: str, weekday: str, days: Decimal) -> Decimal:
    if any(mark in day + weekday for mark in "LW#"):  # the last, the nearest or the nth: once
        return Decimal(1)
    if weekday not in ("?", "*"):
        for name, number in _DAYS.items():
            weekday = weekday.replace(name, str(number))
        return days * _count(weekday, range(1, DAYS_A_WEEK + 1)) / DAYS_A_WEEK
    if day in ("?", "*"):
        return days
    return Decimal(_count(day, range(1, 32)))


def _count(field: str, allowed: range) -> int:
    """How many values a cron field names: `*`, `5`, `1,3`, `9-17`, `*/15`, `0/5`."""
    return len(_all(field, allowed))


def _all(field: str, allowed: range) -> set[int]:
    return {value for part in field.split(",") for value in _values(part, allowed)}


def _values(part: str, allowed: range) -> range:
    span, _, step = part.partition("/")
    every = int(step) if step else 1
    if span in ("*", "?"):
        return range(allowed.start, allowed.stop, every)
    first, _, last = span.partition("-")
    if last:
        return range(int(first), int(last) + 1, every)
    return range(int(first), allowed.stop if step else int(first) + 1, every)
