-- The ten known customers with the highest revenue in one currency, net of returns.
select
    customer_id,
    country,
    currency,
    orders,
    units,
    revenue,
    first_order_on,
    last_order_on,
    favourite_channel,
    sessions,
    is_returning
from customer_360
where customer_id is not null and currency is not null
order by revenue desc, customer_id, currency
limit 10
