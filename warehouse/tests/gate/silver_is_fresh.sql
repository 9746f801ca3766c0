-- The newest event is not older than `max_age_hours`; without that variable, or without any event, age is no fault.
{{ config(enabled=var('max_age_hours', none) is not none) }}
select
    'events' as source,
    'the newest event' as place,
    'no one' as id,
    'nothing arrived for more than {{ var('max_age_hours', none) }} hours' as rule,
    {{ as_text('max(arrived_at)') }} as found
from {{ ref('base_events') }}
having max({{ utc('arrived_at') }}) < cast('{{ oldest_arrival() }}' as timestamp)
