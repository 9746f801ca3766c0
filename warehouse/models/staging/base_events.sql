-- Silver as it is, read once: staging and the tests that check staging both start here.
select * from {{ silver('events') }} as arrived
