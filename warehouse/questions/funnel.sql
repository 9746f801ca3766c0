-- How far visits come, from page to order.
-- Sessions that saw a page, and came to this step or to a later one.
with visits as (

    select
        case
            when reached_order then 4
            when reached_checkout then 3
            when reached_cart then 2
            else 1
        end as last_step
    from fct_sessions
    where pageviews > 0

),

steps as (

    select 1 as step, 'visit' as step_name
    union all
    select 2 as step, 'cart' as step_name
    union all
    select 3 as step, 'checkout' as step_name
    union all
    select 4 as step, 'order' as step_name

)

select
    steps.step,
    steps.step_name,
    count(visits.last_step) as sessions
from steps
left join visits on visits.last_step >= steps.step
group by steps.step, steps.step_name
order by steps.step
