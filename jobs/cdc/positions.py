"""Positions in the stream of changes: text that sorts as the changes came.

Source of the form: DMS user guide, "Using transformation rule expressions", on $AR_H_CHANGE_SEQ.
"""

from datetime import date, datetime

from contract.shop_changes import CHANGE_SEQ_DIGITS

TIME_DIGITS = 16
COUNTER_DIGITS = CHANGE_SEQ_DIGITS - TIME_DIGITS
MICROS_A_HUNDREDTH = 10_000


def position(at: datetime, counter: int = 0) -> str:
    """The position of the `counter`th change of a task, committed at this time (UTC)."""
    hundredths = at.microsecond // MICROS_A_HUNDREDTH
    return f"{at:%Y%m%d%H%M%S}{hundredths:02}{counter:0{COUNTER_DIGITS}}"


def start_of(day: date) -> str:
    """What every change of that day, and of later ones, is not before."""
    return f"{day:%Y%m%d}".ljust(CHANGE_SEQ_DIGITS, "0")
