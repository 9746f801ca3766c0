"""The Delta tables and how rows get into them: SQL that Spark and DuckDB both take, and the
conditions of a merge.

A row has one key. Of copies the one that arrived last stays, whichever run brought it: so a run
can be repeated, and batch and stream can meet in one table.
"""

from dataclasses import dataclass

# Positions break ties: a merge must come to the same whatever the order of its runs.
NEWER = (
    "source.arrived_at > target.arrived_at or "
    "(source.arrived_at = target.arrived_at and source.position > target.position)"
)


@dataclass(frozen=True, kw_only=True)
class DeltaTable:
    name: str
    key: str
    description: str
    derived: str | None = None
    """A column that also hangs on other rows: it may change while its own row does not."""

    @property
    def same(self) -> str:
        return f"target.{self.key} = source.{self.key}"

    @property
    def changed(self) -> str:
        """When a row that is there is replaced: by a later copy, or one with another `derived`."""
        if self.derived is None:
            return NEWER
        return (
            f"{NEWER} or (source.position = target.position and "
            f"source.{self.derived} is distinct from target.{self.derived})"
        )


EVENTS = DeltaTable(
    name="events", key="event_id", description="One row per event; of copies the last to arrive."
)
LINES = DeltaTable(
    name="order_lines",
    key="line_id",
    description="One row per order line, with its value and whether its customer was new.",
    derived="is_new_customer",
)
REJECTED = DeltaTable(
    name="rejected_lines",
    key="position",
    description="One row per line of bronze that is no event, with the reason.",
)
TABLES = (EVENTS, LINES, REJECTED)


def last_copies(source: str, table: DeltaTable) -> str:
    """One row per key: a merge refuses two for one."""
    return f"""
        select * from (
            select *, row_number() over (
                partition by {table.key} order by arrived_at desc, position desc
            ) as copy_number
            from {source}
        ) as copies
        where copy_number = 1
    """  # noqa: S608 (names of our own)


def enriched(lines: str, events: str) -> str:
    """Order lines with `is_new_customer`: the order is the first of its customer in `events`, which
    must hold the orders of `lines` already. Null where nobody knows the customer.
    """
    return f"""
        select
            lines.*,
            case
                when lines.customer_id is not null then lines.occurred_at = firsts.first_order_at
            end as is_new_customer
        from {lines} as lines
        left join (
            select customer_id, min(occurred_at) as first_order_at
            from {events}
            where event_type = 'order_confirmed' and customer_id is not null
            group by customer_id
        ) as firsts on lines.customer_id = firsts.customer_id
    """  # noqa: S608 (names of our own)
