"""Mode `parquet`: good events to silver, poison to quarantine. Only this mode needs pyarrow."""

from collections.abc import Iterable

from functions.consumer.decode import decode
from functions.consumer.objects import NewObject, Outcome
from functions.consumer.parquet import silver_objects
from functions.consumer.quarantine import quarantine_objects
from functions.consumer.records import Record, by_shard, span_of


def process(records: Iterable[Record]) -> Outcome:
    silver: list[NewObject] = []
    bronze: list[NewObject] = []
    events = quarantined = 0
    for shard, group in by_shard(records).items():
        span = span_of(shard, group)
        decoded = decode(group)
        silver += silver_objects(decoded, span)
        bronze += quarantine_objects(decoded.poison, span)
        events += len(decoded.events)
        quarantined += len(decoded.poison)
    return Outcome(silver=silver, bronze=bronze, events=events, quarantined_events=quarantined)
