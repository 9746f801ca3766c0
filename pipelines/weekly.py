"""weekly_sync: once a week, what a day's run may not spend time on.

Silver is counted against its sources again, tables are compacted, and the week's sales are asked
for. Its day is the last of the week. Nothing here adds a row: a second run finds the same.
"""

from pipelines.places import Places
from pipelines.steps import AthenaQuery, Command, Pipeline, Step

NAME = "weekly_sync"

# The seven days that end with the run's, from the views of the warehouse.
REPORT = """\
select
  c.channel as channel,
  s.currency as currency,
  count(distinct case when not s.is_return then s.order_id end) as orders,
  sum(s.quantity) as units,
  sum(s.amount) as revenue
from fct_sales s
join dim_channel c on c.channel_key = s.channel_key
join dim_date d on d.date_key = s.date_key
where d.day > date '{day}' - interval '7' day and d.day <= date '{day}'
group by c.channel, s.currency
order by c.channel, s.currency
"""


def weekly(places: Places) -> Pipeline:
    """The steps of a stack. Tables are compacted only where they have snapshots to compact."""
    counted = ("cdc_reconcile", "order_reconcile")
    steps = [Step(name=name, work=Command(command=name)) for name in counted]
    if places.maintenance_target:
        steps.append(Step(name="maintain", work=Command(command="maintain"), after=counted))
    steps.append(
        Step(
            name="weekly_report",
            work=AthenaQuery(sql=REPORT, database="{gold_database}"),
            after=("maintain",) if places.maintenance_target else counted,
        )
    )
    return Pipeline(
        name=NAME,
        description="Silver against its sources, compaction, and the week's sales",
        steps=tuple(steps),
    )
