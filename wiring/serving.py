"""Who shows the tables of gold to people: QuickSight."""

from components.dashboards import DashboardsConfig
from contract import gold
from wiring.base import Base, Data


def draw(base: Base, data: Data) -> None:
    """The dashboards, on the workgroup of Athena."""
    settings = base.settings
    if not isinstance(settings.dashboards, DashboardsConfig):
        return
    from components.dashboards import Dashboards
    from components.quicksight.access import asking

    Dashboards(
        "dashboards",
        settings.dashboards,
        site=base.site,
        catalog=data.catalog,
        workgroup=data.queries.workgroup,
        tables=[table.name for table in gold.gold()],
        asking=asking(
            base.site,
            lake=data.lake,
            catalog=data.catalog,
            workgroup=data.queries.workgroup,
            results_bucket=data.queries.results_bucket,
            key_arn=base.keys.data,
        ),
    )
