"""Two sections that contradict each other, or a prod that would lose data, are refused before any
resource is registered, with both keys and the way out.
"""

import re

import pytest

import settings
from tests.unit.test_settings import sections

NO_NETWORK = {"network": {"enabled": False}}
NO_CLUSTER = {"airflow": {"enabled": False}, "pipeline": {"engine": "none"}}
NO_SHOP = {"shop_database": {"enabled": False}, "change_capture": {"enabled": False}}
NO_WAREHOUSE = {"warehouse": {"enabled": False}}
NO_DATABRICKS = {"databricks": {"enabled": False}}
NO_SPARK = {"batch_etl": {"enabled": False}}


def changed(stack: str, *changes: dict) -> dict:
    """The sections of a committed stack file; a switched-off section is replaced, others merged."""
    given = sections(stack)
    for change in changes:
        for name, values in change.items():
            whole = values.get("enabled") is False or values.get("engine") == "none"
            given[name] = values if whole else {**given[name], **values}
    return given


def refused(stack: str, *changes: dict) -> str:
    with pytest.raises(settings.BadSettings) as error:
        settings.parse(stack, changed(stack, *changes))
    return str(error.value)


@pytest.mark.parametrize("section", ["lakehouse", "shop_database", "warehouse", "databricks"])
def test_prod_keeps_what_no_update_brings_back(section):
    said = refused("prod", {section: {"retain": False}})
    assert re.search(rf"{section}\.retain is false: prod must set .*true", said), said


def test_prod_keeps_the_history_of_runs_and_never_sleeps():
    database = {**sections("prod")["airflow"]["database"], "retain": False}
    assert "airflow.database.retain is false" in refused(
        "prod", {"airflow": {"database": database}}
    )
    assert "off_hours.allowed is true" in refused("prod", {"off_hours": {"allowed": True}})


@pytest.mark.parametrize(
    ("without", "said"),
    [
        (
            [NO_CLUSTER, NO_WAREHOUSE, NO_DATABRICKS],
            r"shop_database\.enabled is true while network\.enabled is false: .*set network",
        ),
        (
            [NO_SHOP, NO_WAREHOUSE, NO_DATABRICKS],
            r"airflow\.enabled is true while network\.enabled is false: .*set network",
        ),
        (
            [NO_SHOP, NO_CLUSTER, NO_DATABRICKS],
            r"warehouse\.enabled is true while network\.enabled is false: .*set",
        ),
        (
            [NO_SHOP, NO_CLUSTER, NO_WAREHOUSE],
            r"databricks\.enabled is true while network\.enabled is false: .*set",
        ),
    ],
)
def test_what_lives_in_a_network_has_one(without, said):
    assert re.search(said, refused("staging", NO_NETWORK, *without))


def test_what_needs_a_way_out_has_one():
    no_way_out = {"network": {"nat": "none", "interface_endpoints": []}}
    capture = refused("staging", no_way_out, NO_CLUSTER, NO_WAREHOUSE, NO_DATABRICKS)
    assert "change capture could not read its passwords" in capture
    cluster = refused("staging", no_way_out, NO_SHOP, NO_WAREHOUSE, NO_DATABRICKS)
    assert "nodes could not start" in cluster
    workspace = refused("staging", no_way_out, NO_SHOP, NO_CLUSTER, NO_WAREHOUSE)
    assert "network.nat is none: machines of Databricks" in workspace


def test_a_capture_has_a_database_to_read():
    said = refused("staging", {"shop_database": {"enabled": False}})
    assert "change_capture.enabled is true while shop_database.enabled is false" in said


def test_pipelines_have_somebody_to_run_them():
    assert "pipeline.engine is airflow: it needs" in refused("prod", {"airflow": {"image": None}})
    environment = {"environment_class": "mw1.small"}
    mwaa = {"pipeline": {"engine": "mwaa", "runner": {"image": None}, "mwaa": environment}}
    alone = (NO_NETWORK, {"airflow": {"enabled": False}}, NO_SHOP, NO_WAREHOUSE, NO_DATABRICKS)
    said = refused("prod", *alone, mwaa)
    assert "pipeline.engine is mwaa while network.enabled is false" in said


def test_glue_jobs_are_there_and_start_once():
    assert "pipeline.jobs is glue, and the stack has no Glue jobs" in refused("prod", NO_SPARK)
    twice = refused("prod", {"batch_etl": {"schedule": "cron(0 2 * * ? *)"}})
    assert "each job would run twice a day; set batch_etl.schedule: null" in twice


def test_a_budget_tells_somebody():
    said = refused("prod", {"alerts": {"enabled": False}})
    assert "observability.enabled is true while alerts.enabled is false" in said


def test_a_key_that_yaml_takes_for_true_is_still_named():
    said = refused("prod", {"batch_etl": {True: {"engine": "glue"}}})
    assert "Keys should be strings (found True)" in said
