-- Orders, units and revenue per currency.
-- Orders are distinct orders without returns; units and revenue are net of returns.
select
    count(distinct case when not is_return then order_id end) as orders,
    cast(sum(quantity) as bigint) as units,
    currency,
    sum(amount) as revenue
from fct_sales
group by currency
order by revenue desc, currency
