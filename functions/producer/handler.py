"""The producer Lambda: wiring only. Fetches or generates documents, packs and puts them.

Environment: STREAM_NAME; PARTITION_GROUPS (default 8); PUT_MODE, "sync" (default) or "async";
SOURCE_URL for the HTTP source. Payload: {"source": "http"}, also what a plain schedule means, or
{"source": "generator"} with any of events, seed, days, start (a time, or "now"), currency, from,
to. The log has counts, never documents: they hold customer data. What cannot be placed makes the
invocation fail.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from typing import TypedDict, cast
from urllib.parse import urlsplit

import boto3
import msgspec
from botocore.config import Config

from functions.producer.put import Kinesis, NotPlaced, Placed, Stream, put
from functions.producer.records import Rejected, Sent, pack
from functions.producer.request import Environment, Http, Slice, environment, read
from functions.producer.source import SourceError, fetch
from functions.producer.visits import visits

CHUNK = 20_000  # documents in memory at once: some 6 MB


class Counts(TypedDict):
    published: int
    records: int
    retried: int


class RefusedError(Exception):
    """Documents that no Kinesis record can carry; all others are on the stream."""


def handler(event: object, _context: object = None) -> Counts:
    """Publish what the payload asks for.

    Raises RequestError, SourceError, NotPlaced or RefusedError.
    """
    variables = environment(os.environ)
    request = read(event, datetime.now(UTC))
    stream = Stream(client=client(), name=variables.stream, mode=variables.mode)
    placed = publish(_documents(request, variables), stream, variables.groups)
    return {"published": placed.events, "records": placed.records, "retried": placed.retried}


@cache
def client() -> Kinesis:
    # Tries are counted in one place, `put`: botocore's own would multiply them.
    config = Config(connect_timeout=5, read_timeout=15, retries={"total_max_attempts": 1})
    create = cast("Callable[..., Kinesis]", boto3.client)  # boto3 has no types
    return create("kinesis", config=config)


def publish(documents: Iterable[Sent], stream: Stream, groups: int) -> Placed:
    """Pack and put, `CHUNK` documents at a time, and log the counts.

    Raises NotPlaced, or RefusedError after everything else is placed.
    """
    total = Placed()
    rejected: list[Rejected] = []
    try:
        for chunk in _chunks(documents):
            packed = pack(chunk, groups=groups)
            rejected += packed.rejected
            total += put(stream, packed.records)
    except NotPlaced as error:
        total += error.placed
        raise
    finally:
        _log(stream, total, len(rejected))
    if rejected:
        raise RefusedError(
            f"{len(rejected)} of {total.events + len(rejected)} documents were refused;"
            f" first: {rejected[0].reason}"
        )
    return total


def _documents(request: Http | Slice, variables: Environment) -> Iterator[Sent]:
    if isinstance(request, Slice):
        return islice(visits(request.plan), request.first, request.last)
    if not variables.source_url:
        raise SourceError("SOURCE_URL is not set: give the function the address to GET")
    # One group for all of a source: its documents keep their order.
    key = urlsplit(variables.source_url).hostname or ""
    return (Sent(group_key=key, data=data) for data in fetch(variables.source_url))


def _chunks(documents: Iterable[Sent]) -> Iterator[list[Sent]]:
    remaining = iter(documents)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk


def _log(stream: Stream, total: Placed, rejected: int) -> None:
    line = {
        "event": "published",
        "stream": stream.name,
        "published": total.events,
        "records": total.records,
        "retried": total.retried,
        "failed_records": len(total.failed),
        "failed_events": sum(failure.record.events for failure in total.failed),
        "rejected": rejected,
    }
    # Not through logging: Lambda's own handler would put text before the JSON.
    sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
    sys.stdout.flush()
