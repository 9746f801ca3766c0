-- Where dbt builds gold in the warehouse itself (its target `redshift`), for who wants tables there. Its role reads silver
-- and makes tables in this schema only.
create role builder;

create schema if not exists built;

grant usage, create on schema built to role builder;

grant usage on schema built to role analyst;

grant usage on schema lake_silver to role builder;
