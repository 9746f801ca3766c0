"""The validator's Lambda handler: wiring only. A new object of bronze in, its verdict beside it.

Environment: METRIC_NAMESPACE. S3 tells of an object at least once: a second verdict replaces the
first with equal bytes, and only its counts are published twice.
"""

import os
import sys
from collections.abc import Callable
from functools import cache
from typing import Any, Protocol, TypedDict, cast
from urllib.parse import unquote_plus

from functions.data_validator.metrics import embedded_metrics
from functions.data_validator.verdict import encoded, judge, verdict_key


class Bucket(TypedDict):
    name: str


class Object(TypedDict):
    key: str  # URL-encoded, a space as "+"


class Entity(TypedDict):
    bucket: Bucket
    object: Object


class Notice(TypedDict):
    s3: Entity


class Event(TypedDict):
    """Shape: Amazon S3 user guide, "Event message structure"."""

    Records: list[Notice]


class S3(Protocol):
    """What this function uses of boto3's S3 client."""

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]: ...  # noqa: N803
    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> object: ...  # noqa: N803


def handler(event: Event, _context: object) -> None:
    """Raises what the store raises: Lambda tries again twice, then the dead-letter queue gets the
    event.
    """
    for record in event["Records"]:
        entity = record["s3"]
        bucket, key = entity["bucket"]["name"], unquote_plus(entity["object"]["key"])
        found = s3().get_object(Bucket=bucket, Key=key)
        verdict = judge(key, found["ETag"].strip('"'), found["Body"].read())
        s3().put_object(Bucket=bucket, Key=verdict_key(key), Body=encoded(verdict))
        # Not through logging: Lambda's formatter puts a prefix before the line.
        for line in embedded_metrics(verdict, namespace=os.environ["METRIC_NAMESPACE"]):
            sys.stdout.write(line + "\n")


@cache
def s3() -> S3:
    """Of this environment; made once, so that connections stay open."""
    import boto3

    create = cast("Callable[..., S3]", boto3.client)  # boto3 has no types
    return create("s3")
