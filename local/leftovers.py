"""Prove that a destroyed stack left nothing in the emulator: list every kind of thing that the
stack makes.

It asks the emulator, never the state file, and removes nothing.
"""

from collections.abc import Callable
from typing import Any

from local.access import Access

Lister = Callable[[Access], list[str]]


def _names(service: str, operation: str, items: str, name: str | None = None) -> Lister:
    """A lister of one operation; `name` is the field that names an item, if items are not plain
    text.
    """

    def names(access: Access) -> list[str]:
        answer = getattr(access.client(service), operation)()
        return [item if name is None else item[name] for item in answer.get(items, [])]

    return names


def _tables(access: Access) -> list[str]:
    glue = access.client("glue")
    return [
        f"{database['Name']}.{table['Name']}"
        for database in glue.get_databases()["DatabaseList"]
        for table in glue.get_tables(DatabaseName=database["Name"])["TableList"]
    ]


def _usable_keys(access: Access) -> list[str]:
    """Keys wait out their deletion window, in which they serve nobody; AWS's own are not ours."""
    kms = access.client("kms")
    found: list[str] = []
    for key in kms.list_keys()["Keys"]:
        metadata: dict[str, Any] = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
        if metadata["KeyState"] != "PendingDeletion" and metadata.get("KeyManager") != "AWS":
            found.append(key["KeyId"])
    return found


def _aliases(access: Access) -> list[str]:
    aliases = access.client("kms").list_aliases()["Aliases"]
    return [
        alias["AliasName"] for alias in aliases if not alias["AliasName"].startswith("alias/aws/")
    ]


def _workgroups(access: Access) -> list[str]:
    """`primary` is every account's own."""
    groups = access.client("athena").list_work_groups()["WorkGroups"]
    return [group["Name"] for group in groups if group["Name"] != "primary"]


LISTERS: dict[str, Lister] = {
    "buckets": _names("s3", "list_buckets", "Buckets", "Name"),
    "streams": _names("kinesis", "list_streams", "StreamNames"),
    "delivery streams": _names("firehose", "list_delivery_streams", "DeliveryStreamNames"),
    "functions": _names("lambda", "list_functions", "Functions", "FunctionName"),
    "event source mappings": _names(
        "lambda", "list_event_source_mappings", "EventSourceMappings", "UUID"
    ),
    "queues": _names("sqs", "list_queues", "QueueUrls"),
    "roles": _names("iam", "list_roles", "Roles", "RoleName"),
    "log groups": _names("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "alarms": _names("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    "databases": _names("glue", "get_databases", "DatabaseList", "Name"),
    "tables": _tables,
    "workgroups": _workgroups,
    "schedules": _names("scheduler", "list_schedules", "Schedules", "Name"),
    "keys": _usable_keys,
    "key aliases": _aliases,
}


def look(access: Access) -> dict[str, list[str]]:
    """What there is of each kind, also of the kinds of which there is nothing."""
    return {kind: names(access) for kind, names in LISTERS.items()}
