-- Orders, stock movements, and the outbox of jobs.

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

create index orders_of_user_idx on orders (user_id, id desc);
create index orders_unpaid_idx on orders (expires_at) where status = 'unpaid';

create table order_goods (
    id bigint generated always as identity primary key,
    order_id bigint not null references orders,
    sku_id bigint not null references skus,
    -- What the shopper read when ordering, in the language of the page.
    name text not null,
    options text not null default '',
    picture text,
    ground text not null default 'slate',
    price numeric(12, 2) not null check (price >= 0),
    count integer not null check (count > 0),
    unique (order_id, sku_id)
);

create index order_goods_sku_id_idx on order_goods (sku_id);

create table stock_movements (
    id bigint generated always as identity primary key,
    sku_id bigint not null references skus,
    delta integer not null check (delta <> 0),
    reason text not null check (reason in
        ('delivery', 'damage', 'count', 'return', 'correction', 'import', 'cancellation')),
    order_id bigint references orders,
    staff_id bigint references users,
    note text not null default '' check (length(note) <= 500),
    at timestamptz not null default now(),
    check ((reason = 'cancellation') = (order_id is not null))
);

create index stock_movements_sku_id_idx on stock_movements (sku_id, id desc);
create unique index stock_movements_order_key on stock_movements (order_id, sku_id) where order_id is not null;
create index stock_movements_staff_id_idx on stock_movements (staff_id) where staff_id is not null;

create function stock_movements_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'stock_movements is append-only: write the reverse movement instead'
        using errcode = 'restrict_violation';
end
$$;

create trigger stock_movements_append_only before update or delete on stock_movements
    for each row execute function stock_movements_append_only();

create table outbox (
    id bigint generated always as identity primary key,
    kind text not null,
    payload jsonb not null,
    attempts integer not null default 0 check (attempts >= 0),
    created_at timestamptz not null default now(),
    due_at timestamptz not null default now(),
    done_at timestamptz,
    last_error text
);

create index outbox_due_idx on outbox (due_at) where done_at is null;
