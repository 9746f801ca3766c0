"""The shape of a Kinesis batch as Lambda hands it over, and what is read from it besides
the data.

Nothing here looks at a payload. Shape: AWS Lambda developer guide, "Using Lambda to process records
from Kinesis".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypedDict

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Kinesis(TypedDict):
    partitionKey: str
    sequenceNumber: str
    data: str  # base64
    approximateArrivalTimestamp: float  # seconds since 1970, UTC, to the millisecond


class Record(TypedDict):
    kinesis: Kinesis
    eventID: str  # "<shard id>:<sequence number>"


class Event(TypedDict):
    Records: list[Record]


@dataclass(frozen=True, kw_only=True)
class Span:
    """Names the records of one shard in one batch, and so the objects made of them."""

    shard: str
    first: str
    last: str

    def __str__(self) -> str:
        return f"{self.shard}-{self.first}-{self.last}"


def by_shard(records: Iterable[Record]) -> dict[str, list[Record]]:
    """Lambda sends one shard per batch; a mixed one (a replay by hand) is taken apart."""
    shards: dict[str, list[Record]] = {}
    for record in records:
        shards.setdefault(record["eventID"].partition(":")[0], []).append(record)
    return shards


def span_of(shard: str, records: Sequence[Record]) -> Span:
    """Raises IndexError when there are no records."""
    return Span(
        shard=shard,
        first=records[0]["kinesis"]["sequenceNumber"],
        last=records[-1]["kinesis"]["sequenceNumber"],
    )


def place_of(record: Record) -> str:
    """`<shard>/<sequence number>`, unique on the stream."""
    return record["eventID"].replace(":", "/", 1)


def arrival_of(record: Record) -> int:
    """Microseconds since 1970, exact to the millisecond that the service gives."""
    return round(record["kinesis"]["approximateArrivalTimestamp"] * 1000) * 1000


def instant(microseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=microseconds)


def day_of(when: datetime) -> str:
    """The key part of a day; written out, because strftime does not pad %Y everywhere."""
    return f"year={when.year:04}/month={when.month:02}/day={when.day:02}"
