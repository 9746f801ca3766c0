"""An object of raw events, as Firehose leaves it in bronze, as records of the consumer: so one
decoder judges both copies of an event.

Firehose joins the data of records and keeps no place, no key and no border. Here a record is made
of up to 1,000 lines, and its place is named after the object, which says where a row came from. A
producer that leaves out the newline at the end of its records has several events on a line here:
they are told apart as long as all lines of the 1,000 fit the contract, and refused otherwise.
"""

import gzip
import io
from collections.abc import Iterable, Iterator
from typing import IO

import pybase64

from functions.consumer.records import Record

LINES_A_RECORD = 1000
# As a shard, it sorts before "shardId-…": of two copies of an event, staging takes the one with the
# first position, and that is then the one that was read from bronze later, with mended code.
SHARD = "bronze-"
_GZIP = b"\x1f\x8b"


def lines_of(body: bytes) -> Iterator[bytes]:
    """The lines of an object, gzipped or not, without those that are blank.

    Raises gzip.BadGzipFile, EOFError or zlib.error where the object is cut short or damaged, after
    the lines before that place.
    """
    plain: IO[bytes] = io.BytesIO(body)
    # What the stack's Firehose writes is gzipped; the emulator's is not.
    source = gzip.GzipFile(fileobj=plain) if body.startswith(_GZIP) else plain
    return (line for line in source if line.strip())


def records_of(key: str, lines: Iterable[bytes], *, arrived_at: float) -> Iterator[Record]:
    """Records of up to 1,000 events under the object's `key`; `arrived_at` in seconds since 1970.

    The same object gives the same records.
    """
    shard = SHARD + key.removesuffix(".gz").replace("/", ".")
    waiting: list[bytes] = []
    number = 0
    for line in lines:
        waiting.append(line.rstrip(b"\r\n"))
        if len(waiting) == LINES_A_RECORD:
            number += 1
            yield _record(shard, number, waiting, arrived_at)
            waiting = []
    if waiting:
        yield _record(shard, number + 1, waiting, arrived_at)


def _record(shard: str, number: int, lines: list[bytes], arrived_at: float) -> Record:
    sequence = f"{number:08}"
    return {
        "eventID": f"{shard}:{sequence}",
        "kinesis": {
            "partitionKey": "bronze",
            "sequenceNumber": sequence,
            "data": pybase64.b64encode(b"\n".join(lines)).decode(),
            "approximateArrivalTimestamp": arrived_at,
        },
    }
