"""IAM roles, users and policies."""

from local.provider.resource import Call, Name, Part, Read, ResourceType, Task, words
from local.provider.tags import tags
from local.provider.values import Json, Props, as_list, as_object

# IAM keeps five versions of a managed policy (IAM quotas).
_POLICY_VERSIONS = 5


def _boundary(task: Task) -> Props:
    """Set as an ARN, given back as an object."""
    held = as_object(task.have.get("permissionsBoundary"))
    return {"permissionsBoundary": held.get("permissionsBoundaryArn")}


def _put_inline(task: Task) -> None:
    want = {item["name"]: item["policy"] for item in as_list(task.want.get("inlinePolicies"))}
    held = {item["name"] for item in as_list(task.have.get("inlinePolicies"))}
    for name in sorted(held - want.keys()):
        task.call("delete_role_policy", policyName=name)
    for name, policy in sorted(want.items()):
        task.call("put_role_policy", policyName=name, policyDocument=policy)


def _read_inline(task: Task) -> Props:
    names = task.call("list_role_policies").get("policyNames", [])
    read = [task.call("get_role_policy", policyName=name) for name in sorted(names)]
    return {
        "inlinePolicies": [
            {"name": item["policyName"], "policy": item["policyDocument"]} for item in read
        ]
    }


def _put_managed(task: Task) -> None:
    want = set(as_list(task.want.get("managedPolicyArns")))
    held = set(as_list(task.have.get("managedPolicyArns")))
    for arn in sorted(held - want):
        task.call("detach_role_policy", policyArn=arn)
    for arn in sorted(want - held):
        task.call("attach_role_policy", policyArn=arn)


def _attached(task: Task) -> list[str]:
    name = task.address.get("name") or task.address["role"]
    found = task.api.pages("list_attached_role_policies", "attachedPolicies", roleName=name)
    return [item["policyArn"] for item in found]


def _delete_role(task: Task) -> None:
    """As the official plugin: what the role declares goes with it, the rest only by force."""
    forced = bool(task.want.get("forceDetachPolicies"))
    if forced or task.want.get("managedPolicyArns"):
        for arn in _attached(task):
            task.call("detach_role_policy", policyArn=arn)
    if forced or task.want.get("inlinePolicies"):
        for item in _read_inline(task)["inlinePolicies"]:
            task.call("delete_role_policy", policyName=item["name"])
    task.call("delete_role")


ROLE = ResourceType(
    type="aws:iam/role:Role",
    service="iam",
    inputs=words(
        "name path assumeRolePolicy description maxSessionDuration permissionsBoundary "
        "forceDetachPolicies inlinePolicies managedPolicyArns tags"
    ),
    name=Name(limit=64),
    id="{name}",
    create=Call(operation="create_role"),
    update=Call(operation="update_role"),
    read=Read(operation="get_role", at="role"),
    delete=_delete_role,
    rename={
        "name": "RoleName",
        "assumeRolePolicy": "AssumeRolePolicyDocument",
        "uniqueId": "RoleId",
    },
    replaces=words("path"),
    local=words("forceDetachPolicies"),
    computed=words("arn uniqueId createDate"),
    reset={"maxSessionDuration": 3600},
    parts=(
        Part(
            properties=words("description"),
            put=Call(operation="update_role_description"),
            clear=Call(operation="update_role_description", fixed={"description": ""}),
            in_create=True,
        ),
        Part(
            properties=words("assumeRolePolicy"),
            put=Call(
                operation="update_assume_role_policy", rename={"assumeRolePolicy": "PolicyDocument"}
            ),
            in_create=True,
        ),
        Part(
            properties=words("permissionsBoundary"),
            put=Call(operation="put_role_permissions_boundary"),
            clear=Call(operation="delete_role_permissions_boundary"),
            read=_boundary,
            in_create=True,
        ),
        Part(properties=words("inlinePolicies"), put=_put_inline, read=_read_inline, lazy=True),
        Part(
            properties=words("managedPolicyArns"),
            put=_put_managed,
            read=lambda task: {"managedPolicyArns": _attached(task)},
            lazy=True,
        ),
        tags("list_role_tags", "tag_role", "untag_role"),
    ),
)

ROLE_POLICY = ResourceType(
    type="aws:iam/rolePolicy:RolePolicy",
    service="iam",
    inputs=words("name role policy"),
    name=Name(limit=128),
    id="{role}:{name}",
    create=Call(operation="put_role_policy"),
    update=Call(operation="put_role_policy"),
    read=Read(operation="get_role_policy"),
    delete=Call(operation="delete_role_policy"),
    rename={"name": "PolicyName", "role": "RoleName", "policy": "PolicyDocument"},
)


def _read_attachment(task: Task) -> Props | None:
    return {} if task.address["policyArn"] in _attached(task) else None


ATTACHMENT = ResourceType(
    type="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    service="iam",
    inputs=words("role policyArn"),
    id="{role}/{policyArn}",
    create=Call(operation="attach_role_policy"),
    read=_read_attachment,
    delete=Call(operation="detach_role_policy"),
    rename={"role": "RoleName"},
)


def _versions(task: Task) -> list[Json]:
    return task.api.pages("list_policy_versions", "versions", policyArn=task.address["arn"])


def _update_policy(task: Task) -> None:
    old = [item for item in _versions(task) if not item["isDefaultVersion"]]
    if len(old) >= _POLICY_VERSIONS - 1:
        oldest = min(old, key=lambda item: int(item["versionId"].removeprefix("v")))
        task.call("delete_policy_version", versionId=oldest["versionId"])
    task.call("create_policy_version", **task.want, setAsDefault=True)


def _read_policy(task: Task) -> Props:
    held: Props = task.call("get_policy")["policy"]
    version = task.call("get_policy_version", versionId=held["defaultVersionId"])["policyVersion"]
    return {**held, "name": held["policyName"], "policy": version["document"]}


def _delete_policy(task: Task) -> None:
    for item in _versions(task):
        if not item["isDefaultVersion"]:
            task.call("delete_policy_version", versionId=item["versionId"])
    task.call("delete_policy")


POLICY = ResourceType(
    type="aws:iam/policy:Policy",
    service="iam",
    inputs=words("name path policy description tags"),
    name=Name(limit=128),
    id="{arn}",
    create=Call(operation="create_policy"),
    created={"arn": "policy.arn"},
    update=_update_policy,
    read=_read_policy,
    delete=_delete_policy,
    rename={"name": "PolicyName", "policy": "PolicyDocument", "arn": "PolicyArn"},
    replaces=words("path description"),
    computed=words("arn policyId attachmentCount"),
    volatile=words("attachmentCount"),
    parts=(tags("list_policy_tags", "tag_policy", "untag_policy"),),
)


def _delete_user(task: Task) -> None:
    name = task.address["name"]
    if task.want.get("forceDestroy"):
        for key in task.api.pages("list_access_keys", "accessKeyMetadata", userName=name):
            task.call("delete_access_key", accessKeyId=key["accessKeyId"])
    task.call("delete_user")


USER = ResourceType(
    type="aws:iam/user:User",
    service="iam",
    inputs=words("name path permissionsBoundary forceDestroy tags"),
    name=Name(limit=64),
    id="{name}",
    create=Call(operation="create_user"),
    update=Call(operation="update_user", rename={"path": "NewPath"}),
    read=Read(operation="get_user", at="user"),
    delete=_delete_user,
    rename={"name": "UserName", "uniqueId": "UserId"},
    local=words("forceDestroy"),
    computed=words("arn uniqueId"),
    volatile=words("arn"),
    parts=(
        Part(
            properties=words("permissionsBoundary"),
            put=Call(operation="put_user_permissions_boundary"),
            clear=Call(operation="delete_user_permissions_boundary"),
            read=_boundary,
            in_create=True,
        ),
        tags("list_user_tags", "tag_user", "untag_user"),
    ),
)

TYPES = (ROLE, ROLE_POLICY, ATTACHMENT, POLICY, USER)
