"""Days on an axis: fills the gaps, and takes weeks or months together when there are more days than
a chart can show.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

MOST_DAYS = 45
MOST_WEEKS = 60


@dataclass(frozen=True, kw_only=True)
class Periods:
    """`starts` are the first days of consecutive periods; a quiet period is there as well, so that
    lines drop to zero. `partial`: the days begin or end within a period, which makes that one look
    small.
    """

    unit: Literal["day", "week", "month"]
    starts: tuple[date, ...]
    partial: bool = False

    def start(self, day: date) -> date:
        return _start(day, self.unit)


def periods(days: Iterable[date]) -> Periods:
    """ValueError when there is no day at all."""
    seen = sorted(set(days))
    if not seen:
        raise ValueError("no day to make an axis of")
    length = (seen[-1] - seen[0]).days + 1
    unit: Literal["day", "week", "month"] = "day"
    if length > MOST_DAYS:
        unit = "week" if length <= MOST_WEEKS * 7 else "month"
    after = seen[-1] + timedelta(days=1)
    partial = _start(seen[0], unit) != seen[0] or _start(after, unit) != after
    if unit == "month":
        # Months are not filled: one event with a wrong century would draw a thousand of them.
        return Periods(
            unit=unit, starts=tuple(sorted({_start(day, unit) for day in seen})), partial=partial
        )
    step = timedelta(days=7 if unit == "week" else 1)
    starts = [_start(seen[0], unit)]
    while starts[-1] + step <= seen[-1]:
        starts.append(starts[-1] + step)
    return Periods(unit=unit, starts=tuple(starts), partial=partial)


def span(days: Iterable[date]) -> str:
    """ "1 to 7 January 2026" for people; empty when there is no day."""
    seen = sorted(set(days))
    if not seen:
        return ""
    first, last = seen[0], seen[-1]
    end = f"{last.day} {last:%B %Y}"
    if first == last:
        return end
    if first.year != last.year:
        return f"{first.day} {first:%B %Y} to {end}"
    return (
        f"{first.day} to {end}" if first.month == last.month else f"{first.day} {first:%B} to {end}"
    )


def _start(day: date, unit: Literal["day", "week", "month"]) -> date:
    if unit == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if unit == "month" else day
