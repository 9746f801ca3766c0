-- Units and revenue of the view are those of the fact, per currency.
with fact as (

    select
        currency,
        sum(quantity) as units,
        sum(amount) as revenue
    from {{ ref('fct_sales') }}
    group by currency

),

summary as (

    select
        currency,
        sum(units) as units,
        sum(revenue) as revenue
    from {{ ref('customer_360') }}
    where currency is not null
    group by currency

)

select
    fact.currency as fact_currency,
    summary.currency as summary_currency,
    fact.revenue as fact_revenue,
    summary.revenue as summary_revenue
from fact
full outer join summary on fact.currency = summary.currency
where
    fact.currency is null
    or summary.currency is null
    or fact.units <> summary.units
    or fact.revenue <> summary.revenue
