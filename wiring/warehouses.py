"""Who asks the lake beside Athena: Redshift Serverless, Databricks."""

from components.databricks.config import DatabricksConfig
from components.redshift_config import WarehouseConfig
from wiring.base import Base, Data, Outputs


def open_warehouse(base: Base, data: Data) -> Outputs:
    """Redshift Serverless over silver and gold."""
    config = base.settings.warehouse
    if not isinstance(config, WarehouseConfig) or base.vpc is None:
        return {}
    from components.redshift import Warehouse

    warehouse = Warehouse(
        "warehouse",
        config,
        site=base.site,
        vpc=base.vpc,
        lake=data.lake,
        catalog=data.catalog,
        keys=base.keys,
        alarm_actions=base.actions,
    )
    return {
        "warehouse_workgroup": warehouse.workgroup,
        "warehouse_database": warehouse.database,
        "warehouse_group": warehouse.group_id,
    }


def open_databricks(base: Base, data: Data) -> Outputs:
    """A workspace over bronze and gold, and its jobs."""
    config = base.settings.databricks
    if not isinstance(config, DatabricksConfig) or base.vpc is None:
        return {}
    from components.databricks.databricks import Databricks

    databricks = Databricks(
        "databricks",
        config,
        site=base.site,
        vpc=base.vpc,
        lake=data.lake,
        raw_prefix=base.settings.ingest.raw_prefix,
        keys=base.keys,
        alarm_actions=base.actions,
    )
    return {
        "databricks_url": databricks.workspace_url,
        "databricks_catalog": databricks.catalog,
        "databricks_status": databricks.status_function,
    }
