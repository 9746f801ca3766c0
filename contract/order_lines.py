"""Silver rows of order files: one row per order line that a batch file brought and that could be
typed.
"""

from msgspec import Struct

from contract.events import Channel, Currency, Id, Instant, Micros, Quantity, Text


class FileOrderLine(Struct, frozen=True, kw_only=True, gc=False):
    """One typed line. `line_id` is the same for the line in the file and in the event that replays
    it.
    """

    line_id: Id
    order_id: Id
    product_id: Id
    product_name: Text | None
    quantity: Quantity
    unit_price_micros: Micros
    currency: Currency
    customer_id: Id | None
    country: Text | None
    channel: Channel
    ordered_at: Instant
    source_file: Text
    line_number: int
