-- Sales by channel, online against physical.
-- Orders are distinct orders without returns; units and revenue are net of returns.
select
    c.channel,
    c.channel_type,
    s.currency,
    count(distinct case when not s.is_return then s.order_id end) as orders,
    cast(sum(s.quantity) as bigint) as units,
    sum(s.amount) as revenue
from fct_sales as s
inner join dim_channel as c on s.channel_key = c.channel_key
group by c.channel, c.channel_type, s.currency
order by revenue desc, c.channel, s.currency
