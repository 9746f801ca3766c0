"""RDS, DMS and DynamoDB."""

from __future__ import annotations

from decimal import Decimal

from automation.cost.model import Context, Line, NoPriceError, Resource, Rule

# GB that a DMS instance class includes (DMS pricing): burstable 50, others 100.
DMS_INCLUDED_GB = {"t": 50, "c": 100, "r": 100}
DMS_DEFAULT_GB = 50


def database(resource: Resource, ctx: Context) -> list[Line]:
    if resource.text("engine") not in ("postgres", "mysql", "mariadb"):
        raise NoPriceError(f"there are no prices for RDS with engine {resource.text('engine')!r}")
    kind = resource.text("instanceClass").removeprefix("db.")
    copies = 2 if resource.flag("multiAz") else 1
    volume = resource.text("storageType", "gp2")
    size = resource.number("allocatedStorage")
    lines = [
        ctx.fixed(f"{copies} x db.{kind}", f"rds.{kind}_hour", ctx.hours * copies),
        ctx.fixed(f"storage {volume}", f"rds.{volume}_gb_month", size * copies),
    ]
    if resource.flag("manageMasterUserPassword"):
        lines.append(ctx.fixed("secret of the master user", "secrets.secret_month", 1))
    if resource.number("backupRetentionPeriod"):
        use = ctx.usage.of("databases", ctx.usage.databases, resource.name).backup_gb
        lines.append(ctx.used("backups", "backup.gb_month", use.value, use.source))
    return lines


def replication_instance(resource: Resource, ctx: Context) -> list[Line]:
    kind = resource.text("replicationInstanceClass").removeprefix("dms.")
    copies = 2 if resource.flag("multiAz") else 1
    size = resource.number("allocatedStorage", DMS_DEFAULT_GB)
    more = size - DMS_INCLUDED_GB.get(kind[:1], 0)
    lines = [ctx.fixed(f"{copies} x dms.{kind}", f"dms.{kind}_hour", ctx.hours * copies)]
    if more > 0:
        lines.append(ctx.fixed("storage", "dms.gb_month", more * copies))
    return lines


def replication_config(resource: Resource, ctx: Context) -> list[Line]:
    use = ctx.usage.of("replications", ctx.usage.replications, resource.name).dcu_hours_per_month
    copies = 2 if resource.flag("computeConfig.multiAz") else 1
    return [ctx.used("capacity", "dms.dcu_hour", use.value * copies, use.source)]


def table(resource: Resource, ctx: Context) -> list[Line]:
    use = ctx.usage.of("tables", ctx.usage.tables, resource.name)
    lines = [ctx.used("storage", "dynamodb.gb_month", use.gb.value, use.gb.source)]
    if resource.text("billingMode", "PROVISIONED") == "PAY_PER_REQUEST":
        writes, reads = use.writes_per_month, use.reads_per_month
        lines += [
            ctx.used("writes", "dynamodb.write", writes.value, writes.source),
            ctx.used("reads", "dynamodb.read", reads.value, reads.source),
        ]
    else:
        lines += [
            ctx.fixed(what, rate, resource.number(path, Decimal(1)) * ctx.hours)
            for what, rate, path in (
                ("write capacity", "dynamodb.wcu_hour", "writeCapacity"),
                ("read capacity", "dynamodb.rcu_hour", "readCapacity"),
            )
        ]
    if resource.flag("pointInTimeRecovery.enabled"):
        lines.append(
            ctx.used("point in time", "dynamodb.pitr_gb_month", use.gb.value, use.gb.source)
        )
    return lines


RULES: dict[str, Rule] = {
    "aws:rds/instance:Instance": database,
    "aws:dms/replicationInstance:ReplicationInstance": replication_instance,
    "aws:dms/replicationConfig:ReplicationConfig": replication_config,
    "aws:dynamodb/table:Table": table,
}
