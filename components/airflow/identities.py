"""What each service of Airflow may do in AWS: a role for each, and none that needs none.

The scheduler, pgbouncer, StatsD and the migration have no role: they only speak to the database.
"""

from collections.abc import Mapping, Sequence

import pulumi

from components.airflow import names
from components.airflow.cluster import Cluster
from components.airflow.dags import DagBucket
from components.airflow.task_logs import TaskLogs
from components.encryption import Keys, use_key
from components.iam import Statement

Grants = Mapping[str, Sequence[Statement]]


def grants(
    *,
    dag_secrets: Sequence[Statement],
    logs: TaskLogs,
    dags: DagBucket | None,
    tasks: Sequence[Statement],
) -> Grants:
    """Statements by service account. `tasks`: what the tasks themselves work on."""
    fetch = dags.fetch() if dags is not None else ()
    return {
        names.WORKER: [*dag_secrets, *logs.append(), *fetch, *tasks],
        names.TRIGGERER: [*dag_secrets, *logs.append(), *fetch],
        names.DAG_PROCESSOR: [*dag_secrets, *fetch],
        names.API_SERVER: [*dag_secrets, *logs.read()],
    }


def read_master(master_secret_arn: pulumi.Input[str], keys: Keys) -> Sequence[Statement]:
    """Grant: read the password of the database's master, which RDS keeps and rotates."""
    return (
        Statement(
            sid="ReadMaster",
            actions=["secretsmanager:GetSecretValue"],
            resources=[master_secret_arn],
        ),
        use_key(keys.secrets, write=False),
    )


def identities(
    name: str, cluster: Cluster, given: Grants, *, opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """A pod gets its role only if the association exists when it starts: the release waits."""
    return [
        cluster.identity(
            f"{name}-{account.removeprefix('airflow-')}",
            namespace=names.NAMESPACE,
            service_account=account,
            statements=statements,
            opts=opts,
        )
        for account, statements in given.items()
    ]
