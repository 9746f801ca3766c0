"""For each type of the table: inputs that use as much of it as the emulator holds, and a change to
them.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from local.provider.values import ASSETS, SIGNATURE

Props = dict[str, Any]
ACCOUNT = "000000000000"
REGION = "eu-west-1"
TAGS = {"team": "data", "tier": "1"}


def policy(action: str, resource: str = "*") -> str:
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Sid": "One", "Effect": "Allow", "Action": [action], "Resource": resource}
            ],
        }
    )


def trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def open_to(account: str, action: str, resource: str) -> str:
    principal = {"AWS": f"arn:aws:iam::{account}:root"}
    statement = {
        "Sid": "A",
        "Effect": "Allow",
        "Principal": principal,
        "Action": action,
        "Resource": resource,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def archive(path: Path) -> Props:
    return {SIGNATURE: ASSETS[1], "hash": path.name, "path": str(path)}


def text_asset(text: str) -> Props:
    return {SIGNATURE: ASSETS[0], "hash": text, "text": text}


@dataclass(frozen=True, kw_only=True)
class World:
    """What the samples refer to."""

    bucket: str
    role: str
    role_arn: str
    stream_arn: str
    queue_url: str
    queue_arn: str
    topic_arn: str
    function: str
    function_arn: str
    database: str
    group: str
    key_id: str
    key_arn: str
    other_key_id: str
    policy_arn: str
    secret_arn: str
    rule: str
    code: Path

    @classmethod
    def made_with(cls, create: Callable[[str, Props], tuple[str, Props]], folder: Path) -> Self:
        code = folder / "code"
        code.mkdir()
        (code / "handler.py").write_text("def main(event, context):\n    return event\n")
        bucket, _ = create("aws:s3/bucket:Bucket", {"bucket": "world-bucket"})
        role, role_out = create(
            "aws:iam/role:Role",
            {"name": "world-role", "assumeRolePolicy": trust("lambda.amazonaws.com")},
        )
        stream_arn, _ = create(
            "aws:kinesis/stream:Stream", {"name": "world-stream", "shardCount": 1}
        )
        queue_url, queue = create("aws:sqs/queue:Queue", {"name": "world-queue"})
        topic_arn, _ = create("aws:sns/topic:Topic", {"name": "world-topic"})
        function, function_out = create(
            "aws:lambda/function:Function",
            {
                "name": "world-function",
                "role": role_out["arn"],
                "handler": "handler.main",
                "runtime": "python3.11",
                "code": archive(code),
                "publish": True,
            },
        )
        create("aws:glue/catalogDatabase:CatalogDatabase", {"name": "world_database"})
        group, _ = create("aws:cloudwatch/logGroup:LogGroup", {"name": "/world/group"})
        key_id, key = create("aws:kms/key:Key", {"description": "world"})
        other_key_id, _ = create("aws:kms/key:Key", {"description": "other"})
        policy_arn, _ = create(
            "aws:iam/policy:Policy", {"name": "world-policy", "policy": policy("s3:GetObject")}
        )
        secret_arn, _ = create("aws:secretsmanager/secret:Secret", {"name": "world-secret"})
        create(
            "aws:cloudwatch/eventRule:EventRule",
            {"name": "world-rule", "scheduleExpression": "rate(1 day)"},
        )
        return cls(
            bucket=bucket,
            role=role,
            role_arn=role_out["arn"],
            stream_arn=stream_arn,
            queue_url=queue_url,
            queue_arn=queue["arn"],
            topic_arn=topic_arn,
            function=function,
            function_arn=function_out["arn"],
            database="world_database",
            group=group,
            key_id=key_id,
            key_arn=key["arn"],
            other_key_id=other_key_id,
            policy_arn=policy_arn,
            secret_arn=secret_arn,
            rule="world-rule",
            code=code,
        )


@dataclass(frozen=True, kw_only=True)
class Sample:
    """`change` replaces whole properties; empty where every property forces replacement."""

    type: str
    inputs: Callable[[World], Props]
    change: Props = field(default_factory=dict)
    # Deleting leaves something behind, as in AWS.
    remains: bool = False


def expand(inputs: Props, mark: str) -> Props:
    """Inputs with `{}` in the name filled in, so that each test has objects of its own."""
    return {
        key: value.replace("@", mark) if isinstance(value, str) else value
        for key, value in inputs.items()
    }
