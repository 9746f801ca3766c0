-- The ten largest orders in one currency.
select
    order_id,
    ordered_at,
    customer_id,
    channel,
    store_id,
    currency,
    lines,
    units,
    revenue,
    is_return
from order_summary
order by revenue desc, order_id, currency
limit 10
