"""Firehose delivery streams to S3, fed directly or from a Kinesis stream.

Left out: every other destination (`destination` must be `extended_s3`).
"""

from local.provider import rename as renames
from local.provider.resource import Call, Name, Part, Read, ResourceType, Task, words
from local.provider.tags import tags
from local.provider.values import Props, as_object

_S3 = "extendedS3Configuration"
_BACKUP = f"{_S3}.s3BackupConfiguration"
_RENAME = {
    "name": "DeliveryStreamName",
    "arn": "DeliveryStreamARN",
    _S3: "ExtendedS3DestinationConfiguration",
    f"{_S3}.bufferingSize": "BufferingHints.SizeInMBs",
    f"{_S3}.bufferingInterval": "BufferingHints.IntervalInSeconds",
    f"{_S3}.kmsKeyArn": "EncryptionConfiguration.KMSEncryptionConfig.AWSKMSKeyARN",
    f"{_S3}.dynamicPartitioningConfiguration.retryDuration": "RetryOptions.DurationInSeconds",
    f"{_BACKUP}.bufferingSize": "BufferingHints.SizeInMBs",
    f"{_BACKUP}.bufferingInterval": "BufferingHints.IntervalInSeconds",
    f"{_BACKUP}.kmsKeyArn": "EncryptionConfiguration.KMSEncryptionConfig.AWSKMSKeyARN",
    "kinesisSourceConfiguration": "KinesisStreamSourceConfiguration",
    "kinesisSourceConfiguration.kinesisStreamArn": "KinesisStreamARN",
}


def _create(task: Task) -> Props:
    want = {
        key: value
        for key, value in task.want.items()
        if key not in ("destination", "serverSideEncryption")
    }
    kind = "KinesisStreamAsSource" if "kinesisSourceConfiguration" in want else "DirectPut"
    return task.call("create_delivery_stream", **want, deliveryStreamType=kind)


def _update(task: Task) -> None:
    target = renames.apply(
        {_S3: task.want[_S3]},
        {**_RENAME, _S3: "ExtendedS3DestinationUpdate", _BACKUP: "S3BackupUpdate"},
    )
    version = {
        "currentDeliveryStreamVersionId": task.have["versionId"],
        "destinationId": task.have["destinationId"],
    }
    task.send("update_destination", {**target, **version})


def _put_encryption(task: Task) -> None:
    wanted = as_object(task.want.get("serverSideEncryption"))
    if wanted.get("enabled"):
        key = {name: wanted[name] for name in ("keyArn", "keyType") if name in wanted}
        configuration = {"keyType": "AWS_OWNED_CMK", **key}
        task.call(
            "start_delivery_stream_encryption",
            deliveryStreamEncryptionConfigurationInput=configuration,
        )
    else:
        task.call("stop_delivery_stream_encryption")


def _read_encryption(task: Task) -> Props:
    held = as_object(task.have.get("serverSideEncryption"))
    return {"serverSideEncryption": {**held, "enabled": held.get("status") == "ENABLED"}}


def _check(news: Props) -> list[tuple[str, str]]:
    if news.get("destination") == "extended_s3":
        return []
    return [("destination", "the local provider delivers to extended_s3 only")]


FIREHOSE = ResourceType(
    type="aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
    service="firehose",
    inputs=words(
        "name destination extendedS3Configuration kinesisSourceConfiguration serverSideEncryption "
        "tags"
    ),
    name=Name(limit=64),
    id="arn:aws:firehose:{region}:{account}:deliverystream/{name}",
    create=_create,
    update=_update,
    read=Read(
        operation="describe_delivery_stream",
        at="deliveryStreamDescription",
        rename={
            "destinationId": "destinations.0.destinationId",
            _S3: "destinations.0.extendedS3DestinationDescription",
            _BACKUP: "s3BackupDescription",
            "kinesisSourceConfiguration": "source.kinesisStreamSourceDescription",
            "serverSideEncryption": "deliveryStreamEncryptionConfiguration",
        },
    ),
    delete=Call(operation="delete_delivery_stream"),
    rename=_RENAME,
    replaces=words("destination kinesisSourceConfiguration"),
    unread=words("destination"),
    computed=words("destinationId versionId"),
    volatile=words("versionId"),
    derived={"arn": "arn:aws:firehose:{region}:{account}:deliverystream/{name}"},
    parts=(
        Part(properties=words("serverSideEncryption"), put=_put_encryption, read=_read_encryption),
        tags(
            "list_tags_for_delivery_stream",
            "tag_delivery_stream",
            "untag_delivery_stream",
        ),
    ),
    ready=("deliveryStreamStatus", words("ACTIVE")),
    failed=words("CREATING_FAILED"),
    slow_delete=True,
    check=_check,
)

TYPES = (FIREHOSE,)
