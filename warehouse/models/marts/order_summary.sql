{{ config(materialized='table' if target.type == 'duckdb' else 'view') }}

with lines as (

    select
        *,
        row_number() over (partition by order_id, currency order by sold_at, line_id) as line_number
    from {{ ref('fct_sales') }}

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
left join {{ ref('dim_customer') }} as customers on orders.customer_key = customers.customer_key
left join {{ ref('dim_channel') }} as channels on orders.channel_key = channels.channel_key
left join {{ ref('dim_store') }} as stores on orders.store_key = stores.store_key
