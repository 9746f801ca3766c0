"""A crawler that looks at what really lies in a folder of bronze, for people to compare with what
is declared.

It writes to a database of its own: no table that anybody reads is touched by a guess. What it finds
is compared elsewhere (`components.drift_watch`).
"""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.encryption import Keys
from components.iam import Statement, role_with, trust
from components.lakehouse import Lakehouse, Zone
from components.naming import Site

# Before the last part of the folder's name, in the names of tables.
PREFIX = "seen_"
LOGS = "/aws-glue/crawlers"
# Files of each folder: enough to see a new field; reading all of bronze would cost by the hour.
SAMPLE_FILES = 10


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a crawler looks at, in words and as a folder of bronze."""

    crawler_name: str
    folder: str
    samples_of: str
    description: str


def field_crawler(
    name: str,
    schedule: str,
    look: Look,
    *,
    database: aws.glue.CatalogDatabase,
    site: Site,
    lake: Lakehouse,
    keys: Keys,
    opts: pulumi.ResourceOptions,
) -> None:
    """The crawler, its role and its encryption; it writes to `database`."""
    security = aws.glue.SecurityConfiguration(
        f"{name}-security",
        name=look.crawler_name,
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
        description=f"Crawler: reads samples of {look.samples_of}, writes the observed database",
        trusted=trust(
            {"Service": "glue.amazonaws.com"},
            {"StringEquals": {"aws:SourceAccount": site.account_id}},
        ),
        statements=[
            *lake.read(Zone.BRONZE, look.folder),
            *_observing(site, database.name, keys),
        ],
        opts=opts,
    )
    aws.glue.Crawler(
        f"{name}-crawler",
        name=look.crawler_name,
        description=look.description,
        database_name=database.name,
        role=role.arn,
        schedule=schedule,
        security_configuration=security.name,
        table_prefix=PREFIX,
        s3_targets=[
            {
                "path": pulumi.Output.concat(
                    "s3://", lake.zones[Zone.BRONZE].name, f"/{look.folder}/"
                ),
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
