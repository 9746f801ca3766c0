with sightings as (

    select
        store_id,
        country,
        {{ known_rank('country', by='store_id', order='occurred_at desc, event_id') }} as country_rank
    from {{ ref('stg_events') }}
    where store_id is not null

),

stores as (

    select
        store_id,
        store_id as store_name,
        max(case when country_rank = 1 then country end) as country
    from sightings
    group by store_id

    union all

    select
        null as store_id,
        'No store' as store_name,
        null as country

)

select
    {{ sk('store_id') }} as store_key,
    store_id,
    store_name,
    country
from stores
