"""When somebody must look after the shop's database: its disk, its CPU, and log that piles up for a
reader who stands still.

Connections are the shop's own business: only its servers know how many are too many.
"""

from collections.abc import Sequence
from typing import Literal

import pulumi

from components.alarms import Expression, Metric, alarm_above, alarm_on_math

GIGABYTE = 1024**3
# RDS grows the disk by itself at 10 % free, which for the smallest disk (20 GB) is 2 GB.
LEAST_FREE_GB = 2
PERIOD_SECONDS = 300
# Of what may be kept for a reader before it is cut off: time to act is in the rest.
WAL_SHARE = 0.5


def database_alarms(
    name: str,
    *,
    identifier: pulumi.Output[str],
    slot_wal_gb: int | None,
    actions: Sequence[pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> None:
    """`slot_wal_gb`: log kept for a reader, GB; none for an engine that keeps none."""

    def metric(metric_name: str, statistic: Literal["Average", "Maximum"] = "Average") -> Metric:
        return Metric(
            namespace="AWS/RDS",
            name=metric_name,
            dimensions={"DBInstanceIdentifier": identifier},
            statistic=statistic,
            period_seconds=PERIOD_SECONDS,
        )

    alarm_on_math(
        f"{name}-storage",
        Expression(
            formula=f"{LEAST_FREE_GB * GIGABYTE} - free",
            label="Bytes short of the least free space",
            metrics={"free": metric("FreeStorageSpace")},
        ),
        threshold=0,
        periods=3,
        meaning=f"The shop's database has less than {LEAST_FREE_GB} GB free and RDS did not grow "
        "it: raise shop_database.max_storage_gb, or look what fills it.",
        actions=actions,
        opts=opts,
    )
    alarm_above(
        f"{name}-cpu",
        metric("CPUUtilization"),
        threshold=80,
        periods=3,
        meaning="The shop's database is busy for a quarter of an hour: look at its Performance "
        "Insights, or take a larger instance class.",
        actions=actions,
        opts=opts,
    )
    if slot_wal_gb is not None:
        alarm_above(
            f"{name}-slot-lag",
            metric("OldestReplicationSlotLag", "Maximum"),
            threshold=int(slot_wal_gb * GIGABYTE * WAL_SHARE),
            periods=2,
            meaning="A reader of changes stands still and half of what is kept for it is full: "
            f"resume the capture task before {slot_wal_gb} GB are reached, or it needs a full "
            "load; a slot that nobody reads any more must be dropped.",
            actions=actions,
            opts=opts,
        )
