"""Who looks at what lands in the lake: the crawler for new fields, the validator of raw events."""

from components.data_validator import ValidatorConfig
from components.lakehouse import Zone
from wiring.base import Base, Data, Outputs


def watch_fields(base: Base, data: Data) -> None:
    """A crawler that reports fields which the contract does not know."""
    settings = base.settings
    if settings.catalog.drift_schedule is None:
        return
    from components.drift_watch import DriftWatch

    DriftWatch(
        "drift",
        settings.catalog.drift_schedule,
        site=base.site,
        lake=data.lake,
        keys=base.keys,
        raw_prefix=settings.ingest.raw_prefix,
        declared=data.catalog.databases[Zone.SILVER],
        workgroup=data.queries.workgroup,
    )


def validate(base: Base, data: Data) -> Outputs:
    """A verdict on each new object of raw events."""
    config = base.settings.data_validator
    if not isinstance(config, ValidatorConfig):
        return {}
    from components.data_validator import DataValidator

    validator = DataValidator(
        "validator",
        config,
        site=base.site,
        lake=data.lake,
        raw_prefix=base.settings.ingest.raw_prefix,
        keys=base.keys,
        alarm_actions=base.actions,
    )
    return {
        "data_validator": validator.function_name,
        "validator_dead_letter_url": validator.dead_letter_url,
    }
