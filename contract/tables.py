"""The lake's tables as plain values: name, columns, place and format of each, derived from the
contracts.

Bronze and silver come from the event contract here; gold comes from the dbt models
(`contract.gold`), so that a column is written down once. Nothing here knows of AWS, Pulumi or
Arrow: `components.catalog` makes Glue tables of these, `functions.consumer.parquet` an Arrow
schema. Types are Glue's (Hive) names. Lambda code imports this: standard library and msgspec only.
"""

from dataclasses import dataclass
from typing import Literal, cast

import msgspec

from contract.events import EVENT_TYPES
from contract.order_lines import FileOrderLine


@dataclass(frozen=True, kw_only=True)
class Column:
    name: str
    type: str
    comment: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of the lake. `prefix` is the key prefix under the zone's bucket, without a trailing
    slash.
    """

    name: str
    prefix: str
    columns: tuple[Column, ...]
    format: Literal["parquet", "json"] = "parquet"
    partitions: tuple[Column, ...] = ()
    description: str = ""


HOURLY = tuple(Column(name=name, type="int") for name in ("year", "month", "day", "hour"))

# What the consumer adds to each event: where it came from, so that a row can be traced and the
# latest copy chosen.
ARRIVAL = (
    Column(name="arrived_at", type="timestamp", comment="when the stream took the record"),
    Column(
        name="position",
        type="string",
        comment="shard/sequence number/index of the event in its record",
    ),
)


_PLAIN: dict[type[msgspec.inspect.Type], str] = {
    msgspec.inspect.StrType: "string",
    msgspec.inspect.LiteralType: "string",
    msgspec.inspect.IntType: "bigint",
    msgspec.inspect.DateTimeType: "timestamp",
}


def hive_type(info: msgspec.inspect.Type) -> str:
    """The Hive name of a contract type; raises TypeError for one that has none."""
    match info:
        case msgspec.inspect.Metadata(type=inner):
            return hive_type(inner)
        case msgspec.inspect.UnionType(types=types):
            (inner,) = (part for part in types if not isinstance(part, msgspec.inspect.NoneType))
            return hive_type(inner)
        case msgspec.inspect.ListType(item_type=item):
            return f"array<{hive_type(item)}>"
        case msgspec.inspect.StructType(fields=fields):
            inside = ",".join(f"{field.name}:{hive_type(field.type)}" for field in fields)
            return f"struct<{inside}>"
        case _ if type(info) in _PLAIN:
            return _PLAIN[type(info)]
        case _:
            raise TypeError(
                f"the contract uses {info!r}, which has no Hive type; add it to hive_type()"
            )


def columns_of(*structs: type[msgspec.Struct]) -> tuple[Column, ...]:
    """Every field of the structs, once, in order of first appearance."""
    columns: dict[str, Column] = {}
    for struct in structs:
        info = msgspec.inspect.type_info(struct)
        if not isinstance(info, msgspec.inspect.StructType):
            raise TypeError(f"{struct.__name__} is not a struct")
        for field in info.fields:
            hive = hive_type(field.type)
            column = Column(name=field.name, type=hive, comment=meaning(field.type))
            known = columns.setdefault(field.name, column)
            if known.type != hive:
                raise TypeError(f"{field.name} is {known.type} in one event and {hive} in another")
    return tuple(columns.values())


def meaning(info: msgspec.inspect.Type) -> str:
    """What the contract says of a field; empty where it says nothing."""
    if isinstance(info, msgspec.inspect.Metadata):
        said = cast("dict[str, str]", info.extra_json_schema or {})
        return said.get("description", "")
    return ""


EVENTS = Table(
    name="events",
    prefix="events",
    columns=(
        Column(name="event_type", type="string", comment="What happened; see the contract."),
        *columns_of(*EVENT_TYPES),
        *ARRIVAL,
    ),
    partitions=HOURLY,
    description="One row per copy of an event that arrived; unique per event_id after staging.",
)

ORDER_LINES = Table(
    name="order_lines",
    prefix="order_lines",
    columns=columns_of(FileOrderLine),
    description="One row per order line that a batch file brought.",
)

QUARANTINED_EVENTS = Table(
    name="quarantined_events",
    prefix="quarantine/events",
    columns=(
        Column(name="reason", type="string", comment="why the event could not be processed"),
        Column(
            name="position",
            type="string",
            comment="shard/sequence number/index of the event in its record",
        ),
        Column(
            name="arrived_at", type="string", comment="when the stream took the record, ISO 8601"
        ),
        Column(name="partition_key", type="string", comment="of the record on the stream"),
        Column(name="data", type="string", comment="the original bytes, base64"),
    ),
    format="json",
    description="One row per event that could not be processed, with its original bytes.",
)

QUARANTINED_LINES = Table(
    name="quarantined_lines",
    prefix="quarantine/order_lines",
    columns=(
        Column(name="reason", type="string", comment="why the line could not be typed"),
        Column(name="source_file", type="string", comment="key of the file in the drop folder"),
        Column(
            name="line_number",
            type="bigint",
            comment="physical line in the file; the header is line 1",
        ),
        Column(name="line", type="string", comment="the line as it stands in the file"),
    ),
    format="json",
    description="One row per line of an order file that could not be typed.",
)

BRONZE = (QUARANTINED_EVENTS, QUARANTINED_LINES)
SILVER = (EVENTS, ORDER_LINES)
