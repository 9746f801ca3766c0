"""Which decimal mark an order file uses: a point, or (if the delimiter is not a comma) a comma.

Decided per file, because 1,234 alone is one and a bit, or more than a thousand. Thousands
separators are not read at all: such a line is quarantined.
"""

import re
from dataclasses import dataclass, field
from typing import Literal

from jobs.order_file.errors import OrderFileError

DecimalMark = Literal[".", ","]

ENOUGH = 0.95
NUMBER = re.compile(r"[+-]?(\d*)([.,])(\d+)", re.ASCII)
# One to three digits, a mark, three digits: either a fraction or thousands.
GROUP = 3


@dataclass
class MarkEvidence:
    """What the prices of a file say about its decimal mark."""

    delimiter: str
    _points: int = 0
    _commas: int = 0
    _sure: set[str] = field(default_factory=set[str])
    _example: tuple[int, str] | None = None

    def add(self, line_number: int, price: str) -> None:
        """`price` is stripped."""
        match = NUMBER.fullmatch(price)
        if not match:
            return
        whole, mark, fraction = match.groups()
        self._example = self._example or (line_number, price)
        if mark == ".":
            self._points += 1
        else:
            self._commas += 1
        if len(fraction) != GROUP or not 1 <= len(whole) <= GROUP or whole.startswith("0"):
            self._sure.add(mark)

    def decide(self) -> DecimalMark:
        """Raises OrderFileError if both marks are in use, or if every price could as well be in
        thousands.
        """
        total = self._points + self._commas
        if self.delimiter == "," or self._example is None:
            return "."
        line, price = self._example
        if max(self._points, self._commas) < ENOUGH * total:
            raise OrderFileError(
                f"the decimal mark can't be told: {self._points:,} prices have a point and "
                f"{self._commas:,} a comma "
                f"(line {line} has {price!r}); write all prices alike, or name it: "
                "DECIMAL_MARK=. or DECIMAL_MARK=,"
            )
        mark: DecimalMark = "." if self._points >= self._commas else ","
        if mark not in self._sure:
            raise OrderFileError(
                f"the decimal mark can't be told: {price!r} on line {line}, and every other "
                "UnitPrice, may be a "
                "fraction or thousands; name the decimal mark: DECIMAL_MARK=. or DECIMAL_MARK=,"
            )
        return mark
