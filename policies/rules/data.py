"""What no `up` brings back is guarded against deletion, and there is a copy of it."""

from __future__ import annotations

from collections.abc import Iterator

from policies.rule import Context, Rule, Severity
from policies.subject import Subject

TABLE = "aws:dynamodb/table:Table"
CLUSTER, INSTANCE = "aws:rds/cluster:Cluster", "aws:rds/instance:Instance"
KEY = "aws:kms/key:Key"
SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105 (a type)
# Type, to AWS's own switch against deletion. Streams and queues are not here: what they hold is in
# bronze, or was refused.
SWITCH = {
    CLUSTER: "deletionProtection",
    INSTANCE: "deletionProtection",
    TABLE: "deletionProtectionEnabled",
}
STATEFUL = frozenset(
    {*SWITCH, KEY, "aws:redshiftserverless/namespace:Namespace", "aws:s3/bucket:Bucket"}
)
# Type, to the switch that loses data, and the value at which it does. A workgroup's
# `forceDestroy` is not here: it loses the history of queries.
LOSES: dict[str, tuple[str, object]] = {
    "aws:ecr/repository:Repository": ("forceDelete", True),
    "aws:s3/bucket:Bucket": ("forceDestroy", True),
    CLUSTER: ("skipFinalSnapshot", True),
    INSTANCE: ("skipFinalSnapshot", True),
    SECRET: ("recoveryWindowInDays", 0),
}


def _protected(subject: Subject, _context: Context) -> Iterator[str]:
    if not subject.protect:
        yield "is not protected: a renamed component deletes it; set protect (retain: true)"
    if subject.type in SWITCH and subject.get(SWITCH[subject.type]) is not True:
        yield f"{SWITCH[subject.type]} is not true: the console deletes it at once; set it"


def _keeps_data(subject: Subject, context: Context) -> Iterator[str]:
    if subject.type == KEY:
        # KMS waits 30 days unless told otherwise.
        days = int(subject.get("deletionWindowInDays") or 30)
        least = context.limits.key_window_days
        if days < least:
            yield (
                f"deletionWindowInDays is {days}, at least {least} are wanted: what it encrypted "
                "is gone with the key; raise it"
            )
        return
    switch, loses = LOSES[subject.type]
    if subject.given(switch) and subject.get(switch) == loses:
        yield f"{switch} is {loses}: a destroy takes the data along; turn it off"


def _backed_up(subject: Subject, context: Context) -> Iterator[str]:
    if subject.type == TABLE:
        if subject.get("pointInTimeRecovery.enabled") is not True:
            yield "pointInTimeRecovery is not enabled: a wrong write cannot be undone; enable it"
        return
    if subject.given("replicateSourceDb"):  # a copy itself
        return
    # RDS keeps one day for a cluster and none for an instance unless told otherwise.
    default = 1 if subject.type == CLUSTER else 0
    given = subject.get("backupRetentionPeriod")
    days = int(default if given is None else given)
    if days < context.limits.backup_days:
        yield (
            f"backupRetentionPeriod is {days}, at least {context.limits.backup_days} days are "
            "wanted: raise it"
        )


RULES = (
    Rule(
        name="deletion-protection",
        says="What holds data is protected, in Pulumi and in AWS.",
        severity=Severity.HIGH,
        types=STATEFUL,
        check=_protected,
    ),
    Rule(
        name="no-data-loss-switches",
        says="No switch makes a destroy take data along.",
        severity=Severity.HIGH,
        types=frozenset({*LOSES, KEY}),
        check=_keeps_data,
    ),
    Rule(
        name="backups",
        says="Databases and tables can be brought back to an earlier moment.",
        severity=Severity.HIGH,
        types=frozenset({CLUSTER, INSTANCE, TABLE}),
        check=_backed_up,
    ),
)
