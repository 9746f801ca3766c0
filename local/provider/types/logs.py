"""CloudWatch log groups and streams.

Their look-up calls search by prefix: only an exact name counts.
"""

from local.provider.resource import Call, Name, Part, Read, ResourceType, words
from local.provider.tags import tags

GROUP = ResourceType(
    type="aws:cloudwatch/logGroup:LogGroup",
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
    delete=Call(operation="delete_log_group"),
    # No `update`: a new key replaces the group, as the emulator has no call to change it.
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
        tags(),
    ),
)

STREAM = ResourceType(
    type="aws:cloudwatch/logStream:LogStream",
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
