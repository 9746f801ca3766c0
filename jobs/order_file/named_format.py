"""Checks the date format that the user named against the values of the file. Never doubts it,
and never tries another one.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from jobs.order_file.dates import ENOUGH, DateFormat
from jobs.order_file.errors import OrderFileError
from jobs.order_file.instants import read_naive

# What strptime and the recount in SQL both read; %c, %x and the like depend on the machine.
DIRECTIVES = set("dmYybBHIMSfpz%")


@dataclass
class NamedFormat:
    """Checks the format that the user named against the values of the file."""

    format: str
    _seen: int = 0
    _read: int = 0
    _failing: tuple[int, str] | None = None

    def __post_init__(self) -> None:
        probe = datetime(2003, 2, 1, tzinfo=UTC)
        try:
            same = read_naive(probe.strftime(self.format), self.format).date() == probe.date()
        except ValueError:
            same = False
        unknown = set(re.findall(r"%(.?)", self.format)) - DIRECTIVES
        if unknown or not same:
            raise OrderFileError(
                f"DATE_FORMAT={self.format} is no date format: it needs a day, a month and a "
                "year in strptime syntax, "
                "for example DATE_FORMAT=%d/%m/%Y"
            )

    def add(self, line_number: int, value: str) -> None:
        """`value` is stripped and not empty."""
        self._seen += 1
        try:
            read_naive(value, self.format)
            self._read += 1
        except ValueError:
            self._failing = self._failing or (line_number, value)

    def decide(self) -> DateFormat:
        """Raises OrderFileError if the format reads less than 95% of the values."""
        if self._failing and self._read < ENOUGH * self._seen:
            line, value = self._failing
            raise OrderFileError(
                f"DATE_FORMAT={self.format} reads {self._read:,} of {self._seen:,} values of "
                "InvoiceDate, needed are "
                f"{ENOUGH:.0%}; the first that it does not read is {value!r} on line {line}; "
                "name another format, "
                "or none to have it told from the file"
            )
        return DateFormat(format=self.format)
