"""Silver rows of order files: one row per order line that a batch file brought and that could be
typed.
"""

from typing import Annotated

from msgspec import Struct

from contract.events import Channel, Currency, Id, Instant, Micros, Quantity, Text, means


class FileOrderLine(Struct, frozen=True, kw_only=True, gc=False):
    """One typed line. `line_id` is the same for the line in the file and in the event that replays
    it.
    """

    line_id: Annotated[Id, means("Unique per order line, over events and files.")]
    order_id: Annotated[Id, means("The order that the line belongs to.")]
    product_id: Annotated[Id, means("What was ordered.")]
    product_name: Annotated[Text | None, means("Name of the product in the file.")]
    quantity: Annotated[Quantity, means("Pieces; negative for a return or cancellation.")]
    unit_price_micros: Annotated[Micros, means("Price of a piece, millionths of the currency.")]
    currency: Annotated[Currency, means("ISO 4217 code of the price.")]
    customer_id: Annotated[Id | None, means("The shop's customer number; absent for a guest.")]
    country: Annotated[Text | None, means("The customer's country, as the file says it.")]
    channel: Annotated[Channel, means("Where it was ordered.")]
    ordered_at: Annotated[Instant, means("When it was ordered (UTC).")]
    source_file: Annotated[Text, means("Key of the file in the drop folder.")]
    line_number: Annotated[int, means("Physical line in the file; the header is line 1.")]
