with sightings as (

    select
        customer_id,
        country,
        channel,
        occurred_at as seen_at,
        event_id as sighting_id
    from {{ ref('stg_events') }}
    where customer_id is not null

    union all

    select
        customer_id,
        country,
        channel,
        sold_at as seen_at,
        line_id as sighting_id
    from {{ ref('stg_order_lines') }}
    where customer_id is not null

),

ranked as (

    select
        *,
        row_number() over (partition by customer_id order by seen_at, sighting_id) as visit_number,
        {{ known_rank('country', by='customer_id', order='seen_at desc, sighting_id') }} as country_rank
    from sightings

),

first_orders as (

    select
        customer_id,
        cast(min(sold_at) as date) as first_order_on
    from {{ ref('stg_order_lines') }}
    where quantity >= 0
    group by customer_id

),

customers as (

    select
        customer_id,
        max(case when country_rank = 1 then country end) as country,
        max(case when visit_number = 1 then channel end) as first_channel,
        cast(min(seen_at) as date) as first_seen_on
    from ranked
    group by customer_id

    union all

    select
        null as customer_id,
        null as country,
        null as first_channel,
        null as first_seen_on

)

select
    {{ sk('customers.customer_id') }} as customer_key,
    customers.customer_id,
    customers.country,
    customers.first_channel,
    customers.first_seen_on,
    first_orders.first_order_on
from customers
-- The unknown member joins nothing: many people stand behind it, and none of their orders is a first one.
left join first_orders on customers.customer_id = first_orders.customer_id
