"""A batch that the consumer gave up, read from the stream again and handed over as before.

The consumer names its objects after shard and sequence numbers: the same batch gives the same
objects, whether it failed the first time or half of it was written. So redriving twice changes
nothing.
"""

import base64
import json
from collections.abc import Iterator
from typing import Any

from functions.consumer.records import Record
from jobs.redrive.letters import Batch

# AWS Lambda quotas: 6 MB of request for a synchronous call.
PAYLOAD_BYTES = 6 * 1024 * 1024
_AROUND = len('{"Records": []}')
# Answers without records: a shard that is sparse gives many (Kinesis Data Streams, GetRecords).
EMPTY_READS = 50


class Gone(Exception):  # noqa: N818 - the name says what happened
    """The stream no longer has all records of a batch; `day` is when that arrived."""

    def __init__(self, sentence: str, day: str) -> None:
        super().__init__(sentence)
        self.day = day


class Failed(Exception):  # noqa: N818
    """The function failed again."""


def read(kinesis: Any, stream: str, batch: Batch) -> list[Record]:  # noqa: ANN401 (boto3)
    """The records of a batch, in order. Raises Gone when the stream has lost one of them."""
    try:
        iterator = kinesis.get_shard_iterator(
            StreamName=stream,
            ShardId=batch.shard,
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            StartingSequenceNumber=batch.first,
        )["ShardIterator"]
    except (
        kinesis.exceptions.ResourceNotFoundException,
        kinesis.exceptions.InvalidArgumentException,
    ):
        raise Gone(f"the stream does not know {batch.shard} at {batch.first}", batch.day) from None
    records: list[Record] = []
    last = int(batch.last)
    empty = 0
    while iterator and empty < EMPTY_READS:
        answer = kinesis.get_records(ShardIterator=iterator, Limit=1000)
        for found in answer["Records"]:
            if int(found["SequenceNumber"]) > last:
                return _complete(records, batch)
            records.append(_as_lambda_sends(found, batch.shard))
        if records and int(records[-1]["kinesis"]["sequenceNumber"]) == last:
            return _complete(records, batch)
        empty = 0 if answer["Records"] else empty + 1
        iterator = answer.get("NextShardIterator")
    return _complete(records, batch)


def _complete(records: list[Record], batch: Batch) -> list[Record]:
    if len(records) != batch.records:
        sentence = f"the stream has {len(records)} of its {batch.records} records left"
        raise Gone(sentence, batch.day)
    return records


def _as_lambda_sends(found: dict[str, Any], shard: str) -> Record:
    return {
        "kinesis": {
            "partitionKey": found["PartitionKey"],
            "sequenceNumber": found["SequenceNumber"],
            "data": base64.b64encode(found["Data"]).decode(),
            "approximateArrivalTimestamp": found["ApproximateArrivalTimestamp"].timestamp(),
        },
        "eventID": f"{shard}:{found['SequenceNumber']}",
    }


def payloads(records: list[Record]) -> Iterator[bytes]:
    """Events for the consumer, each small enough for one call; nearly always one."""
    waiting: list[str] = []
    size = _AROUND
    for record in records:
        text = json.dumps(record)
        if waiting and size + len(text) + 2 > PAYLOAD_BYTES:
            yield _payload(waiting)
            waiting, size = [], _AROUND
        waiting.append(text)
        size += len(text) + 2
    if waiting:
        yield _payload(waiting)


def _payload(records: list[str]) -> bytes:
    return f'{{"Records": [{", ".join(records)}]}}'.encode()


def call(functions: Any, function: str, payload: bytes) -> None:  # noqa: ANN401 (boto3)
    """Calls a function and waits for its end. Raises Failed with what it says."""
    answer = functions.invoke(FunctionName=function, Payload=payload)
    if "FunctionError" in answer:
        said = json.loads(answer["Payload"].read() or b"{}")
        raise Failed(f"{function} failed again: {said.get('errorMessage', said)}")
