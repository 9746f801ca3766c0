"""What the pipelines may do: whoever starts and watches steps, and whoever runs commands.

They are told apart because a state machine needs no hand in the data itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.catalog import Catalog
from components.encryption import Keys, use_key
from components.iam import Statement
from components.lakehouse import Lakehouse, Zone
from components.naming import Site
from components.transform import DROP_PREFIX
from contract.shop_changes import CDC_PREFIX, QUARANTINED_CHANGES, SHOP, STATE_PREFIX
from contract.tables import ORDER_LINES, QUARANTINED_LINES
from pipelines.commands.crm import SOURCE as CRM
from pipelines.commands.crm import TABLE as CRM_TABLE


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """What the pipelines of a stack work on."""

    lake: Lakehouse
    catalog: Catalog
    workgroup: pulumi.Output[str]
    results_bucket: pulumi.Output[str]
    raw_prefix: str
    order_etl_job: pulumi.Input[str] = ""
    """Names of the Glue jobs; empty where the stack has none."""
    crm_etl_job: pulumi.Input[str] = ""


def steps(
    site: Site,
    work: Workplace,
    keys: Keys,
    *,
    glue: bool,
    topic: pulumi.Output[str] | None,
    runner_arn: pulumi.Output[str] | None,
) -> list[Statement]:
    """Grant: look whether a day is there, ask Athena, start what works, and tell failures."""
    granted = [
        # Looking needs no key: names of objects are not encrypted.
        Statement(
            sid="AwaitBronze",
            actions=["s3:ListBucket"],
            resources=[work.lake.zones[Zone.BRONZE].arn],
            conditions={"StringLike": {"s3:prefix": [f"{work.raw_prefix}/*"]}},
        ),
        *ask(site, work, keys),
    ]
    if glue:
        granted.append(
            Statement(
                sid="RunJobs",
                actions=[
                    "glue:GetJob",
                    "glue:StartJobRun",
                    "glue:GetJobRun",
                    "glue:BatchStopJobRun",
                ],
                resources=[
                    pulumi.Output.concat(f"arn:aws:glue:{site.region}:{site.account_id}:job/", job)
                    for job in (work.order_etl_job, work.crm_etl_job)
                ],
            )
        )
    if runner_arn is not None:
        granted.append(
            Statement(sid="RunCommands", actions=["lambda:InvokeFunction"], resources=[runner_arn])
        )
    if topic is not None:
        granted += [
            Statement(sid="TellFailures", actions=["sns:Publish"], resources=[topic]),
            # The topic lies under the key of the logs.
            use_key(keys.logs, write=True),
        ]
    return granted


def ask(site: Site, work: Workplace, keys: Keys) -> list[Statement]:
    """Grant: query silver and gold in the workgroup."""
    workgroup = pulumi.Output.concat(
        f"arn:aws:athena:{site.region}:{site.account_id}:workgroup/", work.workgroup
    )
    results = pulumi.Output.concat("arn:aws:s3:::", work.results_bucket)
    return [
        Statement(
            sid="AskInWorkgroup",
            actions=[
                "athena:StartQueryExecution",
                "athena:StopQueryExecution",
                "athena:GetQueryExecution",
                "athena:GetQueryResults",
                "athena:GetWorkGroup",
            ],
            resources=[workgroup],
        ),
        work.catalog.read(Zone.SILVER, Zone.GOLD),
        *work.lake.read(Zone.SILVER),
        *work.lake.read(Zone.GOLD),
        Statement(
            sid="KeepResults",
            actions=["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"],
            resources=[pulumi.Output.concat(results, "/*")],
        ),
        Statement(
            sid="FindResults",
            actions=["s3:GetBucketLocation", "s3:ListBucket"],
            resources=[results],
        ),
        use_key(keys.data, write=True),
    ]


def commands(
    site: Site, work: Workplace, keys: Keys, *, metrics_group_arn: pulumi.Output[str]
) -> list[Statement]:
    """Grant: what `pipelines.commands` reads, replaces and says."""
    lake = work.lake
    written = [ORDER_LINES.prefix, CRM_TABLE, STATE_PREFIX, *SHOP_FOLDERS]
    quarantine = [QUARANTINED_LINES.prefix, QUARANTINED_CHANGES.prefix]
    return [
        *ask(site, work, keys),
        *lake.read(Zone.BRONZE, DROP_PREFIX, CRM, CDC_PREFIX),
        *lake.write(Zone.BRONZE, *quarantine),
        *lake.delete(Zone.BRONZE, *quarantine),
        *lake.write(Zone.SILVER, *written),
        *lake.delete(Zone.SILVER, *written),
        *lake.write(Zone.GOLD),
        *lake.delete(Zone.GOLD),
        Statement(
            sid="WriteMetrics",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[pulumi.Output.concat(metrics_group_arn, ":log-stream:*")],
        ),
    ]


SHOP_FOLDERS: Sequence[str] = sorted({table.silver.prefix.partition("/")[0] for table in SHOP})
