"""DriftWatch: a crawler that looks at what producers really send, and a query that sets it against
the contract.

The crawler writes to a database of its own (`…_observed`): the tables of the contract are never
touched by a guess. It leaves out repair: a difference is either a broken producer or a contract
that is behind, and people decide which.
"""

import pulumi
import pulumi_aws as aws

from components.encryption import Keys
from components.iam import Statement, role_with, trust
from components.lakehouse import Lakehouse, Zone
from components.naming import Site

PREFIX = "seen_"
LOGS = "/aws-glue/crawlers"


class DriftWatch(pulumi.ComponentResource):
    database: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        schedule: str,
        *,
        site: Site,
        lake: Lakehouse,
        keys: Keys,
        raw_prefix: str,
        declared: pulumi.Output[str],
        workgroup: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`raw_prefix` is where the raw events lie in bronze; its last part names the observed
        table. `declared` is the database with the contract's table of that name.
        """
        super().__init__("shop:components:DriftWatch", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        table = raw_prefix.rpartition("/")[2]

        database = aws.glue.CatalogDatabase(
            f"{name}-observed",
            name=site.name("glue", "observed"),
            description="What the crawler found; compare with the tables of the contract",
            opts=child,
        )
        security = aws.glue.SecurityConfiguration(
            f"{name}-security",
            name=f"{site.prefix}-{site.env}-drift-watch",
            encryption_configuration={
                "cloudwatch_encryption": {
                    "cloudwatch_encryption_mode": "SSE-KMS",
                    "kms_key_arn": keys.logs,
                },
                "job_bookmarks_encryption": {"job_bookmarks_encryption_mode": "DISABLED"},
                "s3_encryption": {"s3_encryption_mode": "SSE-KMS", "kms_key_arn": keys.data},
            },
            opts=child,
        )
        role = role_with(
            f"{name}-role",
            description="Crawler: reads samples of the lake, writes the observed database",
            trusted=trust(
                {"Service": "glue.amazonaws.com"},
                {"StringEquals": {"aws:SourceAccount": site.account_id}},
            ),
            statements=[
                *lake.read(Zone.BRONZE, raw_prefix),
                *_observing(site, database.name, security.name, keys.logs),
            ],
            opts=child,
        )
        aws.glue.Crawler(
            f"{name}-crawler",
            name=f"{site.prefix}-{site.env}-drift-watch",
            description="Looks at what lies in the lake; changes no table of the contract",
            database_name=database.name,
            role=role.arn,
            schedule=schedule,
            security_configuration=security.name,
            table_prefix=PREFIX,
            s3_targets=[
                {
                    "path": pulumi.Output.concat(
                        "s3://", lake.zones[Zone.BRONZE].name, f"/{raw_prefix}/"
                    ),
                    # Enough to see a new field; reading all of bronze would cost by the hour.
                    "sample_size": 10,
                }
            ],
            schema_change_policy={
                "update_behavior": "UPDATE_IN_DATABASE",
                "delete_behavior": "LOG",
            },
            recrawl_policy={"recrawl_behavior": "CRAWL_EVERYTHING"},
            opts=child,
        )
        aws.athena.NamedQuery(
            f"{name}-query",
            name="schema_drift",
            description="Fields that producers send and the contract does not know",
            database=database.name,
            workgroup=workgroup,
            query=pulumi.Output.all(database.name, declared).apply(
                lambda names: drift_query(
                    observed=str(names[0]), declared=str(names[1]), table=table
                )
            ),
            opts=child,
        )
        self.database = database.name
        self.register_outputs({"database": self.database})


def drift_query(*, observed: str, declared: str, table: str) -> str:
    """SQL for Athena: one row per field (`column_name`, `observed_type`) that the crawler saw and
    the contract's table does not have. Partition columns, which come from the path, are no fields.
    """
    return f"""\
select column_name, data_type as observed_type
from information_schema.columns
where table_schema = '{observed}'
  and table_name = '{PREFIX}{table}'
  and column_name not like 'partition\\_%' escape '\\'
  and column_name not in (
    select column_name from information_schema.columns
    where table_schema = '{declared}' and table_name = '{table}'
  )
order by 1
"""  # noqa: S608 (names of our own databases, no user's input)


def _observing(
    site: Site,
    database: pulumi.Output[str],
    security: pulumi.Output[str],
    logs_key: pulumi.Input[str],
) -> tuple[Statement, ...]:
    glue = f"arn:aws:glue:{site.region}:{site.account_id}"
    logs = f"arn:aws:logs:{site.region}:{site.account_id}:log-group:{LOGS}*"
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
            # Glue names the group after role and security configuration.
            sid="WriteLog",
            actions=[
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:PutLogEvents",
                "logs:AssociateKmsKey",
            ],
            resources=[logs],
        ),
        Statement(sid="LogKey", actions=["kms:DescribeKey"], resources=[logs_key]),
        Statement(
            sid="ReadSecurity",
            actions=["glue:GetSecurityConfiguration"],
            resources=[f"{glue}:catalog"],
        ),
    )
