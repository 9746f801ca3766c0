"""Mode `text`: one `.txt` object per record, its decoded payload as it came.

The name is `{partitionKey}-{timestamp}-{sequenceNumber}.txt`; without the sequence number two
records of one second would overwrite each other. Nothing is validated here, and nothing heavier
than base64 is imported. A record costs a PUT, where mode `parquet` makes one for a batch: for small
streams and for teaching.
"""

import re
from collections.abc import Iterable

import pybase64

from functions.consumer.objects import NewObject, Outcome
from functions.consumer.records import Record, arrival_of, instant

PREFIX = "records"
# A partition key is any 256 characters, an S3 key at most 1,024 bytes; these characters need no
# escaping anywhere.
_UNSAFE = re.compile(r"[^A-Za-z0-9_.=-]")
_KEY_CHARACTERS = 128


def process(records: Iterable[Record]) -> Outcome:
    """One object per record. Raises ValueError when one is not base64: Lambda sends none."""
    objects = [
        NewObject(
            key=_key(record), body=pybase64.b64decode(record["kinesis"]["data"], validate=True)
        )
        for record in records
    ]
    return Outcome(silver=objects, bronze=[], events=len(objects), quarantined_events=0)


def _key(record: Record) -> str:
    kinesis = record["kinesis"]
    partition_key = _UNSAFE.sub("_", kinesis["partitionKey"])[:_KEY_CHARACTERS]
    timestamp = f"{instant(arrival_of(record)):%Y-%m-%d-%H%M%S}"
    return f"{PREFIX}/{partition_key}-{timestamp}-{kinesis['sequenceNumber']}.txt"
