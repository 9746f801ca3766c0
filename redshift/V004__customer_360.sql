-- One row per customer and currency. Equal to the dbt model `customer_360` (a test compares). The view that dbt makes
-- in the catalog is Athena's, which Spectrum cannot read.
create view shop.customer_360 as
with money as (

    select
        customer_key,
        currency,
        count(distinct case when not is_return then order_id end) as orders,
        cast(sum(quantity) as bigint) as units,
        cast(sum(amount) as decimal(38, 6)) as revenue
    from lake_gold.fct_sales
    group by customer_key, currency

),

buying as (

    select
        customer_key,
        cast(max(sold_at) as date) as last_order_on,
        count(distinct order_id) as orders
    from lake_gold.fct_sales
    where not is_return
    group by customer_key

),

channel_orders as (

    select
        customer_key,
        channel_key,
        count(distinct order_id) as orders
    from lake_gold.fct_sales
    where not is_return
    group by customer_key, channel_key

),

channel_ranks as (

    select
        channel_orders.customer_key,
        channels.channel,
        row_number() over (
            partition by channel_orders.customer_key
            order by channel_orders.orders desc, channels.channel
        ) as channel_rank
    from channel_orders
    inner join lake_gold.dim_channel as channels on channel_orders.channel_key = channels.channel_key

),

visits as (

    select
        customer_key,
        count(*) as sessions
    from lake_gold.fct_sessions
    group by customer_key

)

select
    customers.customer_id,
    money.currency,
    customers.country,
    coalesce(money.orders, 0) as orders,
    coalesce(money.units, 0) as units,
    coalesce(money.revenue, cast(0 as decimal(38, 6))) as revenue,
    customers.first_order_on,
    case when customers.customer_id is not null then buying.last_order_on end as last_order_on,
    channel_ranks.channel as favourite_channel,
    coalesce(visits.sessions, 0) as sessions,
    case when customers.customer_id is not null then coalesce(buying.orders, 0) > 1 end as is_returning
from lake_gold.dim_customer as customers
left join money on customers.customer_key = money.customer_key
left join buying on customers.customer_key = buying.customer_key
left join channel_ranks on customers.customer_key = channel_ranks.customer_key and channel_ranks.channel_rank = 1
left join visits on customers.customer_key = visits.customer_key
-- External tables can be in such views only.
with no schema binding;

grant select on shop.customer_360 to role analyst;
