"""The same scripts on EMR Serverless: an application that starts with the first run and stops when
idle, and the role of its runs.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from components.batch_config import BatchEtlConfig, EmrEngine
from components.batch_emr_schedules import Runs, emr_schedules
from components.encryption import Keys
from components.iam import Statement, role_with, trust
from components.naming import Site

if TYPE_CHECKING:
    from components.batch_etl import Scripts

GB_A_VCPU = 4


def emr_jobs(
    name: str,
    config: BatchEtlConfig,
    engine: EmrEngine,
    *,
    site: Site,
    keys: Keys,
    scripts: "Scripts",
    statements: Sequence[Statement],
    opts: pulumi.ResourceOptions,
) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
    """The application's id, and the ARN of the role of its runs. `statements`: what they do."""
    log = aws.cloudwatch.LogGroup(
        f"{name}-log",
        name=f"/aws/emr-serverless/{site.prefix}-{site.env}-batch",
        retention_in_days=config.log_retention_days,
        kms_key_id=keys.logs,
        opts=opts,
    )
    application = aws.emrserverless.Application(
        f"{name}-application",
        name=f"{site.prefix}-{site.env}-batch",
        type="spark",
        release_label=engine.release,
        architecture=engine.architecture,
        image_configuration={"image_uri": engine.image},
        maximum_capacity={
            "cpu": f"{engine.most_vcpu} vCPU",
            "memory": f"{engine.most_vcpu * GB_A_VCPU} GB",
        },
        auto_start_configuration={"enabled": True},
        auto_stop_configuration={"enabled": True, "idle_timeout_minutes": engine.idle_minutes},
        opts=opts,
    )
    role = role_with(
        f"{name}-role",
        description="EMR Serverless: bronze to silver",
        trusted=trust(
            {"Service": "emr-serverless.amazonaws.com"},
            {"StringEquals": {"aws:SourceAccount": site.account_id}},
        ),
        statements=[
            *statements,
            Statement(
                sid="WriteLog",
                actions=[
                    "logs:CreateLogStream",
                    "logs:DescribeLogStreams",
                    "logs:PutLogEvents",
                ],
                resources=[log.arn, pulumi.Output.concat(log.arn, ":log-stream:*")],
            ),
            Statement(
                sid="FindLog",
                actions=["logs:DescribeLogGroups"],
                resources=[f"arn:aws:logs:{site.region}:{site.account_id}:log-group:*"],
            ),
        ],
        opts=opts,
    )
    if config.schedule is not None:
        emr_schedules(
            name,
            config,
            config.schedule,
            runs=Runs(
                application_id=application.id,
                application_arn=application.arn,
                role_arn=role.arn,
                log_group=log.name,
            ),
            site=site,
            keys=keys,
            scripts=scripts,
            opts=opts,
        )
    return application.id, role.arn
