-- One row per order and currency. Equal to the dbt model `order_summary` (a test compares). The view that dbt makes
-- in the catalog is Athena's, which Spectrum cannot read.
create view shop.order_summary as
with lines as (

    select
        *,
        row_number() over (partition by order_id, currency order by sold_at, line_id) as line_number
    from lake_gold.fct_sales

),

orders as (

    select
        order_id,
        currency,
        min(sold_at) as ordered_at,
        max(case when line_number = 1 then customer_key end) as customer_key,
        max(case when line_number = 1 then channel_key end) as channel_key,
        max(case when line_number = 1 then store_key end) as store_key,
        count(*) as lines,
        cast(sum(quantity) as bigint) as units,
        cast(sum(amount) as decimal(38, 6)) as revenue,
        max(case when is_return then 0 else 1 end) = 0 as is_return
    from lines
    group by order_id, currency

)

select
    orders.order_id,
    orders.ordered_at,
    customers.customer_id,
    channels.channel,
    stores.store_id,
    orders.currency,
    orders.lines,
    orders.units,
    orders.revenue,
    orders.is_return
from orders
left join lake_gold.dim_customer as customers on orders.customer_key = customers.customer_key
left join lake_gold.dim_channel as channels on orders.channel_key = channels.channel_key
left join lake_gold.dim_store as stores on orders.store_key = stores.store_key
-- External tables can be in such views only.
with no schema binding;

grant select on shop.order_summary to role analyst;
