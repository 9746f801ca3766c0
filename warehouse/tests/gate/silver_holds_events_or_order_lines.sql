-- Either may be missing. Both missing is a wrong place, and gold must not be emptied because of it.
select
    'events, order_lines' as source,
    'both' as place,
    'no one' as id,
    'silver is empty' as rule,
    '0' as found
from (
    select count(*) as rows_found from {{ ref('base_events') }}
    union all
    select count(*) as rows_found from {{ ref('base_order_lines') }}
) as counts
having sum(rows_found) = 0
