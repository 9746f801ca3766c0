"""What a reviewer must not overlook: changes that lose data, or take away what guards it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from automation.results import UNKNOWN, Op

if TYPE_CHECKING:
    from automation.results import Change

# Types whose objects hold what no `up` brings back.
HOLDS_DATA = frozenset(
    {
        "aws:cloudwatch/logGroup:LogGroup",
        "aws:amp/workspace:Workspace",
        "aws:dynamodb/table:Table",
        "aws:ebs/volume:Volume",
        "aws:ecr/repository:Repository",
        "aws:efs/fileSystem:FileSystem",
        "aws:glue/catalogDatabase:CatalogDatabase",
        "aws:kinesis/stream:Stream",
        "aws:kms/key:Key",
        "aws:rds/cluster:Cluster",
        "aws:rds/instance:Instance",
        "aws:redshift/cluster:Cluster",
        "aws:redshiftserverless/namespace:Namespace",
        "aws:s3/bucket:Bucket",
        "aws:secretsmanager/secret:Secret",
        "aws:sqs/queue:Queue",
    }
)
# An input that guards data, and the value at which it no longer does.
GUARDS: dict[str, object] = {
    "deletionProtection": False,
    "deletionProtectionEnabled": False,
    "forceDestroy": True,
    "skipFinalSnapshot": True,
    "backupRetentionPeriod": 0,
    "enableKeyRotation": False,
}


def dangers(change: Change) -> tuple[str, ...]:
    """Why the change wants a second look, in words; empty for one that does not."""
    found: list[str] = []
    if change.op in (Op.DELETE, Op.REPLACE) and change.type in HOLDS_DATA:
        found.append("holds data")
    if change.op in (Op.DELETE, Op.REPLACE) and change.old and change.old.protect:
        found.append("is protected: the update will fail")
    if change.old and change.new and change.op is not Op.DELETE:
        if change.old.protect and not change.new.protect:
            found.append("loses its protection")
        if change.old.retain_on_delete and not change.new.retain_on_delete:
            found.append("is no longer kept on delete")
        for name, unguarded in GUARDS.items():
            before, after = change.old.inputs.get(name), change.new.inputs.get(name)
            if after == unguarded and after is not None and before != after:
                found.append(f"{name} becomes {str(after).lower()}")
    return tuple(found)


def follows(change: Change) -> bool:
    """Whether it is replaced only because it refers to another one that is.

    The engine knows no more than that the other's name or ARN will be new.
    """
    if change.op is not Op.REPLACE or not change.reasons or change.new is None:
        return False
    inputs = change.new.inputs
    return all(inputs.get(name.partition(".")[0]) == UNKNOWN for name in change.reasons)


def destructive(change: Change) -> bool:
    """Whether the change must stand where nobody has to click to see it."""
    return change.op in (Op.DELETE, Op.REPLACE) or bool(dangers(change))
