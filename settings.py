"""The typed settings of a stack: every section of `Pulumi.<stack>.yaml`, and the rules that hold
across sections.

The only reader of `pulumi.Config`. A section is declared beside the component that uses it; secrets
never stand in one.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Self, cast

import pulumi
from pydantic import Field, ValidationError, model_validator

from components.airflow.config import AirflowConfig, AirflowSection
from components.alerts import AlertsConfig
from components.batch_config import BatchEtlConfig, BatchEtlSection, GlueEngine
from components.catalog import CatalogConfig
from components.change_capture_config import ChangeCaptureSection, missing_for_capture
from components.ci_identity import CiConfig
from components.dashboards import DashboardsSection
from components.data_validator import ValidatorSection
from components.databricks.config import (
    DatabricksConfig,
    DatabricksSection,
    missing_for_workspace,
)
from components.encryption import EncryptionConfig
from components.image_registry import ImageRegistryConfig
from components.lakehouse import LakehouseConfig
from components.naming import Site
from components.network import NetworkConfig, NetworkSection, NoNetwork, missing_for_private_cluster
from components.observability import ObservabilityConfig
from components.off_hours import OffHours
from components.pipeline_config import NoPipeline, PipelineSection
from components.producer import ProducerConfig
from components.query_layer import QueryConfig
from components.redshift_config import WarehouseConfig, WarehouseSection, missing_for_warehouse
from components.remote_state import StateConfig
from components.section import Section
from components.shop_database import ShopDatabaseConfig, ShopDatabaseSection
from components.stream_consumer import ConsumerConfig
from components.stream_ingest import IngestConfig
from components.transform import TransformConfig

PROD = "prod"


class PlatformConfig(Section):
    prefix: str = Field(
        default="shoptrend",
        pattern=r"^[a-z][a-z0-9-]{1,20}$",
        description="First part of every name that people type; buckets are unique in the world, "
        "so choose your own.",
    )
    account_id: str = Field(
        pattern=r"^\d{12}$",
        description="The AWS account of this stack, 12 digits in quotes; any other is refused.",
    )
    region: str = Field(
        pattern=r"^[a-z]{2}(-[a-z]+)+-\d$", description="The AWS region of this stack."
    )


class Settings(Section):
    env: str
    platform: PlatformConfig
    encryption: EncryptionConfig
    network: NetworkSection
    lakehouse: LakehouseConfig
    ingest: IngestConfig
    consumer: ConsumerConfig
    producer: ProducerConfig
    data_validator: ValidatorSection
    catalog: CatalogConfig
    queries: QueryConfig
    dashboards: DashboardsSection
    warehouse: WarehouseSection
    databricks: DatabricksSection
    transform: TransformConfig
    batch_etl: BatchEtlSection
    airflow: AirflowSection
    images: ImageRegistryConfig
    pipeline: PipelineSection
    shop_database: ShopDatabaseSection
    change_capture: ChangeCaptureSection
    off_hours: OffHours
    state: StateConfig
    ci: CiConfig
    alerts: AlertsConfig
    observability: ObservabilityConfig

    @property
    def site(self) -> Site:
        """Where the stack lives and how its things are called."""
        platform = self.platform
        return Site(
            prefix=platform.prefix,
            env=self.env,
            account_id=platform.account_id,
            region=platform.region,
        )

    @model_validator(mode="after")
    def _prod_keeps_its_data(self) -> Self:
        if self.env == PROD and not self.lakehouse.retain:
            raise ValueError(
                "lakehouse.retain is false: prod must set lakehouse.retain: true, or its data "
                "goes with a destroy"
            )
        return self

    @model_validator(mode="after")
    def _prod_keeps_the_history_of_runs(self) -> Self:
        airflow = self.airflow
        if self.env == PROD and isinstance(airflow, AirflowConfig) and not airflow.database.retain:
            raise ValueError(
                "airflow.database.retain is false: prod must set it to true, or the history of "
                "all runs goes with a destroy"
            )
        return self

    @model_validator(mode="after")
    def _prod_keeps_its_shop(self) -> Self:
        shop = self.shop_database
        if self.env == PROD and isinstance(shop, ShopDatabaseConfig) and not shop.retain:
            raise ValueError(
                "shop_database.retain is false: prod must set it to true, or the shop goes with a "
                "destroy"
            )
        return self

    @model_validator(mode="after")
    def _prod_keeps_its_tables(self) -> Self:
        for name, section in (("warehouse", self.warehouse), ("databricks", self.databricks)):
            if (
                self.env == PROD
                and isinstance(section, WarehouseConfig | DatabricksConfig)
                and not section.retain
            ):
                raise ValueError(
                    f"{name}.retain is false: prod must set it to true, or its tables go with a "
                    "destroy"
                )
        return self

    @model_validator(mode="after")
    def _warehouse_and_workspace_have_a_network(self) -> Self:
        wanting = (
            ("warehouse", self.warehouse.enabled, missing_for_warehouse),
            ("databricks", self.databricks.enabled, missing_for_workspace),
        )
        for name, enabled, missing_for in wanting:
            network = self.network
            if enabled and not isinstance(network, NetworkConfig):
                raise ValueError(
                    f"{name}.enabled is true while network.enabled is false: it needs a VPC; set "
                    f"network.enabled: true, or {name}.enabled: false"
                )
            missing = missing_for(network) if isinstance(network, NetworkConfig) else None
            if enabled and missing:
                raise ValueError(f"{name}.enabled is true, but {missing}")
        return self

    @model_validator(mode="after")
    def _a_database_has_a_network(self) -> Self:
        if self.shop_database.enabled and not self.network.enabled:
            raise ValueError(
                "shop_database.enabled is true while network.enabled is false: a database needs a "
                "VPC; set network.enabled: true, or shop_database.enabled: false"
            )
        return self

    @model_validator(mode="after")
    def _capture_has_a_database(self) -> Self:
        if not self.change_capture.enabled:
            return self
        if not self.shop_database.enabled:
            raise ValueError(
                "change_capture.enabled is true while shop_database.enabled is false: there is "
                "nothing to read; set shop_database.enabled: true, or change_capture.enabled: false"
            )
        if isinstance(self.network, NetworkConfig) and (
            missing := missing_for_capture(self.network)
        ):
            raise ValueError(
                "network.nat is none and network.interface_endpoints lacks "
                f"{', '.join(missing)}: change capture could not read its passwords; add it, or "
                "choose another nat"
            )
        return self

    @model_validator(mode="after")
    def _prod_never_sleeps(self) -> Self:
        if self.env == PROD and self.off_hours.allowed:
            raise ValueError(
                "off_hours.allowed is true: prod serves the shop at all hours; set it to false"
            )
        return self

    @model_validator(mode="after")
    def _a_cluster_has_a_network(self) -> Self:
        if not self.airflow.enabled:
            return self
        network = self.network
        if isinstance(network, NoNetwork):
            raise ValueError(  # noqa: TRY004 (a contradiction of two sections, not a wrong type)
                "airflow.enabled is true while network.enabled is false: a cluster needs a VPC; "
                "set network.enabled: true, or airflow.enabled: false"
            )
        missing = missing_for_private_cluster(
            network, also=("secretsmanager", "autoscaling", "logs")
        )
        if missing:
            raise ValueError(
                "network.nat is none and network.interface_endpoints lacks "
                f"{', '.join(missing)}: nodes could not start; add them, or choose another nat"
            )
        return self

    @model_validator(mode="after")
    def _a_pipeline_has_somebody_to_run_it(self) -> Self:
        airflow, engine = self.airflow, self.pipeline.engine
        if engine == "mwaa" and not self.network.enabled:
            raise ValueError(
                "pipeline.engine is mwaa while network.enabled is false: its workers need a VPC; "
                "set network.enabled: true, or another engine"
            )
        if engine == "airflow" and not (
            isinstance(airflow, AirflowConfig) and airflow.image and airflow.dags.kind == "s3"
        ):
            raise ValueError(
                "pipeline.engine is airflow: it needs airflow.enabled: true, airflow.image (the "
                "official image lacks the commands; docker/airflow/ makes one) and airflow.dags "
                "of kind s3; set them, or another engine"
            )
        return self

    @model_validator(mode="after")
    def _glue_jobs_are_there_and_start_once(self) -> Self:
        if isinstance(self.pipeline, NoPipeline) or self.pipeline.jobs != "glue":
            return self
        batch = self.batch_etl
        if not (isinstance(batch, BatchEtlConfig) and isinstance(batch.spark, GlueEngine)):
            raise ValueError(  # noqa: TRY004 (a contradiction of two sections)
                "pipeline.jobs is glue, and the stack has no Glue jobs: set batch_etl.enabled: "
                "true and batch_etl.spark.engine: glue, or pipeline.jobs: commands"
            )
        if batch.schedule is not None:
            raise ValueError(
                f"batch_etl.schedule is {batch.schedule} while pipeline.jobs is glue: each job "
                "would run twice a day; set batch_etl.schedule: null"
            )
        return self

    @model_validator(mode="after")
    def _a_budget_tells_somebody(self) -> Self:
        if self.observability.enabled and not self.alerts.enabled:
            raise ValueError(
                "observability.enabled is true while alerts.enabled is false: AWS takes no budget "
                "that tells nobody; set alerts.enabled: true, or observability.enabled: false"
            )
        return self

    @model_validator(mode="after")
    def _retries_end_before_the_stream_forgets(self) -> Self:
        if self.consumer.max_age_hours >= self.ingest.retention_hours:
            raise ValueError(
                f"consumer.max_age_hours {self.consumer.max_age_hours} is not below "
                "ingest.retention_hours "
                f"{self.ingest.retention_hours}: records would expire before they reach the "
                "dead-letter queue; "
                "lower the one or raise the other"
            )
        return self


SECTIONS = tuple(field for field in Settings.model_fields if field != "env")


class BadSettings(pulumi.RunError):
    """A stack file says something it may not. Shown by the engine as one message, without a
    traceback.
    """


def load() -> Settings:
    """The settings of the current stack; raises `BadSettings` naming file, key, value and the way
    out.
    """
    stack = pulumi.get_stack()
    config = pulumi.Config()
    sections = {name: config.get_object(name) for name in SECTIONS}
    settings = parse(
        stack, {name: section for name, section in sections.items() if section is not None}
    )
    provider = pulumi.Config("aws")
    check_guard(settings, provider.get_object("allowedAccountIds"), provider.get("region"))
    return settings


def parse(stack: str, sections: dict[str, object]) -> Settings:
    """Validated settings of plain values; raises `BadSettings`."""
    try:
        return Settings.model_validate({"env": stack, **sections})
    except ValidationError as error:
        raise BadSettings(explain(stack, error, sections)) from None


def check_guard(settings: Settings, accounts: object, region: str | None) -> None:
    """Refuses a stack whose AWS provider would take another account or region than the program's.

    The provider compares `aws:allowedAccountIds` with whoever is logged in before it does anything;
    without it a wrong login would build one environment in the account of another. Raises
    `BadSettings`.
    """
    platform = settings.platform
    if accounts != [platform.account_id]:
        raise BadSettings(
            f"Pulumi.{settings.env}.yaml:\n  aws:allowedAccountIds: must be the one account of "
            f'shop:platform.account_id, ["{platform.account_id}"] (found {accounts!r})'
        )
    if region != platform.region:
        raise BadSettings(
            f"Pulumi.{settings.env}.yaml:\n  aws:region: must be shop:platform.region, "
            f"{platform.region} (found {region!r})"
        )


def explain(stack: str, error: ValidationError, sections: Mapping[str, object]) -> str:
    """One line per mistake: file, key, what was found, what is wanted."""
    lines = [f"Pulumi.{stack}.yaml:"]
    for problem in error.errors():
        path = ".".join(_written(problem["loc"], sections))
        key = f"shop:{path}" if path else "across sections"
        if problem["type"] == "missing":
            lines.append(f"  {key}: is missing; docs/configuration.md says what it is for")
        elif problem["type"] == "extra_forbidden":
            lines.append(
                f"  {key}: no such setting (found {problem['input']!r}); see docs/configuration.md"
            )
        elif problem["type"].startswith("union_tag_"):
            context = problem.get("ctx", {})
            tag = str(context.get("discriminator")).strip("'")
            found = cast("dict[str, object]", problem["input"]).get(tag, "nothing")
            wanted = context.get("expected_tags", "true or false")
            lines.append(f"  {key}.{tag}: must be one of {wanted} (found {found!r})")
        else:
            message = problem["msg"].removeprefix("Value error, ")
            found = "" if problem["type"] == "value_error" else f" (found {problem['input']!r})"
            lines.append(f"  {key}: {message}{found}")
    return "\n".join(lines)


def _written(place: Sequence[int | str], values: object) -> Iterator[str]:
    """The keys of a place as they stand in the file: pydantic also names the choice it took."""
    for part in place[:-1]:
        if isinstance(values, dict) and part in values:
            # YAML takes a key `on` for true, which equals 1.
            values = cast("dict[int | str, object]", values)[part]
        elif isinstance(values, list) and isinstance(part, int):
            values = cast("list[object]", values)[part]
        else:
            continue
        yield str(part)
    if place and not isinstance(place[-1], bool):
        yield str(place[-1])
