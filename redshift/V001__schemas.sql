-- What analysts see. Their role may ask and nothing else; people get it by name.
create schema if not exists shop;

create role analyst;

grant usage on schema shop to role analyst;
