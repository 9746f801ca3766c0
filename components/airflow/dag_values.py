"""How DAGs reach the pods, as values of the chart: from git, or from a bucket.

It leaves out the bucket and the deploy key (`components.airflow.dags`).
"""

from components.airflow import names
from components.airflow.chart_types import Bundle, GitSync
from components.airflow.config import GitSyncDags, S3Dags
from components.airflow.pods import GIT_SYNC_UID, NO_PRIVILEGES, resources

S3_BUNDLE = "airflow.providers.amazon.aws.bundles.s3.S3DagBundle"


def git_sync(dags: GitSyncDags) -> GitSync:
    """A sidecar of DAG processor and triggerer, and an init container of every task pod."""
    values: GitSync = {
        "enabled": True,
        "repo": dags.repo,
        # git-sync 4 reads `ref`; the chart still passes on `branch` for version 3.
        "branch": dags.branch,
        "ref": dags.branch,
        "subPath": dags.subpath,
        "period": f"{dags.period_seconds}s",
        "maxFailures": 3,  # by default the first failed pull ends the pod
        "recommendedProbeSetting": True,
        "securityContexts": {
            "container": {**NO_PRIVILEGES, "runAsUser": GIT_SYNC_UID, "runAsGroup": 0}
        },
        "resources": resources(20, 64, limit_mb=256),
    }
    if dags.secret is not None:
        values["sshKeySecret"] = names.GIT_KEY
    if dags.known_hosts is not None:
        values["knownHosts"] = dags.known_hosts
    return values


def bundles(dags: S3Dags, bucket: str) -> list[Bundle]:
    """The bucket as Airflow's own bundle: DAG processor and task pods fetch it themselves.

    Without a prefix: Airflow refuses one that holds no object yet, and the bucket is for DAGs
    alone.
    """
    return [
        {
            "name": "main",
            "classpath": S3_BUNDLE,
            "kwargs": {
                "aws_conn_id": "aws_default",
                "bucket_name": bucket,
                "refresh_interval": dags.sync_seconds,
            },
        }
    ]
