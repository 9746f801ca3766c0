"""Where DAGs come from: the bucket that CI uploads to, or the deploy key of a git repository.

It leaves out what the pods are told (`components.airflow.dag_values`).
"""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from components.airflow import names
from components.airflow.config import GitSyncDags
from components.encryption import Protection, use_key
from components.iam import Statement
from components.naming import Site
from components.secure_bucket import SecureBucket

OLD_VERSION_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class DagBucket:
    """The bucket of DAGs, and the grants on it."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    key_arn: pulumi.Input[str]

    def fetch(self) -> tuple[Statement, ...]:
        """Grant: list and download, as DAG processor, triggerer and task pods do."""
        return (
            Statement(
                sid="ListDags",
                actions=["s3:ListBucket", "s3:GetBucketLocation"],
                resources=[self.arn],
            ),
            Statement(sid="FetchDags", actions=["s3:GetObject"], resources=[self._objects()]),
            use_key(self.key_arn, write=False),
        )

    def upload(self) -> tuple[Statement, ...]:
        """Grant for CI: `aws s3 sync --delete dags/ s3://…/`, and nothing else."""
        return (
            Statement(sid="ListDags", actions=["s3:ListBucket"], resources=[self.arn]),
            Statement(
                sid="UploadDags",
                actions=["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                resources=[self._objects()],
            ),
            use_key(self.key_arn, write=True),
        )

    def _objects(self) -> pulumi.Output[str]:
        return pulumi.Output.concat(self.arn, "/*")


def dag_bucket_name(site: Site) -> str:
    return site.name("s3", "airflow-dags")


def dag_bucket(
    name: str, *, site: Site, protection: Protection, opts: pulumi.ResourceOptions
) -> DagBucket:
    """What was replaced can be brought back for a month; the rest is in git."""
    bucket = SecureBucket(
        name,
        bucket_name=dag_bucket_name(site),
        protection=protection,
        retain=False,
        versioned=True,
        lifecycle_rules=[
            {
                "id": "noncurrent",
                "status": "Enabled",
                "filter": {"prefix": ""},
                "noncurrent_version_expiration": {"noncurrent_days": OLD_VERSION_DAYS},
            }
        ],
        opts=opts,
    )
    return DagBucket(name=bucket.name, arn=bucket.arn, key_arn=protection.key_arn)


def deploy_key(
    name: str, dags: GitSyncDags, *, opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """The deploy key as a Secret of the cluster, read from Secrets Manager by whoever deploys.

    A key that was replaced arrives with the next deployment.
    """
    if dags.secret is None:
        return []
    version = aws.secretsmanager.get_secret_version_output(
        secret_id=dags.secret, opts=pulumi.InvokeOutputOptions(parent=opts.parent)
    )
    return [
        kubernetes.core.v1.Secret(
            name,
            metadata={"name": names.GIT_KEY, "namespace": names.NAMESPACE},
            string_data={"gitSshKey": pulumi.Output.secret(version.secret_string)},
            opts=opts,
        )
    ]
