"""daily_pipeline: yesterday's events and files, through silver to gold.

Each step may be run again for its day: it replaces what it wrote before, so a backfill makes no row
twice. A day is one of UTC, as the folders of bronze are.
"""

from pipelines.places import Places
from pipelines.steps import AthenaQuery, Command, Dbt, GlueJob, Pipeline, Step, WaitForObject, Work

NAME = "daily_pipeline"

# One number: rows of the day that must not reach gold, and 1 for a day without any. Written for
# Trino (Athena); columns are those of contract.tables.EVENTS.
GATE = """\
select
  coalesce(sum(case when event_id is null or occurred_at is null or session_id is null
                      or occurred_at > arrived_at + interval '1' hour then 1 else 0 end), 0)
  + case when count(*) = 0 then 1 else 0 end as bad_rows
from events
where year = cast('{yyyy}' as integer)
  and month = cast('{mm}' as integer)
  and day = cast('{dd}' as integer)
"""


def daily(places: Places) -> Pipeline:
    """The steps of a stack; whether batch jobs are Glue's or commands is its choice."""
    return Pipeline(
        name=NAME,
        description="Yesterday's events, order files and customers, through silver to gold",
        steps=(
            Step(
                name="await_bronze",
                work=WaitForObject(
                    bucket="{bronze_bucket}", prefix="{raw_prefix}/{yyyy}/{mm}/{dd}/"
                ),
                retries=0,
                # Firehose delivers within minutes; a shop without events until noon has a fault.
                timeout_seconds=6 * 3600,
            ),
            _job(places, "order_etl", "{order_etl_job}"),
            _job(places, "crm_etl", "{crm_etl_job}"),
            Step(name="cdc_merge", work=Command(command="cdc_merge"), after=("await_bronze",)),
            Step(
                name="quality_gate",
                work=AthenaQuery(sql=GATE, database="{silver_database}", must_be_zero=True),
                after=("await_bronze",),
                retries=1,
            ),
            Step(
                name="dbt_build",
                work=Dbt(),
                after=("order_etl", "crm_etl", "cdc_merge", "quality_gate"),
                retries=1,
            ),
            Step(name="freshness", work=Command(command="freshness"), after=("dbt_build",)),
        ),
    )


def _job(places: Places, name: str, glue_job: str) -> Step:
    work: Work = Command(command=name)
    if places.jobs == "glue":
        work = GlueJob(job=glue_job, arguments={"--day": "{day}"})
    # The Glue job's own limit is longer; two hours are what a night has room for.
    limit = 2 * 3600 if places.jobs == "glue" else 900
    return Step(name=name, work=work, after=("await_bronze",), timeout_seconds=limit)
