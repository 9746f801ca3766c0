"""KMS keys, secrets and parameters."""

from __future__ import annotations

from automation.cost.model import Context, Line, Resource, Rule


def key(resource: Resource, ctx: Context) -> list[Line]:
    """Rotation adds a dollar a month in each of the first two years, which a new key has not."""
    use = ctx.usage.of("keys", ctx.usage.keys, resource.name).requests_per_month
    return [
        ctx.fixed("key", "kms.key_month", 1),
        ctx.used("requests", "kms.request", use.value, use.source),
    ]


def replica_key(resource: Resource, ctx: Context) -> list[Line]:
    return [ctx.fixed("key", "kms.key_month", 1)]


def secret(resource: Resource, ctx: Context) -> list[Line]:
    use = ctx.usage.of("secrets", ctx.usage.secrets, resource.name).calls_per_month
    return [
        ctx.fixed("secret", "secrets.secret_month", 1),
        ctx.used("calls", "secrets.call", use.value, use.source),
    ]


def parameter(resource: Resource, ctx: Context) -> list[Line]:
    if resource.text("tier", "Standard") == "Standard":
        return []
    return [ctx.fixed("advanced parameter", "ssm.advanced_parameter", 1)]


RULES: dict[str, Rule] = {
    "aws:kms/key:Key": key,
    "aws:kms/replicaKey:ReplicaKey": replica_key,
    "aws:secretsmanager/secret:Secret": secret,
    "aws:ssm/parameter:Parameter": parameter,
}
