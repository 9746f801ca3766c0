"""Send quarantined events again, after a producer or the contract was mended.

Each object is published, then moved under `quarantine/replayed/`: nothing is deleted, and a second
replay sends nothing. When the move fails after the publish, the next replay sends that object's
events once more: at least once, as everywhere. An event that is still wrong comes back to
quarantine under a new key. How to publish is the caller's (`functions.producer.put`).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypedDict

from contract.tables import QUARANTINED_EVENTS
from functions.consumer.quarantine import original_events

REPLAYED = "quarantine/replayed"


@dataclass(frozen=True, kw_only=True)
class Replayed:
    events: int
    objects: int


class Location(TypedDict):
    Bucket: str
    Key: str


class MovesObjects(Protocol):
    """The methods of boto3's S3 client that a replay uses."""

    def list_objects_v2(self, **kwargs: str) -> Mapping[str, Any]: ...
    def get_object(self, *, Bucket: str, Key: str) -> Mapping[str, Any]: ...  # noqa: N803
    def copy_object(self, *, Bucket: str, Key: str, CopySource: Location) -> object: ...  # noqa: N803
    def delete_object(self, *, Bucket: str, Key: str) -> object: ...  # noqa: N803


def replay(
    s3: MovesObjects,
    bucket: str,
    prefix: str = QUARANTINED_EVENTS.prefix,
    *,
    publish: Callable[[list[bytes]], None],
) -> Replayed:
    """Publish the events below `prefix`, in order of key and line, object by object.

    `publish` takes documents without a newline at their end and raises when it could not place one:
    then that object and the ones after it stay where they are, and the error goes to the caller.
    Raises ValueError for a prefix outside quarantine.
    """
    if not f"{prefix}/".startswith(f"{QUARANTINED_EVENTS.prefix}/"):
        raise ValueError(
            f"{prefix!r} is not in quarantine: replay {QUARANTINED_EVENTS.prefix!r} or a part of it"
        )
    events = objects = 0
    for key in list(_keys(s3, bucket, prefix)):
        originals = original_events(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        publish(originals)
        moved = key.replace(QUARANTINED_EVENTS.prefix, f"{REPLAYED}/events", 1)
        s3.copy_object(Bucket=bucket, Key=moved, CopySource={"Bucket": bucket, "Key": key})
        s3.delete_object(Bucket=bucket, Key=key)
        events += len(originals)
        objects += 1
    return Replayed(events=events, objects=objects)


def _keys(s3: MovesObjects, bucket: str, prefix: str) -> Iterator[str]:
    page = s3.list_objects_v2(Bucket=bucket, Prefix=prefix)
    while True:
        yield from (str(found["Key"]) for found in page.get("Contents", ()))
        if not page.get("IsTruncated"):
            return
        page = s3.list_objects_v2(
            Bucket=bucket, Prefix=prefix, ContinuationToken=str(page["NextContinuationToken"])
        )
