"""The program: every component of a stack in the order in which they are registered.

The CLI, the tests and the Automation API call the same `build`. The lake and its stream are wired
here, the parts that a team can do without in `wiring/`. It reads nothing but its argument and the
contracts.
"""

from pathlib import Path

import pulumi

from components.catalog import Catalog
from components.lakehouse import Lakehouse, Zone
from components.producer import Producer
from components.query_layer import QueryLayer
from components.stream_consumer import StreamConsumer
from components.stream_ingest import StreamIngest
from components.transform import Transform
from contract import gold, shop_changes, tables
from settings import Settings
from wiring.base import Data, base_of
from wiring.checks import validate, watch_fields
from wiring.orchestration import run_airflow, run_pipelines
from wiring.serving import draw
from wiring.sources import copy_shop_database, run_spark
from wiring.warehouses import open_databricks, open_warehouse

QUESTIONS = Path(__file__).parent / "warehouse" / "questions"


def build(settings: Settings) -> dict[str, pulumi.Output[str]]:
    """Register every resource of a stack; returns the stack's outputs."""
    base = base_of(settings)
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
    data = Data(lake=lake, catalog=catalog, transform=transform, queries=queries)
    watch_fields(base, data)
    validator = validate(base, data)
    draw(base, data)
    warehouses = {**open_warehouse(base, data), **open_databricks(base, data)}
    copy_shop_database(base, data)
    jobs = run_spark(base, data)
    pipeline = run_pipelines(base, data, jobs)
    airflow = run_airflow(base, data, pipeline)
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
        **validator,
        **warehouses,
        **airflow,
    }
