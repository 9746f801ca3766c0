"""Glue, EMR Serverless, MWAA and Databricks."""

from __future__ import annotations

from decimal import Decimal

from automation.cost.model import Context, Line, NotKnownError, Resource, Rule
from automation.cost.schedules import runs_per_month
from automation.cost.usage import NoUsageError
from automation.cost.usage_sections import Assumption

DATABASE = "aws:glue/catalogDatabase:CatalogDatabase"
TRIGGER = "aws:glue/trigger:Trigger"
# DPU of a worker (Glue developer guide, worker types).
WORKERS = {
    "Standard": Decimal(1),
    "G.025X": Decimal("0.25"),
    "G.1X": Decimal(1),
    "G.2X": Decimal(2),
    "G.4X": Decimal(4),
    "G.8X": Decimal(8),
}
DEFAULT_DPU = 10  # of a Spark job that says nothing
SHELL_DPU = Decimal("0.0625")


def catalog(resource: Resource, ctx: Context) -> list[Line]:
    """The whole catalog is billed together: it stands with the first database."""
    if not ctx.is_first(resource, DATABASE):
        return []
    use = ctx.usage.catalog.objects
    return [ctx.used("objects in the catalog", "glue.catalog_object", use.value, use.source)]


def job(resource: Resource, ctx: Context) -> list[Line]:
    use = ctx.usage.of("jobs", ctx.usage.jobs, resource.name)
    schedules = [
        one.text("schedule")
        for one in ctx.siblings(resource, TRIGGER)
        if one.text("type") == "SCHEDULED"
    ]
    runs, why = _runs(schedules, use.runs_per_month, resource, ctx)
    dpu = _dpu(resource)
    flex = resource.text("executionClass") == "FLEX"
    return [
        ctx.used(
            f"{runs:.1f} runs of {use.hours_per_run.value} h on {dpu} DPU",
            "glue.flex_dpu_hour" if flex else "glue.dpu_hour",
            runs * use.hours_per_run.value * dpu,
            f"{why}; {use.hours_per_run.source}",
        )
    ]


def _dpu(resource: Resource) -> Decimal:
    if resource.given("numberOfWorkers") is not None:
        worker = resource.text("workerType", "Standard")
        if worker not in WORKERS:
            raise NotKnownError("workerType", f"is {worker}, whose DPU are not in the rule")
        return resource.number("numberOfWorkers") * WORKERS[worker]
    shell = resource.text("command.name") == "pythonshell"
    return resource.number("maxCapacity", SHELL_DPU if shell else DEFAULT_DPU)


def crawler(resource: Resource, ctx: Context) -> list[Line]:
    use = ctx.usage.of("crawlers", ctx.usage.crawlers, resource.name)
    schedules = [text for text in [resource.text("schedule")] if text]
    runs, why = _runs(schedules, use.runs_per_month, resource, ctx)
    hours = use.dpu_hours_per_run
    return [
        ctx.used(
            f"{runs:.1f} runs",
            "glue.crawler_dpu_hour",
            runs * hours.value,
            f"{why}; {hours.source}",
        )
    ]


def _runs(
    schedules: list[str], told: Assumption | None, resource: Resource, ctx: Context
) -> tuple[Decimal, str]:
    if schedules:
        runs = sum((runs_per_month(text, ctx.days) for text in schedules), Decimal(0))
        return runs, f"schedule {', '.join(schedules)}"
    if told is None:
        raise NoUsageError(
            f"{resource.name} has no schedule, and usage/{ctx.usage.name}.yaml does not say how "
            "often it runs (runs_per_month)"
        )
    return told.value, told.source


def spark(resource: Resource, ctx: Context) -> list[Line]:
    use = ctx.usage.of("spark", ctx.usage.spark, resource.name)
    cpu, memory = use.vcpu_hours_per_month, use.gb_hours_per_month
    return [
        ctx.used("processors", "emr.vcpu_hour", cpu.value, cpu.source),
        ctx.used("memory", "emr.gb_hour", memory.value, memory.source),
    ]


def managed_airflow(resource: Resource, ctx: Context) -> list[Line]:
    use = ctx.usage.of("airflow", ctx.usage.airflow, resource.name)
    size = resource.text("environmentClass", "mw1.small")
    workers, gb = use.worker_hours_per_month, use.gb
    return [
        ctx.fixed(f"environment {size}", f"mwaa.{size}_hour", ctx.hours),
        ctx.used("more workers", f"mwaa.{size}_worker_hour", workers.value, workers.source),
        ctx.used("metadata", "mwaa.gb_month", gb.value, gb.source),
    ]


def _databricks(kind: str) -> Rule:
    """DBU of one kind; the instances are billed by EC2, in the account that Databricks uses."""

    def rule(resource: Resource, ctx: Context) -> list[Line]:
        use = ctx.usage.of("databricks", ctx.usage.databricks, resource.name).dbu_per_month
        return [ctx.used("DBU", f"databricks.{kind}_dbu", use.value, use.source)]

    return rule


RULES: dict[str, Rule] = {
    DATABASE: catalog,
    "aws:glue/job:Job": job,
    "aws:glue/crawler:Crawler": crawler,
    "aws:emrserverless/application:Application": spark,
    "aws:mwaa/environment:Environment": managed_airflow,
    "databricks:index/job:Job": _databricks("jobs"),
    "databricks:index/cluster:Cluster": _databricks("all_purpose"),
    "databricks:index/sqlEndpoint:SqlEndpoint": _databricks("sql"),
    "databricks:index/pipeline:Pipeline": _databricks("jobs"),
}
