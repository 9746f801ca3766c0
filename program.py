"""The program: the one file that knows every component and how they are wired.

The CLI, the tests and the Automation API call the same `build`. It reads nothing but its argument
and the contracts.
"""

from pathlib import Path

import pulumi

from components.airflow.config import AirflowConfig
from components.catalog import Catalog
from components.change_capture_config import ChangeCaptureConfig
from components.encryption import EncryptionKeys
from components.iam import assume
from components.lakehouse import Lakehouse, Zone
from components.network import NetworkConfig
from components.producer import Producer
from components.query_layer import QueryLayer
from components.shop_database import ShopDatabase, ShopDatabaseConfig
from components.stream_consumer import StreamConsumer
from components.stream_ingest import StreamIngest
from components.transform import Transform
from contract import gold, shop_changes, tables
from settings import Settings

QUESTIONS = Path(__file__).parent / "warehouse" / "questions"


def build(settings: Settings) -> dict[str, pulumi.Output[str]]:
    """Register every resource of a stack; returns the stack's outputs."""
    site = settings.site
    encryption = EncryptionKeys(
        "keys",
        settings.encryption,
        site=site,
        retain=settings.lakehouse.retain,
    )
    keys = encryption.keys
    vpc = None
    if isinstance(settings.network, NetworkConfig):
        from components.network.network import Network

        vpc = Network("network", settings.network, site=site, keys=keys).vpc
    actions: tuple[pulumi.Output[str], ...] = ()
    if settings.alerts.enabled:
        from components.alerts import Alerts

        actions = Alerts("alerts", settings.alerts, site=site, keys=keys).actions
    lake = Lakehouse("lake", settings.lakehouse, site=site, protection=encryption.protection)
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
        protection=encryption.protection,
    )
    if isinstance(settings.shop_database, ShopDatabaseConfig) and vpc is not None:
        database = ShopDatabase(
            "shop-db",
            settings.shop_database,
            site=site,
            vpc=vpc,
            keys=keys,
            alarm_actions=actions,
        )
        if isinstance(settings.change_capture, ChangeCaptureConfig):
            from components.change_capture import ChangeCapture

            ChangeCapture(
                "capture",
                settings.change_capture,
                site=site,
                source=database.source,
                vpc=vpc,
                lake=lake,
                keys=keys,
                alarm_actions=actions,
            )
    if settings.catalog.drift_schedule is not None:
        from components.drift_watch import DriftWatch

        DriftWatch(
            "drift",
            settings.catalog.drift_schedule,
            site=site,
            lake=lake,
            keys=keys,
            raw_prefix=settings.ingest.raw_prefix,
            declared=catalog.databases[Zone.SILVER],
            workgroup=queries.workgroup,
        )
    airflow: dict[str, pulumi.Output[str]] = {}
    if isinstance(settings.airflow, AirflowConfig) and vpc is not None:
        from components.airflow.airflow import Airflow

        made = Airflow(
            "airflow",
            settings.airflow,
            site=site,
            vpc=vpc,
            keys=keys,
            protection=encryption.protection,
            alarm_actions=actions,
            # Tasks start work elsewhere under the transform role; themselves they only look.
            task_statements=[
                *lake.read(Zone.SILVER),
                *lake.read(Zone.GOLD),
                assume(transform.role_arn),
            ],
        )
        airflow = {
            "airflow_cluster": made.cluster_name,
            "airflow_secret_arn": made.secret_arn,
            "airflow_log_bucket": made.log_bucket,
        }
    elif vpc is not None:
        from components.airflow import hooks

        # A cluster that has just been switched off is drained by a hook; the engine wants it.
        hooks.register("airflow-cluster", site=site, keep_volumes=True)
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
            protection=encryption.protection,
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
