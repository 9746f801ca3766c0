-- The shop's tables as the shop has them, of which contract/shop_changes.py is what the lake takes.
-- Times are UTC without a zone. No booleans: DMS makes text of Postgres's.
create schema shop;

create table shop.customers (
    customer_id bigint primary key,
    email varchar(254) not null unique,
    name varchar(200) not null,
    country char(2),
    status varchar(20) not null default 'active',
    created_at timestamp not null
);

create table shop.products (
    product_id varchar(20) primary key,
    name varchar(200) not null,
    category varchar(50),
    price numeric(10, 2) not null,
    currency char(3) not null default 'EUR',
    changed_on date not null
);

create table shop.stores (
    store_id integer primary key,
    name varchar(100) not null,
    city varchar(100) not null,
    opened_on date not null
);

create table shop.channels (
    channel varchar(10) primary key,
    description varchar(100) not null
);

create table shop.orders (
    order_id bigint primary key,
    customer_id bigint references shop.customers,
    channel varchar(10) not null references shop.channels,
    store_id integer references shop.stores,
    status varchar(20) not null,
    total numeric(12, 2) not null,
    currency char(3) not null default 'EUR',
    ordered_at timestamp not null
);

create table shop.order_lines (
    order_id bigint not null references shop.orders on delete cascade,
    line_number integer not null,
    -- A product that is renumbered takes its lines along, as changes that no statement names.
    product_id varchar(20) not null references shop.products on update cascade,
    quantity integer not null check (quantity <> 0),
    unit_price numeric(10, 2) not null,
    primary key (order_id, line_number)
);
