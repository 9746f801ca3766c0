with ranked as (

    select
        *,
        row_number() over (partition by session_id order by occurred_at, event_id) as event_number,
        {{ known_rank('campaign_id', by='session_id', order='occurred_at, event_id') }} as campaign_rank,
        {{ known_rank('customer_id', by='session_id', order='occurred_at, event_id') }} as customer_rank,
        {{ known_rank('store_id', by='session_id', order='occurred_at, event_id') }} as store_rank
    from {{ ref('stg_events') }}

),

sessions as (

    select
        session_id,
        max(case when event_number = 1 then channel end) as channel,
        max(case when campaign_rank = 1 then campaign_id end) as campaign_id,
        max(case when customer_rank = 1 then customer_id end) as customer_id,
        max(case when store_rank = 1 then store_id end) as store_id,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at,
        cast(sum(case when event_type = 'pageview' then 1 else 0 end) as bigint) as pageviews,
        max(case when event_type = 'add_to_cart' then 1 else 0 end) = 1 as reached_cart,
        max(case when event_type = 'checkout' then 1 else 0 end) = 1 as reached_checkout
    from ranked
    group by session_id

),

orders as (

    select
        session_id,
        count(distinct order_id) as orders
    from {{ ref('stg_order_lines') }}
    where session_id is not null and quantity >= 0
    group by session_id

)

select
    {{ sk('sessions.session_id') }} as session_key,
    sessions.session_id,
    {{ date_key('sessions.started_at') }} as date_key,
    {{ sk('sessions.customer_id') }} as customer_key,
    {{ sk('sessions.channel') }} as channel_key,
    {{ sk('sessions.store_id') }} as store_key,
    sessions.campaign_id,
    sessions.started_at,
    sessions.ended_at,
    sessions.pageviews,
    sessions.reached_cart,
    sessions.reached_checkout,
    coalesce(orders.orders, 0) > 0 as reached_order,
    coalesce(orders.orders, 0) as orders
from sessions
left join orders on sessions.session_id = orders.session_id
