"""Kinesis to Lambda as documented, in memory: what the emulator does not do.

`Aws` follows the AWS Lambda developer guide ("How Lambda processes records from Kinesis", "Retain
discarded batch records", "Configuring partial batch response"): batches by count and by 6 MB,
retries, bisection (which uses up no retry), partial responses that check the lowest sequence number
in, a limit of age, a destination that gets places and never data, and leases that are lost, after
which records come again in other batches. `Emulator` does what MiniStack 1.5.33 does: it retries a
failing batch whole and for ever, and takes every answer for a success. One shard, no concurrency.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from functions.consumer.records import Event, Record

PAYLOAD_BYTES = 6 * 1024 * 1024
RETRY_SECONDS = 1.0

Function = Callable[[Event, None], Any]


class StillFailingError(AssertionError):
    """The emulator would go on for ever."""


@dataclass(frozen=True, kw_only=True)
class Aws:
    """`lost_leases` maps a number of handled batches to the records that come again after it."""

    batch_size: int = 100
    retries: int = 10
    bisect: bool = True
    partial_response: bool = True
    max_age_seconds: float = float("inf")
    lost_leases: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Emulator:
    batch_size: int = 100
    patience: int = 100


@dataclass(kw_only=True)
class Delivery:
    invocations: int = 0
    dead_letters: list[dict[str, Any]] = field(default_factory=list)
    now: float = 0.0

    def give_up(self, batch: list[Record], condition: str) -> None:
        kinesis = [record["kinesis"] for record in batch]
        self.dead_letters.append(
            {
                "requestContext": {"condition": condition},
                "KinesisBatchInfo": {
                    "shardId": batch[0]["eventID"].partition(":")[0],
                    "startSequenceNumber": kinesis[0]["sequenceNumber"],
                    "endSequenceNumber": kinesis[-1]["sequenceNumber"],
                    "batchSize": len(batch),
                },
            }
        )


def deliver(source: Aws | Emulator, records: list[Record], function: Function) -> Delivery:
    """Hand all records over. Raises StillFailingError where the emulator would never end."""
    delivery = Delivery(now=max((_arrival(record) for record in records), default=0.0))
    position = batches = 0
    while position < len(records):
        batch = _batch(records[position:], source.batch_size)
        if isinstance(source, Emulator):
            _insist(source, delivery, batch, function)
        else:
            _try(source, delivery, batch, function, retries=source.retries)
        position += len(batch)
        batches += 1
        if isinstance(source, Aws):
            position = max(0, position - source.lost_leases.get(batches, 0))
    return delivery


def _batch(records: list[Record], size: int) -> list[Record]:
    total = 0
    for count, record in enumerate(records[:size]):
        total += len(json.dumps(record))
        if total > PAYLOAD_BYTES and count:
            return records[:count]
    return records[:size]


def _insist(source: Emulator, delivery: Delivery, batch: list[Record], function: Function) -> None:
    for _ in range(source.patience):
        delivery.invocations += 1
        try:
            function({"Records": batch}, None)
        except Exception:  # noqa: S112 - whatever the function raises
            continue
        return
    raise StillFailingError(f"{len(batch)} records after {source.patience} tries")


def _try(
    source: Aws, delivery: Delivery, batch: list[Record], function: Function, *, retries: int
) -> None:
    young = [r for r in batch if delivery.now - _arrival(r) <= source.max_age_seconds]
    if expired := batch[: len(batch) - len(young)]:
        delivery.give_up(expired, "RecordAgeExceeded")
    if not young:
        return
    delivery.invocations += 1
    left, split = _outcome(source, young, function)
    if not left:
        return
    delivery.now += RETRY_SECONDS
    if split and len(left) > 1:
        half = len(left) // 2
        _try(source, delivery, left[:half], function, retries=retries)
        _try(source, delivery, left[half:], function, retries=retries)
    elif retries > 0:
        _try(source, delivery, left, function, retries=retries - 1)
    else:
        delivery.give_up(left, "RetryAttemptsExhausted")


def _outcome(source: Aws, batch: list[Record], function: Function) -> tuple[list[Record], bool]:
    """What is left of the batch, and whether to bisect it: not if the function said where."""
    try:
        answer = function({"Records": batch}, None)
    except Exception:
        return batch, source.bisect
    if not source.partial_response or not answer or not answer.get("batchItemFailures"):
        return [], False
    numbers = {record["kinesis"]["sequenceNumber"]: i for i, record in enumerate(batch)}
    named = [failure.get("itemIdentifier") for failure in answer["batchItemFailures"]]
    if any(name not in numbers for name in named):
        return batch, source.bisect
    return batch[min(numbers[name] for name in named) :], False


def _arrival(record: Record) -> float:
    return record["kinesis"]["approximateArrivalTimestamp"]
