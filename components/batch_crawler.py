"""A crawler over what the CRM exports: it looks what is there, and changes no table that anybody
reads.

Like that of `components.drift_watch` it writes to a database of its own, `…_crm_observed`.
"""

import pulumi
import pulumi_aws as aws

from components.encryption import Keys
from components.iam import Statement, role_with, trust
from components.lakehouse import Lakehouse, Zone
from components.naming import Site
from jobs.spark.crm_etl import SOURCE

PREFIX = "seen_"
LOGS = "/aws-glue/crawlers"
SAMPLE_FILES = 10  # enough to see a new field; all of bronze would cost by the hour


def crm_watch(
    name: str,
    schedule: str,
    *,
    site: Site,
    lake: Lakehouse,
    keys: Keys,
    opts: pulumi.ResourceOptions,
) -> None:
    crawler_name = f"{site.prefix}-{site.env}-crm-watch"
    database = aws.glue.CatalogDatabase(
        f"{name}-observed",
        name=site.name("glue", "crm-observed"),
        description="What the crawler found in the exports of the CRM",
        opts=opts,
    )
    security = aws.glue.SecurityConfiguration(
        f"{name}-security",
        name=crawler_name,
        encryption_configuration={
            "cloudwatch_encryption": {
                "cloudwatch_encryption_mode": "SSE-KMS",
                "kms_key_arn": keys.logs,
            },
            "job_bookmarks_encryption": {"job_bookmarks_encryption_mode": "DISABLED"},
            "s3_encryption": {"s3_encryption_mode": "SSE-KMS", "kms_key_arn": keys.data},
        },
        opts=opts,
    )
    role = role_with(
        f"{name}-role",
        description="Crawler: reads samples of the CRM's exports, writes the observed database",
        trusted=trust(
            {"Service": "glue.amazonaws.com"},
            {"StringEquals": {"aws:SourceAccount": site.account_id}},
        ),
        statements=[
            *lake.read(Zone.BRONZE, SOURCE),
            *_observing(site, database.name, keys),
        ],
        opts=opts,
    )
    aws.glue.Crawler(
        f"{name}-crawler",
        name=crawler_name,
        description="Looks at what the CRM exports; changes no table of the contract",
        database_name=database.name,
        role=role.arn,
        schedule=schedule,
        security_configuration=security.name,
        table_prefix=PREFIX,
        s3_targets=[
            {
                "path": pulumi.Output.concat("s3://", lake.zones[Zone.BRONZE].name, f"/{SOURCE}/"),
                "sample_size": SAMPLE_FILES,
            }
        ],
        schema_change_policy={"update_behavior": "UPDATE_IN_DATABASE", "delete_behavior": "LOG"},
        recrawl_policy={"recrawl_behavior": "CRAWL_EVERYTHING"},
        opts=opts,
    )


def _observing(site: Site, database: pulumi.Output[str], keys: Keys) -> tuple[Statement, ...]:
    glue = f"arn:aws:glue:{site.region}:{site.account_id}"
    return (
        Statement(
            sid="WriteObserved",
            actions=[
                "glue:GetDatabase",
                "glue:GetTable",
                "glue:GetTables",
                "glue:CreateTable",
                "glue:UpdateTable",
                "glue:GetPartition",
                "glue:GetPartitions",
                "glue:BatchGetPartition",
                "glue:BatchCreatePartition",
                "glue:UpdatePartition",
            ],
            resources=[
                f"{glue}:catalog",
                pulumi.Output.concat(f"{glue}:database/", database),
                pulumi.Output.concat(f"{glue}:table/", database, "/*"),
            ],
        ),
        Statement(
            # Glue names the group after role and security configuration, and makes it.
            sid="WriteLog",
            actions=[
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:PutLogEvents",
                "logs:AssociateKmsKey",
            ],
            resources=[f"arn:aws:logs:{site.region}:{site.account_id}:log-group:{LOGS}*"],
        ),
        Statement(sid="LogKey", actions=["kms:DescribeKey"], resources=[keys.logs]),
        Statement(
            sid="ReadSecurity",
            actions=["glue:GetSecurityConfiguration"],
            resources=[f"{glue}:catalog"],
        ),
    )
