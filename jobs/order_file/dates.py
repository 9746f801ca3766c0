"""Which date format an order file uses: no single line can tell (1/12/2010), all of them together
mostly can.

Each value names the formats under which it reads, so there is no list of formats to try. The
format must read 95% of the values; a line that it does not read is quarantined later. Where two
formats read the file (day and month are both at most 12), the evidence decides, and a notice
says so; where there is none, the user must. Nothing is typed here (`instants`).
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from jobs.order_file.date_readings import readings
from jobs.order_file.errors import OrderFileError

ENOUGH = 0.95
# Fewer telling values than this may be slips of the pen, so they don't outweigh how close together
# the days lie.
STRONG = 0.01
NEARER = 3


@dataclass(frozen=True, kw_only=True)
class DateFormat:
    """A format in strptime syntax, and a notice where evidence had to decide."""

    format: str
    notice: str | None = None


@dataclass
class DateEvidence:
    """What the values of a file say about its date format; holds counts, never the values."""

    _tally: Counter[tuple[tuple[str, ...], bool]] = field(default_factory=Counter)
    _spans: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    _examples: dict[tuple[str, ...], tuple[int, str]] = field(default_factory=dict)

    def add(self, line_number: int, value: str) -> None:
        """`value` is stripped and not empty."""
        found = readings(value)
        forms = tuple(form for form, _ in found)
        self._tally[forms, len({date for _, date in found}) <= 1] += 1
        self._examples.setdefault(forms, (line_number, value))
        for form, date in found:
            low, high = self._spans.setdefault(form, (date, date))
            if date < low or date > high:
                self._spans[form] = (min(low, date), max(high, date))

    def decide(self) -> DateFormat:
        """Raises OrderFileError if the format can't be told."""
        total = self._tally.total()
        if not total:
            raise OrderFileError(
                "the date format can't be told, because InvoiceDate is empty on every line"
            )
        hits: Counter[str] = Counter()
        for (forms, _), count in self._tally.items():
            hits.update(dict.fromkeys(forms, count))
        likely = [form for form, count in hits.most_common() if count >= ENOUGH * total]
        match likely:
            case []:
                raise OrderFileError(self._no_format(hits, total))
            case [form]:
                return DateFormat(format=form)
            case [first, second, *_]:
                return self._choose(first, second, total)
            case _:
                raise AssertionError(likely)

    def _choose(self, first: str, second: str, total: int) -> DateFormat:
        only = {
            first: self._count_only(first, second),
            second: self._count_only(second, first),
        }
        telling = sum(only.values())
        if not telling and not self._readings_differ(first, second):
            return DateFormat(format=first)
        by_values = next(
            (form for form in only if telling and only[form] >= ENOUGH * telling), None
        )
        if by_values and telling >= STRONG * total:
            return DateFormat(format=by_values)
        near = None if telling >= STRONG * total else self._nearer(first, second)
        chosen = near or by_values
        if chosen is None or (near and by_values and near != by_values):
            raise OrderFileError(self._ambiguous(first, second, only))
        other = second if chosen == first else first
        why = (
            f"its days lie within {self._days(chosen)} days ({self._range(chosen)}) "
            f"against {self._days(other)}"
            if near
            else f"{only[chosen]:,} of {total:,} dates read only so"
        )
        return DateFormat(
            format=chosen,
            notice=f"InvoiceDate reads both as {first} and as {second}; taken as {chosen}, "
            f"because {why}; DATE_FORMAT={other} says otherwise",
        )

    def _count_only(self, form: str, other: str) -> int:
        return sum(
            n for (forms, _), n in self._tally.items() if form in forms and other not in forms
        )

    def _readings_differ(self, first: str, second: str) -> bool:
        return any(not same and first in forms and second in forms for forms, same in self._tally)

    def _days(self, form: str) -> int:
        low, high = self._spans[form]
        return (high.date() - low.date()).days + 1

    def _range(self, form: str) -> str:
        low, high = self._spans[form]
        return f"{low:%Y-%m-%d} to {high:%Y-%m-%d}"

    def _nearer(self, first: str, second: str) -> str | None:
        days = {form: self._days(form) for form in (first, second)}
        near, far = sorted(days, key=lambda form: days[form])
        return near if days[near] * NEARER <= days[far] else None

    def _no_format(self, hits: Counter[str], total: int) -> str:
        shares = ", ".join(f"{form} ({count:,})" for form, count in hits.most_common(4)) or "none"
        best = hits.most_common(1)[0][0] if hits else None
        line, value = min(place for forms, place in self._examples.items() if best not in forms)
        return (
            f"the date format can't be told: no format reads {ENOUGH:.0%} of the {total:,} "
            "values of InvoiceDate; "
            f"formats that read some: {shares}; line {line} has {value!r}; write all dates "
            "alike, or name the "
            "format, for example DATE_FORMAT=%d/%m/%Y"
        )

    def _ambiguous(self, first: str, second: str, only: dict[str, int]) -> str:
        line, value = min(
            place for forms, place in self._examples.items() if {first, second} <= {*forms}
        )
        telling = (
            f"{only[first]:,} dates read only as {first} and {only[second]:,} only as {second}"
            if any(only.values())
            else f"{first} gives {self._range(first)}, {second} gives {self._range(second)}"
        )
        return (
            f"the date format can't be told: InvoiceDate reads as {first} and as {second} (line "
            f"{line} has {value!r}; "
            f"{telling}); name the right one: DATE_FORMAT={first} or DATE_FORMAT={second}"
        )
