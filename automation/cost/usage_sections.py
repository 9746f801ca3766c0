"""What a usage file may say of each kind of resource. Every number stands with its source."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field, field_validator

from components.section import Section


class Assumption(Section):
    value: Decimal = Field(ge=0)
    source: str = Field(min_length=3, description="Where the number is from, for its reader.")

    @field_validator("value", mode="before")
    @classmethod
    def _is_exact(cls, value: object) -> object:
        if isinstance(value, float):
            raise ValueError(f"{value} is a float, which is not exact: write it in quotes")  # noqa: TRY004
        return value


class EventUse(Section):
    per_day: Assumption = Field(description="Events that reach the stream in a day.")
    bytes: Assumption = Field(description="Size of one event.")
    per_record: Assumption = Field(description="Events that the producer joins into a record.")
    peak: Assumption = Field(description="The busiest second, as a multiple of the average.")

    @property
    def record_bytes(self) -> Decimal:
        return self.bytes.value * self.per_record.value


class FunctionUse(Section):
    invocations_per_month: Assumption | None = Field(
        default=None, description="Where no schedule and no event source says it."
    )
    milliseconds: Assumption = Field(description="Duration of one run, without its events.")
    microseconds_per_event: Assumption | None = Field(
        default=None, description="On top, for each event of the stream."
    )
    objects_per_run: Assumption | None = Field(
        default=None, description="Objects that a run writes to S3."
    )


class BucketUse(Section):
    gb_per_month: Assumption | None = Field(default=None, description="What comes in.")
    share_of_events: Assumption | None = Field(
        default=None, description="Instead: GB kept for each GB of events."
    )
    months: Assumption = Field(description="How old the bucket is in the estimate.")
    objects_per_gb: Assumption = Field(description="Objects to a GB; lifecycle bills each.")
    reads_per_month: Assumption = Field(description="GET requests.")
    writes_per_month: Assumption | None = Field(
        default=None, description="PUT requests of writers that are no resource of the stack."
    )
    reread_percent: Assumption | None = Field(
        default=None, description="Share that is read often; Intelligent-Tiering keeps it hot."
    )
    replaced_gb_per_month: Assumption | None = Field(
        default=None, description="What becomes a noncurrent version."
    )


class KeyUse(Section):
    requests_per_month: Assumption


class QueueUse(Section):
    requests_per_month: Assumption


class TopicUse(Section):
    messages_per_month: Assumption


class LogUse(Section):
    gb_per_month: Assumption
    compressed_to: Assumption = Field(description="Share of a GB that is billed as stored.")
    custom_metrics: Assumption | None = Field(
        default=None, description="Metrics that its lines make (embedded metric format)."
    )


class WorkgroupUse(Section):
    tb_per_month: Assumption = Field(description="Scanned by queries.")


class CatalogUse(Section):
    objects: Assumption = Field(description="Tables, versions and partitions in the catalog.")


class CrawlerUse(Section):
    dpu_hours_per_run: Assumption
    runs_per_month: Assumption | None = Field(default=None, description="Without a schedule.")


class JobUse(Section):
    hours_per_run: Assumption
    runs_per_month: Assumption | None = Field(default=None, description="Without a trigger.")


class TrailUse(Section):
    data_events_per_month: Assumption


class NetworkUse(Section):
    nat_gb_per_month: Assumption = Field(description="Through all NAT gateways of the stack.")
    endpoint_gb_per_month: Assumption = Field(description="Through all interface endpoints.")
    flow_log_gb_per_month: Assumption
    internet_gb_per_month: Assumption = Field(description="Sent to the internet.")


class NodeUse(Section):
    average_nodes: Assumption | None = Field(
        default=None, description="Running at a time while awake; else the desired size."
    )
    average_of_idle: Assumption | None = Field(
        default=None, description="The same, of a group whose desired size is 0."
    )
    spot_discount_percent: Assumption = Field(description="What spot costs less; no list has it.")


class AutoModeUse(Section):
    instance_type: str = Field(description="What EKS Auto Mode is assumed to choose.")
    average_nodes: Assumption = Field(description="Of the built-in pools, on demand.")
    spot_nodes: Assumption = Field(description="Of our own pool, on average.")
    spot_discount_percent: Assumption


class BalancerUse(Section):
    lcu: Assumption = Field(description="Capacity units in use on average.")


class DatabaseUse(Section):
    backup_gb: Assumption = Field(description="Backups beyond the size of the database.")


class ReplicationUse(Section):
    dcu_hours_per_month: Assumption = Field(description="Of serverless replication.")


class TableUse(Section):
    writes_per_month: Assumption
    reads_per_month: Assumption
    gb: Assumption


class WarehouseUse(Section):
    active_hours_per_month: Assumption = Field(description="Serverless: with a query running.")
    gb: Assumption = Field(description="In managed storage.")
    spectrum_tb_per_month: Assumption


class MachineUse(Section):
    transitions_per_month: Assumption = Field(description="Of state machines; express: runs.")
    express_gb_seconds: Assumption | None = None


class DashboardUse(Section):
    authors: Assumption
    readers: Assumption
    spice_gb: Assumption = Field(description="Beyond what authors include.")


class DatabricksUse(Section):
    dbu_per_month: Assumption


class SparkUse(Section):
    vcpu_hours_per_month: Assumption
    gb_hours_per_month: Assumption


class AirflowUse(Section):
    worker_hours_per_month: Assumption = Field(description="Of MWAA, beyond the first worker.")
    gb: Assumption


class ImageUse(Section):
    gb: Assumption


class SecretUse(Section):
    calls_per_month: Assumption


class MetricUse(Section):
    samples_per_month: Assumption
    query_samples_per_month: Assumption
    gb: Assumption
