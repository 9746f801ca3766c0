"""The two jobs, their code, and the policy to which their clusters are bound.

`history` computes past days again, `enrich` follows what Firehose lands. Both merge the same rows
into the same tables, so that it does not matter which of them came first.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_databricks as databricks

from components.databricks.config import ClusterConfig, DatabricksConfig
from components.databricks.unity import Places
from components.databricks.wheel import LIBRARIES, PACKAGE, wheel
from components.naming import Site

if TYPE_CHECKING:
    from pulumi_databricks import JobJobClusterArgsDict, JobTaskArgsDict

CLUSTER = "cluster"
# A run of `history` that takes longer is stuck: the next night must find it gone.
LONGEST_SECONDS = 6 * 3600
# New columns of the contract become columns of the tables (jobs.databricks.tables).
SPARK = {"spark.databricks.delta.schema.autoMerge.enabled": "true"}


@dataclass(frozen=True, kw_only=True)
class Jobs:
    """Ids by name."""

    ids: dict[str, pulumi.Output[str]]
    policy_id: pulumi.Output[str]


def create_jobs(
    name: str,
    config: DatabricksConfig,
    *,
    site: Site,
    places: Places,
    opts: pulumi.ResourceOptions,
) -> Jobs:
    policy = databricks.ClusterPolicy(
        f"{name}-policy",
        name=site.name("databricks", "jobs"),
        description="Clusters of the jobs: their machines, their size, and nobody else's data",
        definition=json.dumps(_policy(config.cluster, site)),
        opts=opts,
    )
    code = wheel()
    file = databricks.WorkspaceFile(
        f"{name}-code",
        path=f"/Shared/{site.prefix}/{code.name}",
        content_base64=code.base64,
        opts=opts,
    )
    parameters = {
        "--raw": places.raw,
        "--catalog": places.catalog,
        "--schema": places.schema,
    }
    history = databricks.Job(
        f"{name}-history",
        name=site.name("databricks", "history"),
        description="Computes the last days again from bronze, and merges them",
        job_clusters=[_cluster(config.cluster, policy.id)],
        tasks=[
            {
                **_task("history", file.path, {**parameters, "--days": str(config.history.days)}),
                "max_retries": 2,
                "timeout_seconds": LONGEST_SECONDS,
            }
        ],
        schedule={
            "quartz_cron_expression": config.history.schedule,
            "timezone_id": "UTC",
            "pause_status": "UNPAUSED",
        },
        max_concurrent_runs=1,
        opts=opts,
    )
    enrich = databricks.Job(
        f"{name}-enrich",
        name=site.name("databricks", "enrich"),
        description="Follows what lands in bronze, and merges it within minutes",
        job_clusters=[_cluster(config.cluster, policy.id)],
        tasks=[
            _task(
                "enrich",
                file.path,
                {
                    **parameters,
                    "--checkpoints": places.checkpoints,
                    "--seconds": str(config.enrich.seconds),
                },
            )
        ],
        # Databricks starts the next run of a continuous job itself when one ends or fails.
        continuous={"pause_status": "PAUSED" if config.enrich.paused else "UNPAUSED"},
        max_concurrent_runs=1,
        opts=opts,
    )
    return Jobs(ids={"history": history.id, "enrich": enrich.id}, policy_id=policy.id)


def _policy(cluster: ClusterConfig, site: Site) -> dict[str, object]:
    """What a cluster under the policy may be; anything else is refused (cluster policy
    definition).
    """
    fixed = {
        "spark_version": cluster.spark_version,
        "node_type_id": cluster.node_type,
        "data_security_mode": "SINGLE_USER",  # what Unity Catalog wants of code of one's own
        "aws_attributes.availability": "SPOT_WITH_FALLBACK" if cluster.spot else "ON_DEMAND",
        "aws_attributes.first_on_demand": 1,  # the driver
        "aws_attributes.zone_id": "auto",
        # Default tags do not reach machines that Databricks starts.
        "custom_tags.project": site.prefix,
        "custom_tags.environment": site.env,
        "cluster_type": "job",
    }
    return {
        **{path: {"type": "fixed", "value": value} for path, value in fixed.items()},
        "autoscale.min_workers": {"type": "fixed", "value": 1},
        "autoscale.max_workers": {"type": "range", "maxValue": cluster.max_workers},
    }


def _cluster(cluster: ClusterConfig, policy_id: pulumi.Output[str]) -> JobJobClusterArgsDict:
    return {
        "job_cluster_key": CLUSTER,
        "new_cluster": {
            "policy_id": policy_id,
            "apply_policy_default_values": True,
            "spark_version": cluster.spark_version,
            "node_type_id": cluster.node_type,
            "data_security_mode": "SINGLE_USER",
            "autoscale": {"min_workers": 1, "max_workers": cluster.max_workers},
            "spark_conf": SPARK,
        },
    }


def _task(
    entry_point: str, code: pulumi.Output[str], parameters: dict[str, pulumi.Input[str]]
) -> JobTaskArgsDict:
    return {
        "task_key": entry_point,
        "job_cluster_key": CLUSTER,
        "python_wheel_task": {
            "package_name": PACKAGE,
            "entry_point": entry_point,
            "parameters": [word for pair in parameters.items() for word in pair],
        },
        "libraries": [
            {"whl": pulumi.Output.concat("/Workspace", code)},
            *({"pypi": {"package": library}} for library in LIBRARIES),
        ],
    }
