"""The contract of the shop database's changes: which tables there are, and what the files look like
in which DMS lands them in bronze.

`components.change_capture` configures DMS by it, `jobs.cdc` reads by it, `local.shop_database`
writes by it. Sources: AWS DMS user guide, "Using Amazon S3 as a target" and "Using transformation
rule expressions"; DMS API reference, S3Settings. Nothing here knows of AWS, Pulumi or Arrow.
"""

from dataclasses import dataclass

from contract.tables import Column, Table

# `bucketFolder`: DMS writes `{CDC_PREFIX}/{schema}/{table}/…` (S3Settings, BucketFolder).
CDC_PREFIX = "cdc"
# Where DMS gathers transactions in their order when it is told to (S3Settings, CdcPath).
TRANSACTIONS_FOLDER = "transactions"
SCHEMA = "shop"

# The first column of every row: I, U or D; of a full load too, with `includeOpForFullLoad`.
OP = "Op"
# `timestampColumnName`: a string, `yyyy-MM-dd HH:mm:ss.SSSSSS`, the commit in the source; in a full
# load the start of the task, with `useTaskStartTimeForFullLoadTimestamp`.
COMMITTED_AT = "committed_at"
# Added by a rule with the expression $AR_H_CHANGE_SEQ: 35 digits that grow with every change of the
# task, `YYYYMMDDHHmmSShh` and a counter of 19. Empty in a full load.
CHANGE_SEQ = "change_seq"
CHANGE_SEQ_DIGITS = 35
# Prefix of the columns that hold a key as it was before an update (`add-before-image-columns`).
BEFORE = "before_"

# Where in silver the tables lie, and what a merge remembers; the latter is no table of the catalog.
SILVER_PREFIX = "shop"
STATE_PREFIX = "cdc_state"
# What silver has beside the table's own columns.
POSITION = "change_position"
CHANGED_AT = "changed_at"


@dataclass(frozen=True, kw_only=True)
class ShopTable:
    """A table of the shop database: one row per `key`. Types are Glue's (Hive) names."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    description: str

    @property
    def silver(self) -> Table:
        """The same in silver, with the change that each row stands at."""
        return Table(
            name=f"shop_{self.name}",
            prefix=f"{SILVER_PREFIX}/{self.name}",
            columns=(*self.columns, *_STANDS_AT),
            description=self.description,
        )


_STANDS_AT = (
    Column(name=CHANGED_AT, type="timestamp", comment="Commit of the row's last change (UTC)."),
    Column(name=POSITION, type="string", comment="Place of that change in the stream, sortable."),
)


def _columns(**types: str) -> tuple[Column, ...]:
    return tuple(Column(name=name, type=type_) for name, type_ in types.items())


CUSTOMERS = ShopTable(
    name="customers",
    key=("customer_id",),
    columns=_columns(
        customer_id="bigint",
        email="string",
        name="string",
        country="string",
        status="string",
        created_at="timestamp",
    ),
    description="One row per customer of the shop.",
)
PRODUCTS = ShopTable(
    name="products",
    key=("product_id",),
    columns=_columns(
        product_id="string",
        name="string",
        category="string",
        price="decimal(10,2)",
        currency="string",
        changed_on="date",
    ),
    description="One row per product of the catalogue.",
)
STORES = ShopTable(
    name="stores",
    key=("store_id",),
    columns=_columns(store_id="int", name="string", city="string", opened_on="date"),
    description="One row per physical store.",
)
CHANNELS = ShopTable(
    name="channels",
    key=("channel",),
    columns=_columns(channel="string", description="string"),
    description="One row per way of selling.",
)
ORDERS = ShopTable(
    name="orders",
    key=("order_id",),
    columns=_columns(
        order_id="bigint",
        customer_id="bigint",
        channel="string",
        store_id="int",
        status="string",
        total="decimal(12,2)",
        currency="string",
        ordered_at="timestamp",
    ),
    description="One row per order.",
)
ORDER_LINES = ShopTable(
    name="order_lines",
    key=("order_id", "line_number"),
    columns=_columns(
        order_id="bigint",
        line_number="int",
        product_id="string",
        quantity="int",
        unit_price="decimal(10,2)",
    ),
    description="One row per line of an order.",
)

SHOP = (CUSTOMERS, PRODUCTS, STORES, CHANNELS, ORDERS, ORDER_LINES)
SHOP_SILVER = tuple(table.silver for table in SHOP)

QUARANTINED_CHANGES = Table(
    name="quarantined_change_files",
    prefix="quarantine/cdc",
    columns=(
        Column(name="reason", type="string", comment="why the file could not be merged"),
        Column(name="source_file", type="string", comment="key of the file in bronze"),
        Column(name="etag", type="string", comment="version of the file by its ETag"),
    ),
    format="json",
    description="One row per file of changes that could not be merged; the file stays in bronze.",
)
