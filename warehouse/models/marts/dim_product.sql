with sightings as (

    select
        product_id,
        product_name,
        category,
        sold_at as seen_at,
        line_id as sighting_id
    from {{ ref('stg_order_lines') }}

    union all

    select
        product_id,
        null as product_name,
        null as category,
        occurred_at as seen_at,
        event_id as sighting_id
    from {{ ref('stg_events') }}
    where product_id is not null

),

ranked as (

    select
        *,
        {{ known_rank('product_name', by='product_id', order='seen_at desc, sighting_id desc') }} as name_rank,
        {{ known_rank('category', by='product_id', order='seen_at desc, sighting_id desc') }} as category_rank
    from sightings

)

select
    {{ sk('product_id') }} as product_key,
    product_id,
    max(case when name_rank = 1 then product_name end) as product_name,
    max(case when category_rank = 1 then category end) as category
from ranked
group by product_id
