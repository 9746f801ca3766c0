"""What fills the lake besides the stream: the shop's database and the capture of its changes, and
the batch jobs on Spark.
"""

import pulumi

from components.batch_config import BatchEtlConfig
from components.change_capture_config import ChangeCaptureConfig
from components.shop_database import ShopDatabaseConfig
from wiring.base import Base, Data


def copy_shop_database(base: Base, data: Data) -> None:
    """The database, and DMS from it to bronze."""
    settings = base.settings
    if not isinstance(settings.shop_database, ShopDatabaseConfig) or base.vpc is None:
        return
    from components.shop_database import ShopDatabase

    database = ShopDatabase(
        "shop-db",
        settings.shop_database,
        site=base.site,
        vpc=base.vpc,
        keys=base.keys,
        alarm_actions=base.actions,
    )
    if isinstance(settings.change_capture, ChangeCaptureConfig):
        from components.change_capture import ChangeCapture

        ChangeCapture(
            "capture",
            settings.change_capture,
            site=base.site,
            source=database.source,
            vpc=base.vpc,
            lake=data.lake,
            keys=base.keys,
            alarm_actions=base.actions,
        )


def run_spark(base: Base, data: Data) -> dict[str, pulumi.Output[str]]:
    """The batch jobs; returns the names of the Glue jobs by script, empty where there are none."""
    config = base.settings.batch_etl
    if not isinstance(config, BatchEtlConfig):
        return {}
    from components.batch_etl import BatchEtl

    batch = BatchEtl(
        "batch",
        config,
        site=base.site,
        lake=data.lake,
        keys=base.keys,
        protection=base.protection,
        alarm_actions=base.actions,
    )
    return batch.jobs
