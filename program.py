"""The program: the one file that knows every component and how they are wired.

The CLI, the tests and the Automation API call the same `build`. It reads nothing but its argument
and the contracts.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi

from components.airflow.config import AirflowConfig
from components.catalog import Catalog
from components.change_capture_config import ChangeCaptureConfig
from components.encryption import EncryptionKeys, Keys, Protection
from components.iam import assume
from components.lakehouse import Lakehouse, Zone
from components.naming import Site
from components.network import NetworkConfig, Vpc
from components.pipeline_config import MwaaPipeline, NoPipeline
from components.producer import Producer
from components.query_layer import QueryLayer
from components.shop_database import ShopDatabase, ShopDatabaseConfig
from components.stream_consumer import StreamConsumer
from components.stream_ingest import StreamIngest
from components.transform import Transform
from contract import gold, shop_changes, tables
from settings import Settings

if TYPE_CHECKING:  # a stack without pipelines does not load them
    from components.pipeline import Pipeline

QUESTIONS = Path(__file__).parent / "warehouse" / "questions"


@dataclass(frozen=True, kw_only=True)
class _Base:
    """What nearly every component takes."""

    settings: Settings
    site: Site
    keys: Keys
    protection: Protection
    vpc: Vpc | None
    actions: tuple[pulumi.Output[str], ...]
    """Whom alarms tell."""


@dataclass(frozen=True, kw_only=True)
class _Lake:
    """Where data lies, and who asks it."""

    lake: Lakehouse
    catalog: Catalog
    transform: Transform
    queries: QueryLayer


def build(settings: Settings) -> dict[str, pulumi.Output[str]]:
    """Register every resource of a stack; returns the stack's outputs."""
    base = _base(settings)
    site, keys, actions = base.site, base.keys, base.actions
    lake = Lakehouse("lake", settings.lakehouse, site=site, protection=base.protection)
    catalog = Catalog(
        "catalog",
        settings.catalog,
        site=site,
        lake=lake,
        tables={
            Zone.BRONZE: (*tables.BRONZE, shop_changes.QUARANTINED_CHANGES),
            Zone.SILVER: (*tables.SILVER, *shop_changes.SHOP_SILVER),
            Zone.GOLD: gold.gold(),
        },
    )
    ingest = StreamIngest(
        "ingest", settings.ingest, site=site, lake=lake, keys=keys, alarm_actions=actions
    )
    consumer = StreamConsumer(
        "consumer",
        settings.consumer,
        site=site,
        stream=ingest.stream,
        lake=lake,
        keys=keys,
        alarm_actions=actions,
    )
    producer = Producer(
        "producer",
        settings.producer,
        site=site,
        stream=ingest.stream,
        keys=keys,
        alarm_actions=actions,
    )
    transform = Transform(
        "transform",
        settings.transform,
        site=site,
        lake=lake,
        catalog=catalog,
        stream=ingest.stream,
        key_arn=keys.data,
    )
    queries = QueryLayer(
        "queries",
        settings.queries,
        site=site,
        lake=lake,
        catalog=catalog,
        questions={path.stem: path.read_text() for path in sorted(QUESTIONS.glob("*.sql"))},
        protection=base.protection,
    )
    data = _Lake(lake=lake, catalog=catalog, transform=transform, queries=queries)
    _watch_fields(base, data)
    _copy_shop_database(base, lake)
    pipeline = _pipeline(base, data)
    airflow = _airflow(base, data, pipeline)
    if settings.observability.enabled:
        from components.observability import Observability, Watched

        Observability(
            "watch",
            settings.observability,
            site=site,
            watched=Watched(
                stream=ingest.stream.name,
                delivery_stream=ingest.delivery_stream_name,
                producer=producer.function_name,
                consumer=consumer.function_name,
                workgroup=queries.workgroup,
                dead_letters={
                    "producer": producer.dead_letter_queue,
                    "consumer": consumer.dead_letter_queue,
                },
                zones={zone.value: bucket for zone, bucket in lake.zones.items()},
                batch_roles=[transform.role_arn, queries.analyst_role_arn],
                quarantine_alarm_percent=settings.consumer.quarantine_alarm_percent,
            ),
            alarm_actions=actions,
            keys=keys,
            protection=base.protection,
            retain=settings.lakehouse.retain,
        )
    return {
        **{f"{zone}_bucket": bucket.name for zone, bucket in lake.zones.items()},
        **{f"{zone}_database": database for zone, database in catalog.databases.items()},
        "stream": ingest.stream.name,
        "delivery_stream": ingest.delivery_stream_name,
        "producer": producer.function_name,
        "consumer": consumer.function_name,
        "dead_letter_url": consumer.dead_letter_url,
        "workgroup": queries.workgroup,
        "results_bucket": queries.results_bucket,
        "analyst_role_arn": queries.analyst_role_arn,
        "transform_role_arn": transform.role_arn,
        **airflow,
    }


def _base(settings: Settings) -> _Base:
    site = settings.site
    encryption = EncryptionKeys(
        "keys",
        settings.encryption,
        site=site,
        retain=settings.lakehouse.retain,
    )
    vpc = None
    if isinstance(settings.network, NetworkConfig):
        from components.network.network import Network

        vpc = Network("network", settings.network, site=site, keys=encryption.keys).vpc
    actions: tuple[pulumi.Output[str], ...] = ()
    if settings.alerts.enabled:
        from components.alerts import Alerts

        actions = Alerts("alerts", settings.alerts, site=site, keys=encryption.keys).actions
    return _Base(
        settings=settings,
        site=site,
        keys=encryption.keys,
        protection=encryption.protection,
        vpc=vpc,
        actions=actions,
    )


def _watch_fields(base: _Base, data: _Lake) -> None:
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


def _copy_shop_database(base: _Base, lake: Lakehouse) -> None:
    settings = base.settings
    if not isinstance(settings.shop_database, ShopDatabaseConfig) or base.vpc is None:
        return
    database = ShopDatabase(
        "shop-db",
        settings.shop_database,
        site=base.site,
        vpc=base.vpc,
        keys=base.keys,
        alarm_actions=base.actions,
    )
    if isinstance(settings.change_capture, ChangeCaptureConfig):
        from components.change_capture import ChangeCapture

        ChangeCapture(
            "capture",
            settings.change_capture,
            site=base.site,
            source=database.source,
            vpc=base.vpc,
            lake=lake,
            keys=base.keys,
            alarm_actions=base.actions,
        )


def _pipeline(base: _Base, data: _Lake) -> "Pipeline | None":
    """The steps, and who runs them; Airflow on EKS takes them in `_airflow`."""
    settings = base.settings
    if settings.images.enabled:
        from components.image_registry import ImageRegistry

        ImageRegistry("images", settings.images, site=base.site, key_arn=base.keys.data)
    if isinstance(settings.pipeline, NoPipeline):
        return None
    from components.pipeline import Pipeline
    from components.pipeline_grants import Workplace

    pipeline = Pipeline(
        "pipeline",
        settings.pipeline,
        site=base.site,
        keys=base.keys,
        work=Workplace(
            lake=data.lake,
            catalog=data.catalog,
            workgroup=data.queries.workgroup,
            results_bucket=data.queries.results_bucket,
            raw_prefix=settings.ingest.raw_prefix,
            order_etl_job="",
            crm_etl_job="",
        ),
        alarm_actions=base.actions,
    )
    if isinstance(settings.pipeline, MwaaPipeline) and base.vpc is not None:
        from components.mwaa import Mwaa

        Mwaa(
            "mwaa",
            settings.pipeline.mwaa,
            site=base.site,
            vpc=base.vpc,
            keys=base.keys,
            protection=base.protection,
            pipeline=pipeline,
        )
    return pipeline


def _airflow(
    base: _Base, data: _Lake, pipeline: "Pipeline | None"
) -> dict[str, pulumi.Output[str]]:
    """Airflow on EKS, with the pipelines where it is the one to run them."""
    settings, site = base.settings, base.site
    if base.vpc is None:
        return {}
    if not isinstance(settings.airflow, AirflowConfig):
        from components.airflow import hooks

        # A cluster that has just been switched off is drained by a hook; the engine wants it.
        hooks.register("airflow-cluster", site=site, keep_volumes=True)
        return {}
    from components.airflow.airflow import Airflow

    on_cluster = pipeline if settings.pipeline.engine == "airflow" else None
    airflow = Airflow(
        "airflow",
        settings.airflow,
        site=site,
        vpc=base.vpc,
        keys=base.keys,
        protection=base.protection,
        alarm_actions=base.actions,
        # Tasks start work elsewhere under the transform role; themselves they only look.
        task_statements=[
            *data.lake.read(Zone.SILVER),
            *data.lake.read(Zone.GOLD),
            assume(data.transform.role_arn),
            *(on_cluster.step_statements if on_cluster else ()),
        ],
    )
    if on_cluster is not None:
        from components.airflow.dags import dag_bucket_name
        from components.dag_delivery import DagDelivery

        DagDelivery(
            "dags",
            bucket=dag_bucket_name(site),
            places=on_cluster.places,
            opts=pulumi.ResourceOptions(depends_on=[airflow]),
        )
    return {
        "airflow_cluster": airflow.cluster_name,
        "airflow_secret_arn": airflow.secret_arn,
        "airflow_log_bucket": airflow.log_bucket,
    }
