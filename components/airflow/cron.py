"""Five-field cron as people write it, and the same in the six fields of EventBridge Scheduler.

Pure functions. They leave out names of months and days, `L`, `W` and `#`: a night needs none.
"""

import re

WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
# (name, least, most) in the order of the fields; 7 is Sunday as well as 0.
FIELDS = (
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day of the month", 1, 31),
    ("month", 1, 12),
    ("day of the week", 0, 7),
)


def checked(cron: str) -> str:
    """The schedule with single spaces; raises ValueError naming the field that is wrong."""
    parts = cron.split()
    if len(parts) != len(FIELDS):
        raise ValueError(
            f"{cron!r} is not a schedule: five fields of digits, `*`, `,`, `-` and `/`, as in "
            "`0 20 * * *`"
        )
    for part, (name, least, most) in zip(parts, FIELDS, strict=True):
        try:
            values(part, least, most)
        except ValueError as error:
            raise ValueError(
                f"{cron!r}: {part!r} is no {name}: numbers from {least} to {most} with `*`, `,`, "
                "`-` and `/`, as in `0 20 * * *`"
            ) from error
    if parts[2] != "*" and parts[4] != "*":
        raise ValueError(
            f"{cron!r} names days of the month and of the week: cron means either, and Scheduler "
            "takes only one; leave the other `*`"
        )
    return " ".join(parts)


def values(part: str, least: int, most: int) -> list[int]:
    """What a field stands for, in order; raises ValueError."""
    if not re.fullmatch(r"[0-9*,/-]+", part):
        raise ValueError(part)
    found: set[int] = set()
    for item in part.split(","):
        span, _, step = item.partition("/")
        first, _, last = span.partition("-")
        low = least if span == "*" else int(first)
        high = most if span == "*" or (step and not last) else int(last or first)
        if not least <= low <= high <= most or int(step or 1) < 1:
            raise ValueError(item)
        found.update(range(low, high + 1, int(step or 1)))
    return sorted(found)


def scheduler_expression(cron: str) -> str:
    """`cron(0 7 ? * MON,TUE *)`. Scheduler counts days of the week from 1, cron from 0, and wants a
    `?` for the days that do not count: so the days stand by name (Scheduler user guide, cron).
    """
    minute, hour, day, month, weekday = (
        part if part == "*" else ",".join(map(str, values(part, least, most)))
        for part, (_, least, most) in zip(checked(cron).split(), FIELDS, strict=True)
    )
    if weekday == "*":
        return f"cron({minute} {hour} {day} {month} ? *)"
    days = sorted({int(number) % 7 for number in weekday.split(",")})
    return f"cron({minute} {hour} ? {month} {','.join(WEEKDAYS[day] for day in days)} *)"
