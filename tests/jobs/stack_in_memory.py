"""A stack as the commands see it, in memory: its buckets, its stream, its queue, and its consumer,
which is the real one.
"""

# ruff: noqa: N803 - boto3's names

import gzip
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import duckdb

from functions.consumer.records import Record
from functions.consumer.typed import process
from functions.producer.put import Entry
from jobs.redrive.places import Places

SHARD = "shardId-000000000000"
FIRST = 49590338271490256608559692538361571095921575989136588898
ARRIVED = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@dataclass
class Buckets:
    """S3: two keys a page. `archived` keys are in Glacier until `restored`."""

    objects: dict[tuple[str, str], bytes] = field(default_factory=dict)
    archived: set[str] = field(default_factory=set)
    restored: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        return sorted(k for b, k in self.objects if b == bucket and k.startswith(prefix))

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        assert Key not in self.archived - self.restored, "InvalidObjectState"
        return {"Body": io.BytesIO(self.objects[Bucket, Key])}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> None:
        self.objects[Bucket, Key] = Body

    def copy_object(self, *, Bucket: str, Key: str, CopySource: dict[str, str]) -> None:
        self.objects[Bucket, Key] = self.objects[CopySource["Bucket"], CopySource["Key"]]

    def delete_object(self, *, Bucket: str, Key: str) -> None:
        del self.objects[Bucket, Key]

    def head_object(self, *, Bucket: str, Key: str) -> dict[str, str]:
        if Key in self.restored:
            return {"Restore": 'ongoing-request="false", expiry-date="…"'}
        return {"Restore": 'ongoing-request="true"'} if Key in self.asked else {}

    def restore_object(self, *, Bucket: str, Key: str, RestoreRequest: dict[str, Any]) -> None:
        assert RestoreRequest["GlacierJobParameters"] == {"Tier": "Bulk"}
        self.asked.append(Key)

    def list_objects_v2(self, **request: str) -> dict[str, Any]:
        keys = self.keys(request["Bucket"], request["Prefix"])
        start = int(request.get("ContinuationToken", 0))
        page: dict[str, Any] = {
            "Contents": [
                {
                    "Key": key,
                    "Size": len(self.objects[request["Bucket"], key]),
                    "LastModified": ARRIVED,
                    "StorageClass": "GLACIER" if key in self.archived else "STANDARD",
                }
                for key in keys[start : start + 2]
            ]
        }
        if start + 2 < len(keys):
            page |= {"IsTruncated": True, "NextContinuationToken": str(start + 2)}
        return page if keys else {}

    def get_paginator(self, _name: str) -> "Buckets":
        return self

    def paginate(self, **request: str) -> Iterator[dict[str, Any]]:
        page = self.list_objects_v2(**request)
        yield page
        while page.get("IsTruncated"):
            page = self.list_objects_v2(**request, ContinuationToken=page["NextContinuationToken"])
            yield page


@dataclass
class Kinesis:
    """One shard, whose records before `horizon` are gone; three records an answer."""

    records: list[Entry] = field(default_factory=list)
    horizon: int = 0

    class exceptions:  # noqa: N801
        class ResourceNotFoundException(Exception): ...  # noqa: N818

        class InvalidArgumentException(Exception): ...  # noqa: N818

    def put_records(self, *, StreamName: str, Records: list[Entry]) -> Any:
        assert StreamName == "events"
        self.records += Records
        return {"Records": [{} for _ in Records]}

    def get_shard_iterator(self, **request: str) -> dict[str, str]:
        if request["ShardId"] != SHARD:
            raise self.exceptions.ResourceNotFoundException
        assert request["ShardIteratorType"] == "AT_SEQUENCE_NUMBER"
        place = int(request["StartingSequenceNumber"]) - FIRST
        return {"ShardIterator": str(max(place, self.horizon))}

    def get_records(self, *, ShardIterator: str, Limit: int) -> dict[str, Any]:
        start = int(ShardIterator)
        found = self.records[start : start + 3]
        return {
            "Records": [
                {
                    "SequenceNumber": str(FIRST + start + number),
                    "PartitionKey": one["PartitionKey"],
                    "Data": one["Data"],
                    "ApproximateArrivalTimestamp": ARRIVED,
                }
                for number, one in enumerate(found)
            ],
            "NextShardIterator": str(start + len(found)),
        }

    def as_lambda_sends(self, first: int, last: int) -> list[Record]:
        import base64

        return [
            {
                "kinesis": {
                    "partitionKey": self.records[number]["PartitionKey"],
                    "sequenceNumber": str(FIRST + number),
                    "data": base64.b64encode(self.records[number]["Data"]).decode(),
                    "approximateArrivalTimestamp": ARRIVED.timestamp(),
                },
                "eventID": f"{SHARD}:{FIRST + number}",
            }
            for number in range(first, last + 1)
        ]


@dataclass
class Queue:
    messages: dict[str, str] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)

    def send(self, id_: str, body: object) -> None:
        self.messages[id_] = body if isinstance(body, str) else json.dumps(body)

    def receive_message(self, **request: Any) -> dict[str, Any]:
        assert request["QueueUrl"] == "queue"
        found = [id_ for id_ in self.messages if id_ not in self.hidden][:2]
        self.hidden |= set(found)
        answer = [
            {"MessageId": id_, "ReceiptHandle": f"r-{id_}", "Body": self.messages[id_]}
            for id_ in found
        ]
        return {"Messages": answer} if answer else {}

    def delete_message(self, *, QueueUrl: str, ReceiptHandle: str) -> None:
        del self.messages[ReceiptHandle.removeprefix("r-")]

    def change_message_visibility(
        self, *, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int
    ) -> None:
        assert VisibilityTimeout == 0
        self.hidden.discard(ReceiptHandle.removeprefix("r-"))


@dataclass
class Functions:
    """Lambda: the consumer writes what it makes; any other call is noted."""

    s3: Buckets
    breaks: bool = False
    calls: list[tuple[str, Any]] = field(default_factory=list)

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:
        event = json.loads(Payload)
        self.calls.append((FunctionName, event))
        if self.breaks:
            body = io.BytesIO(b'{"errorMessage": "the store is down"}')
            return {"FunctionError": "Unhandled", "Payload": body}
        if FunctionName == "consumer":
            consume(self.s3, event["Records"])
        return {"Payload": io.BytesIO(b"{}")}


def consume(s3: Buckets, records: list[Record]) -> None:
    outcome = process(records)
    for bucket, objects in (("silver", outcome.silver), ("bronze", outcome.bronze)):
        for new in objects:
            s3.put_object(Bucket=bucket, Key=new.key, Body=new.body)


NAMES = {
    "bronze_bucket": "bronze",
    "silver_bucket": "silver",
    "stream": "events",
    "consumer": "consumer",
    "data_validator": "validator",
    "dead_letter_url": "queue",
    "validator_dead_letter_url": "queue",
}


@dataclass
class Stack:
    s3: Buckets = field(default_factory=Buckets)
    kinesis: Kinesis = field(default_factory=Kinesis)
    sqs: Queue = field(default_factory=Queue)
    names: dict[str, str] = field(default_factory=NAMES.copy)

    def __post_init__(self) -> None:
        self.functions = Functions(self.s3)

    @property
    def places(self) -> Places:
        clients = {
            "s3": self.s3,
            "kinesis": self.kinesis,
            "sqs": self.sqs,
            "lambda": self.functions,
        }
        return Places(names=self.names, client=clients.__getitem__)

    def put(self, *records: bytes) -> None:
        """Records on the stream, and Firehose's copy of them in bronze, two records an object."""
        self.kinesis.put_records(
            StreamName="events",
            Records=[{"Data": data, "PartitionKey": "g1"} for data in records],
        )
        for number in range(0, len(records), 2):
            key = (
                f"raw/events/2026/11/22/events-1-2026-11-22-10-00-{number:02}-"
                f"5e1f0000-0000-4000-8000-0000000000{number:02}.gz"
            )
            body = gzip.compress(b"".join(records[number : number + 2]), mtime=0)
            self.s3.put_object(Bucket="bronze", Key=key, Body=body)

    def silver(self) -> dict[str, bytes]:
        return {key: self.s3.objects["silver", key] for key in self.s3.keys("silver")}

    def rows(self, tmp: Any) -> list[tuple[Any, ...]]:
        """Silver as staging takes it: one row for each event, the first by position."""
        for key, body in self.silver().items():
            path = tmp / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            return connection.execute(
                f"""
                select * exclude (arrived_at, position, copy) from (
                    select *, row_number() over (partition by event_id order by position) as copy
                    from read_parquet('{tmp}/events/**/*.parquet', hive_partitioning = true)
                ) where copy = 1 order by event_id
                """  # noqa: S608 (a folder of the test)
            ).fetchall()

    def copies(self, tmp: Any) -> int:
        with duckdb.connect() as connection:
            path = f"{tmp}/events/**/*.parquet"
            (found,) = connection.sql(
                "select count(*) from read_parquet($1)", params=[path]
            ).fetchall()
        return found[0]


def letter(first: int, last: int, *, shard: str = SHARD, records: int | None = None) -> Any:
    return {
        "requestContext": {"condition": "RetryAttemptsExhausted"},
        "KinesisBatchInfo": {
            "shardId": shard,
            "startSequenceNumber": str(FIRST + first),
            "endSequenceNumber": str(FIRST + last),
            "approximateArrivalOfFirstRecord": "2026-11-22T10:00:00.000Z",
            "batchSize": last - first + 1 if records is None else records,
            "streamArn": "arn:aws:kinesis:eu-west-1:123456789012:stream/events",
        },
    }
