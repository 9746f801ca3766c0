"""The Spark jobs as Glue jobs, under one role and one security configuration, started together by
one trigger.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from components.batch_config import BatchEtlConfig, GlueEngine
from components.encryption import Keys
from components.iam import Statement, role_with, trust
from components.naming import Site

if TYPE_CHECKING:
    from components.batch_etl import Scripts

# Glue 5.0 writes logs to these two under the prefix that it is told (Glue developer guide,
# "Logging for AWS Glue jobs").
LOGS = ("error", "output")


def glue_jobs(
    name: str,
    config: BatchEtlConfig,
    engine: GlueEngine,
    *,
    site: Site,
    keys: Keys,
    scripts: "Scripts",
    statements: Sequence[Statement],
    opts: pulumi.ResourceOptions,
) -> tuple[dict[str, pulumi.Output[str]], pulumi.Output[str]]:
    """Names of the jobs by script, and the ARN of their role. `statements`: what they do."""
    from components.batch_etl import JOBS, TEMPORARY

    prefix = f"/aws-glue/jobs/{site.prefix}-{site.env}-batch"
    logs = [
        aws.cloudwatch.LogGroup(
            f"{name}-log-{kind}",
            name=f"{prefix}/{kind}",
            retention_in_days=config.log_retention_days,
            kms_key_id=keys.logs,
            opts=opts,
        )
        for kind in LOGS
    ]
    security = _security(name, site, keys, opts)
    role = role_with(
        f"{name}-role",
        description="Glue jobs: bronze to silver",
        trusted=trust(
            {"Service": "glue.amazonaws.com"},
            {"StringEquals": {"aws:SourceAccount": site.account_id}},
        ),
        statements=[*statements, *_running(site, prefix, keys)],
        opts=opts,
    )
    arguments = {
        **scripts.arguments,
        "--job-bookmark-option": f"job-bookmark-{'enable' if engine.bookmarks else 'disable'}",
        "--extra-py-files": scripts.code,
        "--additional-python-modules": ",".join(engine.python_modules),
        "--TempDir": pulumi.Output.concat("s3://", scripts.bucket, f"/{TEMPORARY}/"),
        "--enable-continuous-cloudwatch-log": "true",
        "--custom-logGroup-prefix": prefix,
        "--enable-auto-scaling": "true",
    }
    jobs: dict[str, pulumi.Output[str]] = {}
    for job, description in JOBS.items():
        slug = job.replace("_", "-")
        made = aws.glue.Job(
            f"{name}-{slug}-job",
            name=f"{site.prefix}-{site.env}-{slug}",
            description=description,
            role_arn=role.arn,
            command={
                "name": "glueetl",
                "python_version": "3",
                "script_location": scripts.files[job],
            },
            glue_version=engine.version,
            worker_type=engine.worker_type,
            number_of_workers=engine.workers,
            max_retries=config.retries,
            timeout=config.timeout_minutes,
            # Two runs of a job would replace the same objects.
            execution_property={"max_concurrent_runs": 1},
            security_configuration=security.name,
            default_arguments=arguments,
            # Without its log groups Glue makes its own, which keep everything for ever.
            opts=pulumi.ResourceOptions(parent=opts.parent, depends_on=logs),
        )
        jobs[job] = made.name
    if config.schedule is not None:
        aws.glue.Trigger(
            f"{name}-daily",
            name=f"{site.prefix}-{site.env}-batch-daily",
            description="All batch jobs, for the day before",
            type="SCHEDULED",
            schedule=config.schedule,
            actions=[{"job_name": job} for job in jobs.values()],
            opts=opts,
        )
    return jobs, role.arn


def _security(
    name: str, site: Site, keys: Keys, opts: pulumi.ResourceOptions
) -> aws.glue.SecurityConfiguration:
    return aws.glue.SecurityConfiguration(
        f"{name}-security",
        name=f"{site.prefix}-{site.env}-batch",
        encryption_configuration={
            "cloudwatch_encryption": {
                "cloudwatch_encryption_mode": "SSE-KMS",
                "kms_key_arn": keys.logs,
            },
            "job_bookmarks_encryption": {
                "job_bookmarks_encryption_mode": "CSE-KMS",
                "kms_key_arn": keys.data,
            },
            "s3_encryption": {"s3_encryption_mode": "SSE-KMS", "kms_key_arn": keys.data},
        },
        opts=opts,
    )


def _running(site: Site, log_prefix: str, keys: Keys) -> tuple[Statement, ...]:
    """Grant: what a run needs beside its data: its log, its bookmark, its configuration."""
    glue = f"arn:aws:glue:{site.region}:{site.account_id}"
    groups = f"arn:aws:logs:{site.region}:{site.account_id}:log-group:{log_prefix}*"
    return (
        Statement(
            sid="WriteLog",
            # Glue appends the security configuration's name to a group's, and makes such a one.
            actions=[
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:PutLogEvents",
                "logs:AssociateKmsKey",
            ],
            resources=[groups],
        ),
        Statement(
            sid="KeepBookmark",
            actions=["glue:GetJobBookmark", "glue:UpdateJobBookmark", "glue:ResetJobBookmark"],
            resources=[f"{glue}:job/{site.prefix}-{site.env}-*"],
        ),
        Statement(
            sid="ReadSecurity",
            actions=["glue:GetSecurityConfiguration"],
            resources=[f"{glue}:catalog"],
        ),
        Statement(
            sid="BookmarkKey",
            actions=["kms:Encrypt", "kms:DescribeKey"],
            resources=[keys.data],
        ),
        Statement(sid="LogKey", actions=["kms:DescribeKey"], resources=[keys.logs]),
    )
