-- The channels of the event contract. One that is missing here fails the relationship tests of the facts.
with channels as (

    select 'web' as channel, 'Web shop' as channel_name, 'online' as channel_type
    union all
    select 'app' as channel, 'Mobile app' as channel_name, 'online' as channel_type
    union all
    select 'store' as channel, 'Physical store' as channel_name, 'physical' as channel_type

)

select
    {{ sk('channel') }} as channel_key,
    channel,
    channel_name,
    channel_type
from channels
