"""The formats under which one value of InvoiceDate is a date: a value names them itself, by its
signs and digits, so there is no list of formats to try. Which one a file uses: see `dates`.

Read are d/m/Y, m/d/Y, Y/m/d, Y-m-d, d-m-Y, m-d-Y, d.m.Y, d-Mon-Y and d Mon Y, the year with two
digits too where it comes last, each alone or with a time (H:M, seconds, fractions of a second,
AM/PM, a zone as Z or +hh:mm).
"""

import re
from datetime import datetime
from functools import lru_cache

from jobs.order_file.instants import read_naive

YEAR_DIGITS = 4

VALUE = re.compile(
    r"(?P<a>\d{1,2}|\d{4})(?P<sign>[-/. ])(?P<b>\d{1,2}|[A-Za-z]{3})(?P=sign)(?P<c>\d{4}|\d{1,2})"
    r"(?:(?P<gap>[T ])(?P<hour>\d{1,2}:\d{2})(?P<second>:\d{2})?(?P<part>\.\d{1,6})?"
    r"(?P<space> ?)(?P<half>[AaPp][Mm])?(?P<zone>Z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII,
)


def _orders(match: re.Match[str]) -> tuple[str, ...]:
    """The orders of day, month and year that the three parts allow, still without their sign."""
    first, second, third = match["a"], match["b"], match["c"]
    year = "%Y" if len(third) == YEAR_DIGITS else "%y"
    if second.isalpha():
        return ("%d %b " + year,) if match["sign"] in "- " else ()
    if len(first) == YEAR_DIGITS:
        return ("%Y %m %d",) if match["sign"] in "-/" and len(third) < YEAR_DIGITS else ()
    return {
        "/": ("%d %m " + year, "%m %d " + year),
        "-": ("%d %m " + year, "%m %d " + year),
        ".": ("%d %m " + year,),
    }.get(match["sign"], ())


def _time(match: re.Match[str]) -> str:
    if not match["gap"]:
        return ""
    clock = "%I:%M" if match["half"] else "%H:%M"
    second = ":%S" if match["second"] else ""
    part = ".%f" if match["part"] else ""
    half = match["space"] + "%p" if match["half"] else match["space"]
    return match["gap"] + clock + second + part + half + ("%z" if match["zone"] else "")


@lru_cache(maxsize=1 << 16)
def readings(value: str) -> tuple[tuple[str, datetime], ...]:
    """Each format under which the value is a date, with that date (as written, without a shift
    to UTC).
    """
    match = VALUE.fullmatch(value)
    if not match:
        return ()
    found: list[tuple[str, datetime]] = []
    for order in _orders(match):
        form = order.replace(" ", match["sign"]) + _time(match)
        try:
            found.append((form, read_naive(value, form)))
        except ValueError:
            continue
    return tuple(found)
