"""CloudWatch log groups and streams. Their look-up calls search by prefix: only an exact name counts."""

from local.provider.resource import Call, Name, Part, Read, ResourceType, Task, words
from local.provider.tags import tags


def _delete_group(task: Task) -> None:
    if not task.want.get("skipDestroy"):
        task.call("delete_log_group")


GROUP = ResourceType(
    token="aws:cloudwatch/logGroup:LogGroup",
    service="logs",
    inputs=words("name retentionInDays kmsKeyId logGroupClass skipDestroy tags"),
    name=Name(limit=512),
    id="{name}",
    create=Call(operation="create_log_group"),
    read=Read(
        operation="describe_log_groups",
        at="logGroups",
        match=("logGroupName", "name"),
        by={"logGroupNamePrefix": "name"},
    ),
    delete=_delete_group,
    rename={"name": "logGroupName"},
    local=words("skipDestroy"),
    # The look-up's own ends in `:*`, which no other call takes.
    derived={"arn": "arn:aws:logs:{region}:{account}:log-group:{name}"},
    parts=(
        Part(
            properties=words("retentionInDays"),
            put=Call(operation="put_retention_policy"),
            clear=Call(operation="delete_retention_policy"),
        ),
        Part(
            properties=words("kmsKeyId"),
            put=Call(operation="associate_kms_key"),
            clear=Call(operation="disassociate_kms_key"),
            in_create=True,
        ),
        tags(),
    ),
)

STREAM = ResourceType(
    token="aws:cloudwatch/logStream:LogStream",
    service="logs",
    inputs=words("name logGroupName"),
    name=Name(limit=512),
    id="{logGroupName}:{name}",
    create=Call(operation="create_log_stream"),
    read=Read(
        operation="describe_log_streams",
        at="logStreams",
        match=("logStreamName", "name"),
        by={"logStreamNamePrefix": "name"},
    ),
    delete=Call(operation="delete_log_stream"),
    rename={"name": "logStreamName"},
    computed=words("arn"),
)

TYPES = (GROUP, STREAM)
