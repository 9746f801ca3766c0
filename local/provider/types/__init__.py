"""The table: every AWS type that the provider realises in the emulator, by its Pulumi token."""

from local.provider.resource import ResourceType
from local.provider.types import (
    catalog,
    compute,
    federation,
    firehose,
    iam,
    keys,
    logs,
    messaging,
    monitoring,
    s3,
    schedule,
    secrets,
    stream,
    table,
    triggers,
)

_MODULES = (
    catalog,
    compute,
    federation,
    firehose,
    iam,
    keys,
    logs,
    messaging,
    monitoring,
    s3,
    schedule,
    secrets,
    stream,
    table,
    triggers,
)

TABLE: dict[str, ResourceType] = {kind.type: kind for module in _MODULES for kind in module.TYPES}
