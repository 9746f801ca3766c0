"""dbt_build and maintain as pipelines call them: what they are told, and what they say."""

import os
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from pipelines.commands import gold, maintain
from pipelines.commands.work import CommandFailed, Work
from pipelines.places import Places
from warehouse.run import BuildFailed

PLACES: dict[str, Any] = {
    "bronze_bucket": "b", "silver_bucket": "s", "gold_bucket": "g",
    "silver_database": "shop_silver", "gold_database": "shop_gold", "workgroup": "shop",
}  # fmt: skip


def work(target: str = "") -> Work:
    return Work(day=date(2026, 1, 5), places=Places(**PLACES, maintenance_target=target))


def test_a_stack_without_a_target_publishes_files(monkeypatch):
    asked = {}

    def build(silver, to, _database, **options):
        asked.update(silver=silver, to=to, **options)
        return SimpleNamespace(models={"fct_sales": 3, "dim_date": 365}, tests=50)

    monkeypatch.setattr(gold, "build", build)
    assert gold.run(work()) == "368 rows in 2 marts, 50 tests passed"
    assert asked == {"silver": "s3://s", "to": "s3://g", "max_age_hours": 36}


def test_a_stack_with_a_target_builds_there_with_its_names(monkeypatch):
    asked = {}

    def build_lake(target, environment, **options):
        asked.update(target=target, environment=environment, **options)
        return SimpleNamespace(models=9, tests=54)

    monkeypatch.setattr(gold, "build_lake", build_lake)
    monkeypatch.setenv("WAREHOUSE_SILVER", "lake_silver")
    assert gold.run(work("redshift")) == "9 marts in redshift, 54 tests passed"
    told = asked["environment"]
    assert (told["WAREHOUSE_SCHEMA"], told["WAREHOUSE_DATA"]) == ("shop_gold", "s3://g/")
    assert told["WAREHOUSE_SILVER"] == "lake_silver", "what the environment says counts"
    assert told["PATH"] == os.environ["PATH"]


def test_what_the_gate_says_is_what_the_command_says(monkeypatch):
    def build(*_given, **_options):
        raise BuildFailed("the gate stopped bad rows of silver. order_lines f.csv:2, K1.")

    monkeypatch.setattr(gold, "build", build)
    with pytest.raises(CommandFailed, match=r"f\.csv:2, K1"):
        gold.run(work())


def test_maintenance_that_cannot_start_is_told_in_its_own_words(monkeypatch):
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    with pytest.raises(CommandFailed) as failure:
        maintain.run(work("athena"))
    assert str(failure.value).startswith(
        "maintenance of athena ended with 1: athena cannot be asked, nobody said AWS_DEFAULT_REGION"
    )


def test_a_stack_without_a_target_has_nothing_to_maintain():
    assert maintain.run(work()) == "this stack has no tables with snapshots"
