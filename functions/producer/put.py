"""Place records on a Kinesis stream: what failed is sent again, what cannot be placed is an error.

Order: records with one partition key are sent by one lane, one request after the other, and a
request is repeated for its failed entries before the next one starts. PutRecords itself gives no
order inside a request: a failed record can land behind a later one with its key from the same
request. Readers therefore order by `occurred_at`, never by arrival. A request that timed out may
have been placed: readers deduplicate by `event_id`.
"""

import random as random_module
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Literal, NotRequired, Protocol, TypedDict, cast

from botocore import exceptions as boto

from functions.producer.records import Record

# AWS, PutRecords: 500 records and 5 MiB with partition keys in one request.
REQUEST_RECORDS = 500
REQUEST_BYTES = 5 * 1_048_576
LANES = 8
BASE_SECONDS, CAP_SECONDS = 0.1, 20.0
_TRANSIENT = frozenset(
    {
        "KMSThrottlingException",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_SERVER_ERROR = 500


class Entry(TypedDict):
    Data: bytes
    PartitionKey: str


class EntryResult(TypedDict):
    ErrorCode: NotRequired[str]
    ErrorMessage: NotRequired[str]


class PutRecordsResult(TypedDict):
    Records: list[EntryResult]


class _ErrorDetail(TypedDict, total=False):
    Code: str


class _ErrorMetadata(TypedDict, total=False):
    HTTPStatusCode: int


class _ErrorResponse(TypedDict, total=False):
    Error: _ErrorDetail
    ResponseMetadata: _ErrorMetadata


class Kinesis(Protocol):
    """The one call of boto3's Kinesis client that is made here."""

    def put_records(self, *, StreamName: str, Records: list[Entry]) -> PutRecordsResult: ...  # noqa: N803


@dataclass(frozen=True, kw_only=True)
class Stream:
    """Where and how to put. `attempts` counts requests for one record, the first included.

    "sync" sends one request at a time; "async" up to 8 at once, each for a partition key of its
    own. The pause before attempt n is drawn between 0 and 0.1 s x 2**(n - 2), 20 s at most (full
    jitter).
    """

    client: Kinesis
    name: str
    mode: Literal["sync", "async"] = "sync"
    attempts: int = 8
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random_module.random

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise ValueError(f"attempts is {self.attempts}, but must be at least 1")


@dataclass(frozen=True, kw_only=True)
class Failed:
    """A record that is not on the stream. Code "NotSent": the lane had given up before its turn."""

    record: Record
    code: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Placed:
    """`records` with `events` in them are on the stream; `retried` counts records sent again."""

    records: int = 0
    events: int = 0
    retried: int = 0
    failed: tuple[Failed, ...] = ()

    def __add__(self, other: "Placed") -> "Placed":
        return Placed(
            records=self.records + other.records,
            events=self.events + other.events,
            retried=self.retried + other.retried,
            failed=self.failed + other.failed,
        )


class NotPlaced(Exception):  # noqa: N818 - the name says what happened
    """Some events are not on the stream. `placed` says which, and how many are."""

    def __init__(self, stream: str, placed: Placed) -> None:
        self.placed = placed
        lost = sum(failure.record.events for failure in placed.failed)
        codes = Counter(failure.code for failure in placed.failed).most_common(3)
        first = placed.failed[0]
        super().__init__(
            f"{lost:,} events in {len(placed.failed):,} records are not on stream {stream}"
            f" ({placed.events:,} are): {', '.join(f'{code} x {n}' for code, n in codes)};"
            f" first: {first.message}. Send the same events again: copies count once."
        )


def put(stream: Stream, records: Iterable[Record]) -> Placed:
    """Put all records. Raises NotPlaced, after every lane has ended, when any is not placed."""
    if stream.mode == "sync":
        placed = _lane(stream, list(records))
    else:
        lanes: dict[str, list[Record]] = {}
        for record in records:
            lanes.setdefault(record.key, []).append(record)
        with ThreadPoolExecutor(max_workers=LANES) as pool:
            placed = sum(pool.map(partial(_lane, stream), lanes.values()), Placed())
    if placed.failed:
        raise NotPlaced(stream.name, placed)
    return placed


def requests(records: Sequence[Record]) -> Iterator[list[Record]]:
    """The records cut, in order, into what one PutRecords call takes."""
    request: list[Record] = []
    size = 0
    for record in records:
        if len(request) == REQUEST_RECORDS or (request and size + record.size > REQUEST_BYTES):
            yield request
            request, size = [], 0
        request.append(record)
        size += record.size
    if request:
        yield request


def _lane(stream: Stream, records: Sequence[Record]) -> Placed:
    """One request after the other, until one cannot be completed."""
    total = Placed()
    for request in requests(records):
        if total.failed:
            # Going on would place later events without earlier ones, and wait out every request.
            total += Placed(
                failed=tuple(
                    Failed(record=record, code="NotSent", message="an earlier request failed")
                    for record in request
                )
            )
        else:
            total += _request(stream, request)
    return total


def _request(stream: Stream, request: list[Record]) -> Placed:
    left, retried = request, 0
    failed: list[Failed] = []
    for attempt in range(stream.attempts):
        if attempt:
            stream.sleep(stream.random() * min(CAP_SECONDS, BASE_SECONDS * 2 ** (attempt - 1)))
            retried += len(left)
        failed, transient = _attempt(stream, left)
        left = [failure.record for failure in failed]
        if not (left and transient):
            break
    return Placed(
        records=len(request) - len(left),
        events=sum(record.events for record in request) - sum(record.events for record in left),
        retried=retried,
        failed=tuple(failed),
    )


def _attempt(stream: Stream, records: list[Record]) -> tuple[list[Failed], bool]:
    """What failed, in order, and whether trying again can help."""
    entries: list[Entry] = [{"Data": r.data, "PartitionKey": r.key} for r in records]
    try:
        answer = stream.client.put_records(StreamName=stream.name, Records=entries)
    except boto.ClientError as error:
        response = cast("_ErrorResponse", error.response)
        code = response.get("Error", {}).get("Code", "Unknown")
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return _all(records, code, error), code in _TRANSIENT or status >= _SERVER_ERROR
    except boto.BotoCoreError as error:
        # Connection errors and time-outs pass; missing credentials or a bad argument do not.
        network = isinstance(error, boto.ConnectionError | boto.HTTPClientError)
        return _all(records, type(error).__name__, error), network
    failed = [
        Failed(record=record, code=code, message=result.get("ErrorMessage", ""))
        for record, result in zip(records, answer["Records"], strict=True)
        if (code := result.get("ErrorCode"))
    ]
    return failed, True


def _all(records: list[Record], code: str, error: Exception) -> list[Failed]:
    return [Failed(record=record, code=code, message=str(error)) for record in records]
