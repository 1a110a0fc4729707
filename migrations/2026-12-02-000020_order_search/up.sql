-- Everything by which staff find orders, in one row for each. Placing an order writes nothing here: a job adds the rows
-- within a second.

-- For an index on a number and trigrams together.
create extension if not exists btree_gin;

-- The orders by when they were placed, in parts of some thousand: a search reads one part after the other until its
-- page is full, so that it never reads all matches of a common word. A part ends where the next begins.
create table order_search_parts (
    id integer primary key check (id >= 0),
    begins timestamptz not null unique
);

insert into order_search_parts values (0, '-infinity');

-- No foreign key: only the function below writes here.
create table order_search (
    order_id bigint primary key,
    part integer not null,
    -- Copies that never change.
    placed_at timestamptz not null,
    total_amount numeric(12, 2) not null,
    -- Order number, phone, recipient, shopper, tracking numbers, and codes and names of the ordered SKUs.
    words text not null
);

-- Without a list of new entries, which each part that is searched would have to read.
create index order_search_words_idx on order_search using gin (part, words gin_trgm_ops) with (fastupdate = off);

-- The orders of each status and pay method, paid and not paid, in the order of the list: any filter of the list is a
-- union of some of these.
create index orders_list_paid_idx on orders (status, pay_method, placed_at, id) include (total_amount)
    where paid_at is not null;
create index orders_list_not_paid_idx on orders (status, pay_method, placed_at, id) include (total_amount)
    where paid_at is null;

-- How far the job is. It looks at the newest orders again and again, because an order may be committed after one with a
-- higher id; and, in steps, at all others.
create table order_search_progress (
    is_only_row boolean primary key default true check (is_only_row),
    -- All orders up to this id have a row.
    checked_through bigint not null,
    -- The newest id at `newest_at`. Orders up to it count as checked a while later.
    newest_id bigint not null,
    newest_at timestamptz not null default now(),
    -- The orders below this id are looked at next; when none is left, it begins again with the newest.
    swept_from bigint not null default 9223372036854775807,
    -- When a sweep has last reached the oldest order.
    swept_at timestamptz
);

-- The orders of before are for the sweep.
insert into order_search_progress (checked_through, newest_id)
select coalesce(max(id), 0), coalesce(max(id), 0) from orders;

-- Divides the orders that exist into parts; only while no order has a row.
create function plan_order_search_parts() returns void language sql as $$
    delete from order_search_parts where id > 0;
    insert into order_search_parts
    select row_number() over (order by placed_at), placed_at
    from (
        select distinct placed_at
        from (select placed_at, row_number() over (order by placed_at) as place from orders) numbered
        where place % 8192 = 0
    ) firsts;
$$;

select plan_order_search_parts();

-- What the table must contain.
create view order_search_now as
    select o.id as order_id,
        (select p.id from order_search_parts p where p.begins <= o.placed_at order by p.begins desc limit 1) as part,
        o.placed_at, o.total_amount,
        search_words(concat_ws(' ', o.number, o.phone, u.username, goods.codes, parcels.numbers))
            || search_words(normalize(concat_ws(' ', o.recipient, goods.names), nfkc)) || ' ' as words
    from orders o
    join users u on u.id = o.user_id
    cross join lateral (
        select string_agg(k.code, ' ') as codes,
            string_agg(concat_ws(' ', g.name, nullif(s.name, g.name), g.options, (
                select string_agg(t.name, ' ' order by t.language) from texts t where t.spu_id = s.id and t.name <> g.name
            )), ' ' order by g.id) as names
        from order_goods g join skus k on k.id = g.sku_id join spus s on s.id = k.spu_id
        where g.order_id = o.id
    ) goods
    cross join lateral (
        select string_agg(p.number, ' ' order by p.id) as numbers
        from shipments p where p.order_id = o.id and p.status <> 'undone'
    ) parcels;

-- Writes the rows of these orders, again if they are there.
create function refresh_order_search(changed bigint[]) returns void language sql as $$
    insert into order_search select * from order_search_now where order_id = any(changed)
    on conflict (order_id) do update set words = excluded.words
$$;
