"""Where people ask: Athena, Redshift, QuickSight."""

from __future__ import annotations

from automation.cost.model import Context, Line, Resource, Rule

DASHBOARDS = "aws:quicksight/"
SCHEDULE = "aws:scheduler/schedule:Schedule"
SNAPSHOTS = ":redshiftserverless:createSnapshot"
DEFAULT_RPU = 128  # of Redshift Serverless where nothing is said


def workgroup(resource: Resource, ctx: Context) -> list[Line]:
    use = ctx.usage.of("workgroups", ctx.usage.workgroups, resource.name).tb_per_month
    return [ctx.used("data scanned", "athena.tb", use.value, use.source)]


def serverless(resource: Resource, ctx: Context) -> list[Line]:
    use = ctx.usage.of("warehouses", ctx.usage.warehouses, resource.name)
    rpu = resource.number("baseCapacity", DEFAULT_RPU)
    hours = use.active_hours_per_month  # Spectrum is part of an RPU-hour
    return [
        ctx.used(f"{rpu} RPU", "redshift.rpu_hour", rpu * hours.value, hours.source),
        ctx.used("storage", "redshift.managed_gb_month", use.gb.value, use.gb.source),
    ]


def namespace(resource: Resource, ctx: Context) -> list[Line]:
    """What stands beside the workgroup: the admin's secret, and snapshots, which are billed at S3's
    rates (Amazon Redshift pricing). They are incremental: counted as one copy of what is stored.
    """
    lines: list[Line] = []
    if resource.flag("manageAdminPassword"):
        lines.append(ctx.fixed("secret of the admin", "secrets.secret_month", 1))
    schedules = ctx.siblings(resource, SCHEDULE)
    if any(one.text("target.arn").endswith(SNAPSHOTS) for one in schedules):
        use = ctx.usage.of("warehouses", ctx.usage.warehouses, resource.name).gb
        lines.append(ctx.used("snapshots", "s3.standard_gb_month", use.value, use.source))
    return lines


def cluster(resource: Resource, ctx: Context) -> list[Line]:
    use = ctx.usage.of("warehouses", ctx.usage.warehouses, resource.name)
    kind = resource.text("nodeType")
    nodes = resource.number("numberOfNodes", 1)
    tb = use.spectrum_tb_per_month
    lines = [
        ctx.fixed(f"{nodes} x {kind}", f"redshift.{kind}_hour", nodes * ctx.hours),
        ctx.used("Spectrum", "redshift.spectrum_tb", tb.value, tb.source),
    ]
    if kind.startswith("ra3"):
        lines.append(ctx.used("storage", "redshift.managed_gb_month", use.gb.value, use.gb.source))
    return lines


def dashboards(resource: Resource, ctx: Context) -> list[Line]:
    """People are billed by the account: they stand with its first QuickSight resource."""
    if not ctx.is_first(resource, DASHBOARDS):
        return []
    use = ctx.usage.dashboards
    return [
        ctx.used("authors", "quicksight.author_month", use.authors.value, use.authors.source),
        ctx.used("readers", "quicksight.reader_month", use.readers.value, use.readers.source),
        ctx.used("SPICE", "quicksight.spice_gb_month", use.spice_gb.value, use.spice_gb.source),
    ]


RULES: dict[str, Rule] = {
    "aws:athena/workgroup:Workgroup": workgroup,
    "aws:redshiftserverless/workgroup:Workgroup": serverless,
    "aws:redshiftserverless/namespace:Namespace": namespace,
    "aws:redshift/cluster:Cluster": cluster,
    **dict.fromkeys(
        (
            f"{DASHBOARDS}{kind[0].lower()}{kind[1:]}:{kind}"
            for kind in (
                "AccountSubscription",
                "Analysis",
                "Dashboard",
                "DataSet",
                "DataSource",
                "Folder",
                "FolderMembership",
                "Group",
                "GroupMembership",
                "RefreshSchedule",
                "Template",
                "Theme",
                "User",
                "VpcConnection",
            )
        ),
        dashboards,
    ),
}
