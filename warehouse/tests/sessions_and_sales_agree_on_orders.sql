-- Orders told by events are the same, counted by visit and counted by line.
with by_visit as (

    select session_key, orders from {{ ref('fct_sessions') }} where orders > 0

),

by_line as (

    select session_key, count(distinct order_id) as orders
    from {{ ref('fct_sales') }}
    where not is_return and session_key is not null
    group by session_key

)

select by_visit.session_key as visit, by_line.session_key as sale
from by_visit
full outer join by_line on by_visit.session_key = by_line.session_key
where by_visit.session_key is null or by_line.session_key is null or by_visit.orders <> by_line.orders
