-- Sales by day (UTC) and channel.
-- Orders are distinct orders without returns; revenue is net of returns.
select
    d.day,
    c.channel,
    s.currency,
    count(distinct case when not s.is_return then s.order_id end) as orders,
    sum(s.amount) as revenue
from fct_sales as s
inner join dim_date as d on s.date_key = d.date_key
inner join dim_channel as c on s.channel_key = c.channel_key
group by d.day, c.channel, s.currency
order by d.day, c.channel, s.currency
