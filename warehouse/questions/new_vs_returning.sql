-- New against returning customers by day (UTC).
-- A customer is new on the day of the first order. Sales without a customer are 'unknown', and nobody is counted among
-- them. Orders are without returns, revenue is net of them.
with sales as (

    select
        d.day,
        case
            when c.customer_id is null then 'unknown'
            when d.day = c.first_order_on then 'new'
            else 'returning'
        end as customer_type,
        c.customer_id,
        s.order_id,
        s.is_return,
        s.amount,
        s.currency
    from fct_sales as s
    inner join dim_date as d on s.date_key = d.date_key
    inner join dim_customer as c on s.customer_key = c.customer_key

)

select
    day,
    customer_type,
    count(distinct customer_id) as customers,
    count(distinct case when not is_return then order_id end) as orders,
    sum(amount) as revenue,
    currency
from sales
group by day, customer_type, currency
order by day, customer_type, currency
