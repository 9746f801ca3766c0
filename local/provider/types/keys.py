"""KMS keys and aliases. A key that is scheduled for deletion counts as gone."""

from local.provider.resource import Call, Name, Part, Read, ResourceType, Task, tail, words
from local.provider.tags import tags
from local.provider.values import Props

_DEFAULT_WINDOW = 30  # days (KMS API, ScheduleKeyDeletion)


def _read(task: Task) -> Props | None:
    held: Props = task.call("describe_key")["keyMetadata"]
    if held.get("keyState") == "PendingDeletion":
        return None
    return {
        **held,
        "customerMasterKeySpec": held.get("keySpec") or held.get("customerMasterKeySpec"),
        "isEnabled": held.get("enabled"),
    }


def _put_rotation(task: Task) -> None:
    if task.want.get("enableKeyRotation"):
        period = {key: task.want[key] for key in ("rotationPeriodInDays",) if key in task.want}
        task.call("enable_key_rotation", **period)
    else:
        task.call("disable_key_rotation")


def _read_rotation(task: Task) -> Props:
    answer = task.call("get_key_rotation_status")
    return {
        "enableKeyRotation": answer.get("keyRotationEnabled"),
        "rotationPeriodInDays": answer.get("rotationPeriodInDays"),
    }


def _put_enabled(task: Task) -> None:
    task.call("enable_key" if task.want.get("isEnabled", True) else "disable_key")


def _delete(task: Task) -> None:
    days = task.want.get("deletionWindowInDays", _DEFAULT_WINDOW)
    task.call("schedule_key_deletion", pendingWindowInDays=days)


KEY = ResourceType(
    type="aws:kms/key:Key",
    service="kms",
    inputs=words(
        "description keyUsage customerMasterKeySpec multiRegion policy "
        "bypassPolicyLockoutSafetyCheck enableKeyRotation rotationPeriodInDays isEnabled "
        "deletionWindowInDays tags"
    ),
    id="{keyId}",
    create=Call(operation="create_key", rename={"customerMasterKeySpec": "KeySpec"}),
    created={"keyId": "keyMetadata.keyId"},
    update=Call(operation="update_key_description"),
    read=_read,
    delete=_delete,
    replaces=words("keyUsage customerMasterKeySpec multiRegion"),
    local=words("deletionWindowInDays"),
    unread=words("bypassPolicyLockoutSafetyCheck"),
    computed=words("arn keyId"),
    reset={"description": ""},
    parts=(
        Part(
            properties=words("policy bypassPolicyLockoutSafetyCheck"),
            put=Call(operation="put_key_policy", fixed={"policyName": "default"}),
            read=Read(operation="get_key_policy", fixed={"policyName": "default"}),
            in_create=True,
        ),
        Part(
            properties=words("enableKeyRotation rotationPeriodInDays"),
            put=_put_rotation,
            read=_read_rotation,
        ),
        Part(properties=words("isEnabled"), put=_put_enabled),
        tags("list_resource_tags"),
    ),
)


def _read_alias(task: Task) -> Props | None:
    name = task.address["name"]
    found = [
        item for item in task.api.pages("list_aliases", "aliases") if item["aliasName"] == name
    ]
    if not found:
        return None
    arn: str = found[0]["aliasArn"]
    key: str = found[0]["targetKeyId"]
    return {
        "arn": arn,
        "targetKeyId": key,
        "targetKeyArn": arn.replace(f":{name}", f":key/{key}"),
    }


ALIAS = ResourceType(
    type="aws:kms/alias:Alias",
    service="kms",
    inputs=words("name targetKeyId"),
    name=Name(limit=256, prefix="alias/"),
    id="{name}",
    create=Call(operation="create_alias"),
    update=Call(operation="update_alias"),
    read=_read_alias,
    delete=Call(operation="delete_alias"),
    rename={"name": "AliasName"},
    same={"targetKeyId": tail},
    computed=words("arn targetKeyArn"),
    volatile=words("targetKeyArn"),
)

TYPES = (KEY, ALIAS)
