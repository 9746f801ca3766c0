"""EKS: the control plane, its nodes, and the balancers that charts ask for.

What runs on the nodes is free. Auto Mode picks its instances itself: the usage file assumes which.
"""

from __future__ import annotations

from decimal import Decimal

from automation.cost.model import HUNDRED, Context, Line, Resource, Rule
from automation.cost.rules.network import TEMPLATE, application_balancer
from automation.cost.rules.storage import disk
from automation.cost.schedules import share_awake
from automation.cost.usage import NoUsageError

CLUSTER = "aws:eks/cluster:Cluster"
COMPONENT = "eks:index:Cluster"
NODES = "aws:eks/nodeGroup:NodeGroup"
SIZES = "aws:autoscaling/schedule:Schedule"
SWITCH = "aws:scheduler/schedule:Schedule"
AUTO_MODE_DISK_GB = 80  # of a node class that says nothing (EKS user guide, NodeClass)
NODE_DISK_GB = 20  # EKS' default for a managed node group


def cluster(resource: Resource, ctx: Context) -> list[Line]:
    asked = _asked(resource, ctx)
    may_extend = asked.text("upgradePolicy.supportType", "EXTENDED") == "EXTENDED"
    because = (
        "and `eks.extended_hour` on top once the version has left standard support"
        if may_extend
        else ""
    )
    lines = [ctx.fixed("control plane", "eks.cluster_hour", ctx.hours, because)]
    if not (resource.flag("computeConfig.enabled") or asked.flag("autoMode.enabled")):
        return lines
    use = ctx.usage.of("auto_mode", ctx.usage.auto_mode, resource.name)
    awake, when = _awake(ctx.siblings(asked, SWITCH))
    rate, hours = f"ec2.{use.instance_type}_hour", awake * ctx.hours
    always = ctx.used(
        f"{use.average_nodes.value} x {use.instance_type}",
        rate,
        use.average_nodes.value * hours,
        f"{use.average_nodes.source}{when}",
    )
    spot, off = use.spot_nodes, use.spot_discount_percent
    listed = ctx.used("", rate, spot.value * hours, "").usd
    because = f"{spot.source}{when}; {off.value}% below the list: {off.source}"
    share = (HUNDRED - off.value) / HUNDRED
    tasks = ctx.used(
        f"{spot.value} x {use.instance_type} spot", rate, spot.value * hours * share, because
    )
    # The surcharge follows the list price, also of a spot node (EKS pricing, Auto Mode).
    fee = ctx.used("Auto Mode", "eks.auto_mode_fee", always.usd + listed, because)
    gb = AUTO_MODE_DISK_GB * (use.average_nodes.value + spot.value) * awake
    disks = ctx.used("disks", "ebs.gp3_gb_month", gb, because)
    return [*lines, always, tasks, fee, disks]


def _asked(resource: Resource, ctx: Context) -> Resource:
    """The component around the cluster, which an offline preview tells more of; else itself."""
    parent = ctx.parent(resource)
    return parent if parent is not None and parent.type == COMPONENT else resource


def node_group(resource: Resource, ctx: Context) -> list[Line]:
    """By the first of its instance types; spot at the discount that the usage file assumes."""
    use = ctx.usage.of("nodes", ctx.usage.nodes, resource.name)
    kind = resource.text("instanceTypes.0", "t3.medium")  # EKS' own default
    nodes, because = resource.number("scalingConfig.desiredSize"), "desired size"
    told = use.average_nodes or (None if nodes else use.average_of_idle)
    if told is not None:
        nodes, because = told.value, told.source
    elif not nodes:
        raise NoUsageError(
            f"{resource.name} rests without nodes, and usage/{ctx.usage.name}.yaml does not say "
            "how many it has on average (average_of_idle)"
        )
    role = f"-{resource.name.rpartition('-')[2]}-"
    awake, when = _awake([one for one in ctx.siblings(resource, SIZES) if role in f"-{one.name}"])
    share = Decimal(1)
    if resource.text("capacityType") == "SPOT":
        off = use.spot_discount_percent
        share = (HUNDRED - off.value) / HUNDRED
        when = f"{when}; spot {off.value}% below: {off.source}"
    line = ctx.fixed if told is None and share == 1 else ctx.used
    return [
        line(
            f"{nodes} x {kind}",
            f"ec2.{kind}_hour",
            nodes * awake * ctx.hours * share,
            f"{because}{when}",
        ),
        *disk("gp3", _disk_gb(resource, ctx), ctx, nodes * awake),
    ]


def _disk_gb(resource: Resource, ctx: Context) -> Decimal:
    own = resource.number("diskSize", NODE_DISK_GB)
    for template in ctx.siblings(resource, TEMPLATE):
        if template.name == f"{resource.name}-template":
            return template.number("blockDeviceMappings.0.ebs.volumeSize", own)
    return own


def _awake(schedules: list[Resource]) -> tuple[Decimal, str]:
    """Share of the month outside the night, of schedules that end in `-sleep` and `-wake`."""
    sleep, wake = (
        [_weekly(one) for one in schedules if one.name.endswith(end)] for end in ("-sleep", "-wake")
    )
    if not sleep:
        return Decimal(1), ""
    share = share_awake(sleep, wake)
    return share, f"; {share * HUNDRED:.0f}% of the week: it sleeps {', '.join(sleep)}"


def _weekly(schedule: Resource) -> str:
    """Cron of five fields: Auto Scaling takes it so, Scheduler with a year and a `?`."""
    if schedule.type == SIZES:
        return schedule.text("recurrence")
    inside = schedule.text("scheduleExpression").removeprefix("cron(").removesuffix(")")
    return " ".join(inside.replace("?", "*").split()[:5])


def release(resource: Resource, ctx: Context) -> list[Line]:
    """A chart is free, except for the balancer that its ingress makes."""
    if resource.flag("values.ingress.apiServer.enabled"):
        return application_balancer(resource, ctx)
    return []


def service(resource: Resource, ctx: Context) -> list[Line]:
    if resource.text("spec.type") == "LoadBalancer":
        return [ctx.fixed("balancer", "elb.nlb_hour", ctx.hours)]
    return []


RULES: dict[str, Rule] = {
    CLUSTER: cluster,
    NODES: node_group,
    "kubernetes:helm.sh/v3:Release": release,
    "kubernetes:core/v1:Service": service,
    "kubernetes:networking.k8s.io/v1:Ingress": application_balancer,
}
