-- The ten products with the highest revenue in one currency.
-- Units and revenue are net of returns.
select
    coalesce(p.product_name, p.product_id) as product,
    p.category,
    cast(sum(s.quantity) as bigint) as units,
    sum(s.amount) as revenue,
    s.currency
from fct_sales as s
inner join dim_product as p on s.product_key = p.product_key
group by p.product_id, p.product_name, p.category, s.currency
order by revenue desc, product, s.currency
limit 10
