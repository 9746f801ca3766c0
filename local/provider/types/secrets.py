"""Secrets Manager secrets and their values, and SSM parameters."""

import base64

from local.provider.resource import Call, Name, Part, Read, ResourceType, Task, words
from local.provider.tags import tags
from local.provider.values import Props, as_list

_DEFAULT_WINDOW = 30  # days (Secrets Manager API, DeleteSecret)


def _read_secret(task: Task) -> Props | None:
    held = task.call("describe_secret")
    return None if held.get("deletedDate") else held


def _delete_secret(task: Task) -> None:
    days = task.want.get("recoveryWindowInDays", _DEFAULT_WINDOW)
    if days:
        task.call("delete_secret", recoveryWindowInDays=days)
    else:
        task.call("delete_secret", forceDeleteWithoutRecovery=True)


SECRET = ResourceType(
    type="aws:secretsmanager/secret:Secret",
    service="secretsmanager",
    inputs=words("name description kmsKeyId policy recoveryWindowInDays tags"),
    name=Name(limit=512),
    id="{arn}",
    create=Call(operation="create_secret"),
    created={"arn": "arn"},
    update=Call(operation="update_secret"),
    read=_read_secret,
    delete=_delete_secret,
    rename={"arn": "SecretId"},
    local=words("recoveryWindowInDays"),
    computed=words("arn"),
    reset={"description": ""},
    parts=(
        Part(
            properties=words("policy"),
            put=Call(operation="put_resource_policy", rename={"policy": "ResourcePolicy"}),
            clear=Call(operation="delete_resource_policy"),
            read=Read(operation="get_resource_policy", rename={"policy": "ResourcePolicy"}),
        ),
        tags("describe_secret"),
    ),
)


def _put_value(task: Task) -> Props:
    want = dict(task.want)
    if "secretBinary" in want:
        want["secretBinary"] = base64.b64decode(want["secretBinary"])
    return task.call("put_secret_value", **want)


def _drop_value(task: Task) -> None:
    """AWS deletes a version once it has no stage; the current one can't lose its own."""
    for stage in as_list(task.have.get("versionStages")):
        if stage != "AWSCURRENT":
            task.call(
                "update_secret_version_stage",
                versionStage=stage,
                removeFromVersionId=task.address["versionId"],
            )


SECRET_VALUE = ResourceType(
    type="aws:secretsmanager/secretVersion:SecretVersion",
    service="secretsmanager",
    inputs=words("secretId secretString secretBinary versionStages"),
    id="{secretId}|{versionId}",
    create=_put_value,
    created={"versionId": "versionId"},
    read=Read(operation="get_secret_value"),
    delete=_drop_value,
    computed=words("arn versionId"),
    derived={"secretArn": "{arn}"},
)

# Read from two calls: one knows the value, the other what describes it.
_DESCRIBED = words("description keyId allowedPattern tier dataType")


def _put_parameter(task: Task) -> None:
    want = dict(task.want)
    if "insecureValue" in want:
        want["value"] = want.pop("insecureValue")
    if task.address:
        want = {**{key: task.have.get(key) for key in ("type",)}, **want, "overwrite": True}
    task.call("put_parameter", **want)


def _read_parameter(task: Task) -> Props:
    held: Props = task.call("get_parameter", withDecryption=True)["parameter"]
    name = task.address["name"]
    option = {"key": "Name", "option": "Equals", "values": [name]}
    described = task.api.pages("describe_parameters", "parameters", parameterFilters=[option])
    more = {key: described[0].get(key) for key in _DESCRIBED} if described else {}
    plain = {"insecureValue": held.get("value")} if held.get("type") == "String" else {}
    return {**more, **held, **plain}


PARAMETER = ResourceType(
    type="aws:ssm/parameter:Parameter",
    service="ssm",
    inputs=words(
        "name type value insecureValue description keyId allowedPattern tier dataType overwrite "
        "tags"
    ),
    name=Name(limit=1011),
    id="{name}",
    create=_put_parameter,
    update=_put_parameter,
    read=_read_parameter,
    delete=Call(operation="delete_parameter"),
    replaces=words("dataType"),
    unread=words("overwrite"),
    computed=words("arn version"),
    volatile=words("version insecureValue"),
    reset={"description": ""},
    parts=(
        tags(
            put="add_tags_to_resource",
            remove="remove_tags_from_resource",
            answer="tagList",
            extra={"resourceType": "Parameter"},
            by={"resourceId": "name"},
        ),
    ),
)

TYPES = (SECRET, SECRET_VALUE, PARAMETER)
