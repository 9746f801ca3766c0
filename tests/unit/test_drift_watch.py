"""The crawler only watches, and its query finds what the contract does not know."""

import duckdb

from components.drift_watch import drift_query
from tests.graph import record, stack_config


def test_a_field_that_the_contract_does_not_know_is_found():
    with duckdb.connect() as connection:
        connection.execute("create schema silver; create schema observed")
        connection.execute("create table silver.events (event_id varchar, sku varchar)")
        connection.execute(
            "create table observed.seen_events"
            " (event_id varchar, coupon varchar, partition_0 varchar)"
        )
        query = drift_query(observed="observed", declared="silver", table="events")
        assert connection.execute(query).fetchall() == [("coupon", "VARCHAR")]


def _watched():
    import program
    import settings

    def build() -> None:
        loaded = settings.load()
        catalog = loaded.catalog.model_copy(update={"drift_schedule": "cron(0 3 * * ? *)"})
        program.build(loaded.model_copy(update={"catalog": catalog}))

    return record(build, stack="local", config=stack_config("local"))


def test_the_crawler_writes_to_a_database_of_its_own():
    graph = _watched()
    crawler = graph.only("aws:glue/crawler:Crawler")
    observed = graph.named("drift-observed", "aws:glue/catalogDatabase:CatalogDatabase")
    assert crawler.inputs["databaseName"] == observed.inputs["name"]
    (target,) = crawler.inputs["s3Targets"]
    assert target["path"] == "s3://shoptrend-local-bronze/raw/events/"


def test_the_crawler_may_not_change_a_table_of_the_contract():
    import json

    graph = _watched()
    policy = graph.named("drift-role-policy", "aws:iam/rolePolicy:RolePolicy").inputs["policy"]
    for statement in json.loads(policy)["Statement"]:
        if "glue:UpdateTable" in statement["Action"]:
            tables = [arn for arn in statement["Resource"] if ":table/" in arn]
            assert tables == [
                "arn:aws:glue:eu-west-1:000000000000:table/shoptrend_local_observed/*"
            ]
        assert not any(a.startswith(("s3:Put", "s3:Del")) for a in statement["Action"])
