-- Whole calendar years, and only those in which something happened: one event with a wrong clock costs a year of rows, not
-- every day between it and today.
with years as (

    select cast(date_trunc('year', occurred_at) as date) as starts_on from {{ ref('stg_events') }}
    union
    select cast(date_trunc('year', sold_at) as date) as starts_on from {{ ref('stg_order_lines') }}

),

digits as (

    {% for digit in range(10) -%}
    select {{ digit }} as digit {{ "union all" if not loop.last }}
    {% endfor %}
),

offsets as (

    select hundreds.digit * 100 + tens.digit * 10 + ones.digit as days
    from digits as hundreds
    cross join digits as tens
    cross join digits as ones
    where hundreds.digit * 100 + tens.digit * 10 + ones.digit < 366

),

days as (

    select
        years.starts_on,
        {{ add_days('years.starts_on', 'offsets.days') }} as day
    from years
    cross join offsets

)

select
    {{ date_key('day') }} as date_key,
    day,
    cast(extract(year from day) as integer) as year,
    cast(extract(quarter from day) as integer) as quarter,
    cast(extract(month from day) as integer) as month,
    cast(extract(day from day) as integer) as day_of_month,
    cast({{ day_of_week('day') }} as integer) as day_of_week,
    {{ day_of_week('day') }} >= 6 as is_weekend,
    cast(date_trunc('week', day) as date) as week_starts_on
from days
where extract(year from day) = extract(year from starts_on)
