-- The list of customers: a row for each shopper with what staff find and sort them by. Neither a sign-up nor an order
-- writes here: a job does, some seconds later.

create table customers (
    user_id bigint primary key references users,
    orders bigint not null default 0 check (orders >= 0),
    -- Paid and not refunded, in all orders.
    spend numeric(14, 2) not null default 0,
    last_order_at timestamptz,
    -- Username, email address, and names and phone numbers of addresses and of the last orders.
    words text not null
);

create index customers_orders_idx on customers (orders, user_id);
create index customers_spend_idx on customers (spend, user_id);
create index customers_last_order_idx on customers (coalesce(last_order_at, '-infinity'), user_id);
create index customers_words_idx on customers using gin (words gin_trgm_ops);

create table customers_progress (
    is_only_row boolean primary key default true check (is_only_row),
    -- All customers are looked at in turn, by id.
    swept_through bigint not null default 0
);

insert into customers_progress default values;

-- What the table must contain.
create view customers_now as
    select u.id as user_id, f.orders, f.spend, f.last_order_at,
        left(search_words(normalize(concat_ws(' ', u.username, u.email, a.words, r.words), nfkc)) || ' ', 4000) as words
    from users u
    cross join lateral (
        select count(*) as orders, coalesce(sum(o.paid_amount - o.refunded_amount), 0) as spend,
            max(o.placed_at) as last_order_at
        from orders o where o.user_id = u.id
    ) f
    cross join lateral (
        select string_agg(a.recipient || ' ' || a.phone, ' ' order by a.id) as words from addresses a
        where a.user_id = u.id
    ) a
    cross join lateral (
        select string_agg(distinct r.recipient || ' ' || r.phone, ' ') as words
        from (select recipient, phone from orders o where o.user_id = u.id order by o.id desc limit 20) r
    ) r
    where u.role = 'shopper' and u.erased_at is null;

create function refresh_customers(changed bigint[]) returns void language sql as $$
    delete from customers c where user_id = any(changed)
        and not exists (select from users u where u.id = c.user_id and u.role = 'shopper' and u.erased_at is null);
    insert into customers select * from customers_now where user_id = any(changed)
    on conflict (user_id) do update
    set orders = excluded.orders, spend = excluded.spend, last_order_at = excluded.last_order_at, words = excluded.words
    where (customers.orders, customers.spend, customers.last_order_at, customers.words)
        is distinct from (excluded.orders, excluded.spend, excluded.last_order_at, excluded.words)
$$;

-- Notes of staff about a customer.
create table customer_notes (
    id bigint generated always as identity primary key,
    user_id bigint not null references users,
    staff_id bigint not null references users,
    words text not null check (length(words) between 1 and 1000),
    token text not null unique check (length(token) between 16 and 64),
    written_at timestamptz not null default now()
);

create index customer_notes_user_id_idx on customer_notes (user_id, id);
