-- Orders and their lines, the revenue of past days, and reconciliations.

create table orders (
    id bigint generated always as identity primary key,
    number text not null unique check (number ~ '^[0-9]{23}[0-9A-Z]{6}$'),
    user_id bigint not null references users,
    checkout_token text not null check (checkout_token ~ '^[A-Za-z0-9_-]{16,64}$'),
    status text not null check (status in
        ('unpaid', 'unsent', 'unreceived', 'unreviewed', 'finished', 'canceled', 'refunded')),
    pay_method text not null check (pay_method in ('alipay', 'cod')),
    total_count integer not null check (total_count > 0),
    goods_amount numeric(12, 2) not null check (goods_amount >= 0),
    freight numeric(12, 2) not null check (freight >= 0),
    discount numeric(12, 2) not null default 0 check (discount >= 0),
    total_amount numeric(12, 2) not null check (total_amount >= 0),
    -- A copy of the address; the one in the address book may change or be removed.
    recipient text not null,
    phone text not null,
    region text not null,
    street text not null,
    postcode text not null,
    note text not null default '' check (length(note) <= 500),
    placed_at timestamptz not null default now(),
    paid_at timestamptz,
    sent_at timestamptz,
    received_at timestamptz,
    finished_at timestamptz,
    canceled_at timestamptz,
    refunded_at timestamptz,
    expires_at timestamptz,
    check (total_amount = goods_amount + freight - discount),
    check (status <> 'unpaid' or (pay_method = 'alipay' and expires_at is not null)),
    check ((status = 'canceled') = (canceled_at is not null)),
    unique (user_id, checkout_token)
);

create table order_goods (
    id bigint generated always as identity primary key,
    order_id bigint not null references orders,
    sku_id bigint not null references skus,
    -- What the shopper read when ordering, in the language of the page.
    name text not null,
    options text not null default '',
    picture text,
    background text not null default 'slate',
    price numeric(12, 2) not null check (price >= 0),
    count integer not null check (count > 0),
    unique (order_id, sku_id)
);

-- The orders that were placed on a past day, except those that were canceled or refunded within two hours. A day is
-- identified by its start, because the shop's time zone may change.
create table order_days (
    begins timestamptz primary key,
    orders bigint not null check (orders >= 0),
    amount numeric(16, 2) not null check (amount >= 0),
    -- When the orders of the day were last counted: days are counted again in turn.
    counted_at timestamptz not null default now()
);

-- Each reconciliation and its result.
create table reconciliations (
    id bigint generated always as identity primary key,
    started_at timestamptz not null,
    milliseconds bigint not null check (milliseconds >= 0),
    -- Who started it on the page; null for `till reconcile`.
    staff_id bigint references users,
    -- The number of checks with mismatches; null if the run failed.
    disagreeing integer check (disagreeing >= 0),
    -- For each check its name, the number of mismatches, and the first of them.
    findings jsonb not null default '[]' check (jsonb_typeof(findings) = 'array'),
    -- Why the run failed.
    failure text,
    check ((disagreeing is null) = (failure is not null))
);

create index orders_of_user_idx on orders (user_id, id desc);
-- The open orders of a shopper are counted at each checkout: only these orders are read, however many the shopper has
-- placed before.
create index orders_open_idx on orders (user_id)
    where status = 'unpaid' or (status = 'unsent' and paid_at is null)
        or (status = 'canceled' and canceled_at >= expires_at);
create index orders_unpaid_idx on orders (expires_at) where status = 'unpaid';

-- What the dashboard and the list of orders read, without a row that every order would have to update.
-- Orders by time, with their amounts. None of these columns changes later, so each order writes the index once.
create index orders_placed_idx on orders (placed_at, id) include (total_amount);
-- The same by status: to be sent, to be paid, canceled and refunded.
create index orders_status_idx on orders (status, placed_at, id) include (total_amount);
-- Orders that were canceled or refunded more than two hours after they were placed: few, since unpaid orders are
-- canceled within an hour. They are subtracted from the recorded day, which leaves out all that were canceled sooner.
create index orders_late_idx on orders (placed_at) include (total_amount)
    where status in ('canceled', 'refunded')
        and coalesce(least(canceled_at, refunded_at) - placed_at > interval '2 hours', true);

-- The ledger of a SKU reads its orders, the newest first.
create index order_goods_of_sku_idx on order_goods (sku_id, order_id);
