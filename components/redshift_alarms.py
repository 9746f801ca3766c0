"""When somebody must look after the warehouse: its use nears a limit, or it is as large as it may
grow.

Metrics of Redshift Serverless: Redshift management guide, "Audit logging for Amazon Redshift
Serverless".
"""

from collections.abc import Mapping, Sequence

import pulumi

from components.alarms import Metric, alarm_above
from components.redshift_config import UsageLimit, WarehouseConfig

NAMESPACE = "AWS/Redshift-Serverless"
# Of a limit: time to stop a query that runs wild is in the rest.
LIMIT_SHARE = 0.8


def warehouse_alarms(
    name: str,
    config: WarehouseConfig,
    *,
    workgroup: pulumi.Output[str],
    limit_ids: Mapping[str, pulumi.Output[str]],
    actions: Sequence[pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> None:
    """`limit_ids`: by `UsageLimit.role`."""
    for limit in config.limits:
        alarm_above(
            f"{name}-use-{limit.role}",
            Metric(
                namespace=NAMESPACE,
                # In RPU-hours since the period began, counted by AWS.
                name="UsageLimitConsumed",
                dimensions={
                    "UsageLimitId": limit_ids[limit.role],
                    "UsageType": "SERVERLESS_COMPUTE",
                    "Workgroup": workgroup,
                },
                statistic="Maximum",
                period_seconds=300,
            ),
            threshold=limit.rpu_hours * LIMIT_SHARE,
            periods=1,
            meaning=_nearly_used(limit),
            actions=actions,
            opts=opts,
        )
    if config.max_rpu > config.base_rpu:  # one that cannot grow is always as large as it may be
        alarm_above(
            f"{name}-full",
            Metric(
                namespace=NAMESPACE,
                name="ComputeCapacity",  # the average of half an hour
                dimensions={"Workgroup": workgroup},
                statistic="Maximum",
                period_seconds=300,
            ),
            threshold=config.max_rpu - 1,
            periods=3,
            meaning=f"The warehouse has been at its {config.max_rpu} RPU for half an hour: raise "
            "warehouse.max_rpu if queries wait, or look what keeps it busy.",
            actions=actions,
            opts=opts,
        )


def _nearly_used(limit: UsageLimit) -> str:
    then = {
        "deactivate": "At the limit queries are refused until the period ends, or the limit is "
        "raised.",
        "emit-metric": "Nothing stops at the limit.",
        "log": "Nothing stops at the limit.",
    }
    return (
        f"Four fifths of the {limit.period} {limit.rpu_hours} RPU-hours are used: see "
        f"SYS_QUERY_HISTORY for the query that takes them, or raise warehouse.limits. "
        f"{then[limit.breach]}"
    )
