{{ config(pre_hook=json_lists()) }}

-- Silver as it is, read once: staging and the tests that check staging both start here. What smoke tests of a deployment left
-- (automation.smoke) was never a visit.
select * from {{ silver('events') }} as arrived
where session_id is null or session_id not like 'smoke-%'
