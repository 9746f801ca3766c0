"""The verdict on one object of raw events: how many of its events fit the contract, and what is
wrong with the others.

Pure. The consumer's own decoder judges, so that the two never disagree. A verdict holds counts and
names of fields, never a value out of an event: those are of customers.
"""

import gzip
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from contract.events import VERSION
from functions.consumer.decode import decode
from functions.data_validator.raw import lines_of, records_of

PREFIX = "validated"
# A producer gone wild must not make a verdict as large as what it judges.
DISTINCT_REASONS = 100
OTHERS = "other reasons"
_UNREADABLE = (gzip.BadGzipFile, EOFError, zlib.error)


class Fault(StrEnum):
    """What is wrong with an event, in the few words that a metric may have as a dimension."""

    MALFORMED = "malformed"
    """No JSON, or no UTF-8."""
    UNKNOWN_EVENT = "unknown_event"
    MISSING_FIELD = "missing_field"
    WRONG_TYPE = "wrong_type"
    """Of a field, or the line is no object."""
    IMPOSSIBLE_TIME = "impossible_time"
    OUT_OF_BOUNDS = "out_of_bounds"
    """A value that the contract's limits or lists leave out."""


# In order: the first that fits is taken. Texts: msgspec, and functions.consumer.decode.
_FAULTS: tuple[tuple[re.Pattern[str], Fault], ...] = tuple(
    (re.compile(pattern, re.DOTALL), fault)
    for pattern, fault in (
        (r"^Invalid value .* at `\$\.event_type`", Fault.UNKNOWN_EVENT),
        (r"required field `event_type`", Fault.UNKNOWN_EVENT),
        (r"required field", Fault.MISSING_FIELD),
        (r"datetime|occurred_at is not", Fault.IMPOSSIBLE_TIME),
        (r"^Expected .* (>=|<=|of length|multiple)", Fault.OUT_OF_BOUNDS),
        (r"^Invalid (enum )?value|out of range", Fault.OUT_OF_BOUNDS),
        (r"^Expected .*, got ", Fault.WRONG_TYPE),
    )
)


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """`events` = `valid` + the sum of `faults`, and `reasons` adds up to the same sum.

    `readable` is false for an object that is damaged; then the counts are of what came before.
    """

    object: str
    etag: str
    contract_version: int
    readable: bool
    events: int
    valid: int
    faults: dict[Fault, int]
    reasons: dict[str, int]

    @property
    def invalid(self) -> int:
        return self.events - self.valid


def judge(key: str, etag: str, body: bytes) -> Verdict:
    """The verdict on an object; the same object gives the same one."""
    lines = _Readable(body)
    count = counted(lines)
    return Verdict(
        object=key,
        etag=etag,
        contract_version=VERSION,
        readable=lines.readable,
        events=count.valid + count.faults.total(),
        valid=count.valid,
        faults=dict(count.faults),
        reasons=dict(count.reasons),
    )


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Events by what the contract says of them."""

    valid: int
    faults: Counter[Fault]
    reasons: Counter[str]


def counted(lines: Iterable[bytes]) -> Counted:
    """Each line an event, but for those that a producer joined (`functions.data_validator.raw`)."""
    valid = 0
    faults: Counter[Fault] = Counter()
    reasons: Counter[str] = Counter()
    for record in records_of("", lines, arrived_at=0.0):
        decoded = decode([record])
        valid += len(decoded.events)
        for poison in decoded.poison:
            faults[fault_of(poison.reason)] += 1
            reason = without_values(poison.reason)
            known = reason in reasons or len(reasons) < DISTINCT_REASONS
            reasons[reason if known else OTHERS] += 1
    return Counted(valid=valid, faults=faults, reasons=reasons)


class _Readable:
    """The lines of an object up to where it is damaged, and whether it was."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self.readable = True

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from lines_of(self._body)
        except _UNREADABLE:
            self.readable = False


def fault_of(reason: str) -> Fault:
    """The kind of a decoder's reason."""
    return next((fault for known, fault in _FAULTS if known.search(reason)), Fault.MALFORMED)


def without_values(reason: str) -> str:
    """A decoder's reason without what stood in the event and without the place in its bytes, so
    that equal mistakes are one reason. Names of fields and limits stay.
    """
    masked = re.sub(r"""'.*'|".*\"""", "…", reason, flags=re.DOTALL)
    return re.sub(r" \(byte \d+\)| byte 0x\w+ in position \d+", "", masked)


def verdict_key(key: str) -> str:
    """Where in bronze the verdict on the object of this key lies."""
    return f"{PREFIX}/{key}.json"


def encoded(verdict: Verdict) -> bytes:
    """One line of JSON; equal verdicts give equal bytes."""
    return msgspec.json.encode(verdict, order="deterministic") + b"\n"
