"""Pack documents into Kinesis records: pure, bytes in = bytes out.

One record holds several documents of one partition group, each ended by a newline; order within a
group is kept. Nothing here looks inside a document or talks to Kinesis (`put.py` does).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal
from zlib import crc32

RECORD_BYTES = 25_600  # one PUT payload unit: what Kinesis rounds a record up to when it bills
KINESIS_BYTES = 1_048_576  # data and partition key of one record (AWS: Kinesis quotas)
GROUPS = 8  # keys "g0".."g7" hash evenly on two shards


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """One document to publish, without its newline. Those with one `group_key` keep their order."""

    group_key: str
    data: bytes
    kind: Literal["event", "duplicate", "broken"] = "event"


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One Kinesis record of `events` documents, each ended by a newline."""

    key: str
    data: bytes
    events: int

    @property
    def size(self) -> int:
        """Bytes that count against Kinesis' limits: data and partition key."""
        return len(self.data) + len(self.key)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rejected:
    """A document that no record can carry, unchanged, and why."""

    sent: Sent
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Packed:
    records: list[Record]
    rejected: list[Rejected]


def partition_key(group_key: str, groups: int = GROUPS) -> str:
    """The same on every machine and in every process, which `hash()` is not."""
    return f"g{crc32(group_key.encode()) % groups}"


def pack(documents: Iterable[Sent], *, groups: int = GROUPS, limit: int = RECORD_BYTES) -> Packed:
    """Join documents into records of at most `limit` bytes, one partition group each.

    A document larger than `limit` goes alone. Documents that are empty, hold a newline or do not
    fit in a Kinesis record are in `rejected`; every other one is in exactly one record. Records of
    a group are in the order of its documents.
    """
    records: list[Record] = []
    rejected: list[Rejected] = []
    waiting: dict[str, list[bytes]] = {}
    sizes: dict[str, int] = {}
    for document in documents:
        key = partition_key(document.group_key, groups)
        data = document.data
        size = len(data) + 1
        if reason := _refusal(data, key):
            rejected.append(Rejected(sent=document, reason=reason))
            continue
        group = waiting.setdefault(key, [])
        if group and sizes[key] + size > limit:
            records.append(_record(key, group))
            group.clear()
        sizes[key] = sizes[key] + size if group else size
        group.append(data)
    records.extend(_record(key, group) for key, group in waiting.items())
    return Packed(records=records, rejected=rejected)


def split(data: bytes) -> Iterator[bytes]:
    """The documents of a record that `pack` made."""
    return iter(data.split(b"\n")[:-1])


def _record(key: str, documents: list[bytes]) -> Record:
    return Record(key=key, data=b"\n".join(documents) + b"\n", events=len(documents))


def _refusal(data: bytes, key: str) -> str | None:
    if not data:
        return "the document is empty"
    if b"\n" in data:
        return (
            "the document holds a newline, which ends a document on the stream: send compact JSON"
        )
    if len(data) + 1 + len(key) > KINESIS_BYTES:
        return (
            f"the document has {len(data):,} bytes; with newline and partition key"
            f" a Kinesis record holds at most {KINESIS_BYTES:,}: split it into several events"
        )
    return None
