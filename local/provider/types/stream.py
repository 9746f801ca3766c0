"""Kinesis data streams."""

from local.provider.resource import Name, Part, Read, ResourceType, Task, words
from local.provider.tags import tags
from local.provider.values import Props

_DEFAULT_RETENTION = 24  # hours
_DEFAULT_KEY = "alias/aws/kinesis"


def _create(task: Task) -> Props:
    return task.call("create_stream", **task.want)


def _put_retention(task: Task) -> None:
    """One call for longer, one for shorter; Kinesis refuses the one that changes nothing."""
    hours = task.want.get("retentionPeriod", _DEFAULT_RETENTION)
    held = task.have["retentionPeriod"]
    if hours != held:
        way = "increase" if hours > held else "decrease"
        task.call(f"{way}_stream_retention_period", retentionPeriod=hours)


def _put_encryption(task: Task) -> None:
    if task.want.get("encryptionType") == "KMS":
        key = task.want.get("kmsKeyId") or _DEFAULT_KEY
        task.call("start_stream_encryption", encryptionType="KMS", kmsKeyId=key)
    elif task.have.get("encryptionType") == "KMS":
        key = task.have.get("kmsKeyId") or _DEFAULT_KEY
        task.call("stop_stream_encryption", encryptionType="KMS", kmsKeyId=key)


def _put_shards(task: Task) -> None:
    count = task.want.get("shardCount")
    if count and count != task.have.get("shardCount"):
        task.call("update_shard_count", targetShardCount=count, scalingType="UNIFORM_SCALING")


def _put_metrics(task: Task) -> None:
    want = set(task.want.get("shardLevelMetrics") or [])
    held = set(task.have.get("shardLevelMetrics") or [])
    if want - held:
        task.call("enable_enhanced_monitoring", shardLevelMetrics=sorted(want - held))
    if held - want:
        task.call("disable_enhanced_monitoring", shardLevelMetrics=sorted(held - want))


def _put_mode(task: Task) -> None:
    mode = task.want.get("streamModeDetails") or {"streamMode": "PROVISIONED"}
    task.call("update_stream_mode", streamModeDetails=mode)


def _delete(task: Task) -> None:
    force = bool(task.want.get("enforceConsumerDeletion"))
    task.call("delete_stream", enforceConsumerDeletion=force)


STREAM = ResourceType(
    type="aws:kinesis/stream:Stream",
    service="kinesis",
    inputs=words(
        "name shardCount streamModeDetails retentionPeriod encryptionType kmsKeyId "
        "shardLevelMetrics enforceConsumerDeletion tags"
    ),
    name=Name(limit=128),
    id="arn:aws:kinesis:{region}:{account}:stream/{name}",
    create=_create,
    read=Read(
        operation="describe_stream_summary",
        at="streamDescriptionSummary",
        rename={
            "shardCount": "openShardCount",
            "shardLevelMetrics": "enhancedMonitoring.0.shardLevelMetrics",
        },
    ),
    delete=_delete,
    rename={
        "name": "StreamName",
        "arn": "StreamARN",
        "retentionPeriod": "RetentionPeriodHours",
        "kmsKeyId": "KeyId",
    },
    local=words("enforceConsumerDeletion"),
    derived={"arn": "arn:aws:kinesis:{region}:{account}:stream/{name}"},
    parts=(
        Part(properties=words("streamModeDetails"), put=_put_mode, in_create=True),
        Part(properties=words("shardCount"), put=_put_shards, in_create=True),
        Part(properties=words("retentionPeriod"), put=_put_retention),
        Part(properties=words("encryptionType kmsKeyId"), put=_put_encryption),
        Part(properties=words("shardLevelMetrics"), put=_put_metrics),
        tags(
            "list_tags_for_stream", "add_tags_to_stream", "remove_tags_from_stream", in_create=False
        ),
    ),
    ready=("streamStatus", words("ACTIVE")),
    slow_delete=True,
)

TYPES = (STREAM,)
