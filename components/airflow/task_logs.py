"""The bucket of task logs: a pod's own disk goes with the pod.

It leaves out the logs of Airflow's services (they go with their pods, unless the cluster collects
them) and of the control plane (`components.airflow.cluster`).
"""

from dataclasses import dataclass

import pulumi

from components.encryption import Protection, use_key
from components.iam import Statement
from components.naming import Site
from components.secure_bucket import SecureBucket

PREFIX = "logs"


@dataclass(frozen=True, kw_only=True)
class TaskLogs:
    """The bucket of task logs, and the grants on it."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    key_arn: pulumi.Input[str]

    def read(self) -> tuple[Statement, ...]:
        """Grant: show logs, as the API server does."""
        return (self._list(), self._objects("s3:GetObject"), use_key(self.key_arn, write=False))

    def append(self) -> tuple[Statement, ...]:
        """Grant: add to logs, for which Airflow reads what is there and writes it again."""
        return (
            self._list(),
            self._objects("s3:GetObject", "s3:PutObject"),
            use_key(self.key_arn, write=True),
        )

    def _list(self) -> Statement:
        return Statement(
            sid="ListTaskLogs",
            actions=["s3:ListBucket"],
            resources=[self.arn],
            conditions={"StringLike": {"s3:prefix": [PREFIX, f"{PREFIX}/*"]}},
        )

    def _objects(self, *actions: str) -> Statement:
        return Statement(
            sid="TaskLogs",
            actions=actions,
            resources=[pulumi.Output.concat(self.arn, f"/{PREFIX}/*")],
        )


def log_bucket_name(site: Site) -> str:
    return site.name("s3", "airflow-logs")


def task_logs(
    name: str,
    *,
    site: Site,
    protection: Protection,
    days: int,
    retain: bool,
    opts: pulumi.ResourceOptions,
) -> TaskLogs:
    bucket = SecureBucket(
        name,
        bucket_name=log_bucket_name(site),
        protection=protection,
        retain=retain,
        # Airflow writes a log again with each part that it adds: versions would multiply it.
        versioned=False,
        lifecycle_rules=[
            {
                "id": "old-logs",
                "status": "Enabled",
                "filter": {"prefix": ""},
                "expiration": {"days": days},
            }
        ],
        opts=opts,
    )
    return TaskLogs(name=bucket.name, arn=bucket.arn, key_arn=protection.key_arn)
