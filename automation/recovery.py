"""What mends a stack whose run was interrupted, and what brings an older state back.

The ladder of `docs/runbook.md` as code: what was being created when a run ended is adopted where
its id is known from its name, and looked up; then the next `up` is an ordinary one. It releases no
lock (`automation.locks`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from pulumi import automation as auto

from automation.backend import state_key
from automation.errors import UserError

if TYPE_CHECKING:
    from automation.backend import Bucket, Version

# Types whose id is their name, and the property it is in. Others that were being created may be
# left without a stack; AWS shows them under their tags.
NAMED = {
    "aws:athena/workgroup:Workgroup": "name",
    "aws:cloudwatch/logGroup:LogGroup": "name",
    "aws:dynamodb/table:Table": "name",
    "aws:iam/role:Role": "name",
    "aws:kms/alias:Alias": "name",
    "aws:lambda/function:Function": "name",
    "aws:s3/bucket:Bucket": "bucket",
}
# The format of a state that `stack import` takes (pulumi/sdk/go/common/apitype: deployments).
FORMAT = 3


@dataclass(frozen=True, kw_only=True)
class Mended:
    """Logical names of what was being created: `adopted` is looked up, `dropped` made anew."""

    adopted: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()


def pending(deployment: dict[str, Any]) -> list[dict[str, Any]]:
    """What was under way when the last run ended."""
    return list(deployment.get("pending_operations") or [])


def mend(stack: auto.Stack) -> Mended:
    """Settle what an interrupted run left under way; nothing to do is fine.

    Writes the state and then refreshes it, so that an adopted resource that AWS does not have
    leaves it again. Raises `UserError` when the stack is locked or cannot be refreshed.
    """
    exported = stack.export_stack()
    deployment = cast("dict[str, Any]", exported.deployment)
    if not pending(deployment):
        return Mended()
    settled, mended = adopted(deployment)
    try:
        stack.import_stack(auto.Deployment(exported.version, settled))
        # With the program, since a refresh without it asks the endpoints and the login of the run
        # that was killed: they are in the state.
        stack.refresh(
            clear_pending_creates=True, run_program=True, color="never", show_secrets=False
        )
    except auto.CommandError as error:
        raise UserError(f"stack {stack.name} could not be mended: {_last_words(error)}") from None
    return mended


def adopted(deployment: dict[str, Any]) -> tuple[dict[str, Any], Mended]:
    """The state with what was being created among its resources, where its id is its name.

    AWS may have made it before the answer could be written down; making it anew would fail, because
    the name is taken.
    """
    resources = list(deployment.get("resources") or [])
    known = {resource["urn"] for resource in resources}
    rest: list[dict[str, Any]] = []
    taken: list[str] = []
    dropped: list[str] = []
    for operation in pending(deployment):
        resource: dict[str, Any] = operation["resource"]
        name = resource["urn"].rpartition("::")[2]
        id_ = resource.get("inputs", {}).get(NAMED.get(resource["type"], ""))
        if operation["type"] != "creating":
            rest.append(operation)
        elif isinstance(id_, str) and resource["urn"] not in known:
            resources.append({**resource, "id": id_, "outputs": {}})
            taken.append(name)
        else:
            rest.append(operation)
            dropped.append(name)
    settled = {**deployment, "resources": resources, "pending_operations": rest}
    return settled, Mended(adopted=tuple(taken), dropped=tuple(dropped))


def versions(bucket: Bucket, project: str, stack: str) -> list[Version]:
    """Every state that the stack has had and that the bucket still keeps, newest first."""
    key = state_key(project, stack)
    return bucket.versions(key) or bucket.versions(f"{key}.gz")


def older(bucket: Bucket, project: str, stack: str, version: str) -> auto.Deployment:
    """The state of one version; raises `UserError` when there is none, or it holds no state."""
    key = state_key(project, stack)
    text = bucket.read(key, version=version)
    if text is None:
        raise UserError(
            f"s3://{bucket.name}/{key} has no version {version!r}: the list is in "
            f"`python -m automation states --stack {stack}`"
        )
    try:
        latest = json.loads(text)["checkpoint"]["latest"]
    except (ValueError, KeyError, TypeError):
        raise UserError(f"version {version!r} of {key} is no state: choose another") from None
    return auto.Deployment(FORMAT, latest)


def clear_unreadable(bucket: Bucket, project: str, stack: str) -> bool:
    """Put a state that is no JSON out of the way, so that the engine can open the stack; whether
    there was one. It stays behind as a version.
    """
    key = state_key(project, stack)
    text = bucket.read(key)
    try:
        if text is not None:
            json.loads(text)
    except ValueError:
        bucket.delete(key)
        return True
    return False


def restore(bucket: Bucket, project: str, stack: auto.Stack, version: str) -> int:
    """Make an older state the current one; the number of its resources.

    The state it replaces stays behind as a version. The cloud has gone on since: refresh next.
    """
    chosen = older(bucket, project, stack.name, version)
    try:
        stack.import_stack(chosen)
    except auto.CommandError as error:
        raise UserError(
            f"version {version!r} could not be imported into {stack.name}: {_last_words(error)}"
        ) from None
    return len((chosen.deployment or {}).get("resources") or [])


def _last_words(error: auto.CommandError) -> str:
    """What the engine calls an error, each sentence once."""
    found = [line.partition("error:")[2].strip() for line in str(error).splitlines()]
    told = [text for text in dict.fromkeys(found) if text and text != "update failed"]
    return "; ".join(told) or " ".join(str(error).split())
