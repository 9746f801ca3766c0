-- Campaigns, from visit to order.
-- Visits, carts and checkouts are sessions that saw a page and came at least so far; they repeat on each of a campaign's
-- currency rows. conversion_pct is the share of visits that ordered. Orders are without returns, revenue is net of them.
with visits as (

    select
        coalesce(campaign_id, 'none') as campaign,
        count(*) as visits,
        sum(case when reached_cart or reached_checkout or reached_order then 1 else 0 end) as carts,
        sum(case when reached_checkout or reached_order then 1 else 0 end) as checkouts,
        sum(case when reached_order then 1 else 0 end) as buyers
    from fct_sessions
    where pageviews > 0
    group by coalesce(campaign_id, 'none')

),

sales as (

    select
        coalesce(campaign_id, 'none') as campaign,
        currency,
        count(distinct case when not is_return then order_id end) as orders,
        sum(amount) as revenue
    from fct_sales
    group by coalesce(campaign_id, 'none'), currency

)

select
    coalesce(visits.campaign, sales.campaign) as campaign,
    cast(coalesce(visits.visits, 0) as bigint) as visits,
    cast(coalesce(visits.carts, 0) as bigint) as carts,
    cast(coalesce(visits.checkouts, 0) as bigint) as checkouts,
    coalesce(sales.orders, 0) as orders,
    round(100 * cast(visits.buyers as double) / visits.visits, 1) as conversion_pct,
    coalesce(sales.revenue, cast(0 as decimal(38, 6))) as revenue,
    sales.currency
from visits
full outer join sales on visits.campaign = sales.campaign
order by visits desc, campaign, currency
