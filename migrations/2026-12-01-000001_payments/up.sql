-- Attempts to pay an order, what gateways said of them, and refunds.

create table payments (
    id bigint generated always as identity primary key,
    order_id bigint not null references orders,
    pay_method text not null check (pay_method in ('alipay', 'cod')),
    -- The number that the gateway knows it by. Each attempt has its own: one number has the same terms for ever.
    number text not null unique check (number ~ '^[A-Za-z0-9_]{6,64}$'),
    amount numeric(12, 2) not null check (amount > 0),
    currency text not null default 'CNY' check (currency = 'CNY'),
    status text not null default 'open' check (status in ('open', 'paid', 'closed')),
    -- Whether it is the payment of its order. Any other that is paid goes back.
    counts boolean not null default false,
    -- The gateway's number.
    trade_no text check (length(trade_no) between 1 and 64),
    created_at timestamptz not null default now(),
    -- The gateway takes no payment after this.
    expires_at timestamptz not null,
    paid_at timestamptz,
    closed_at timestamptz,
    -- When the gateway is asked next; null: no more. It is moved on before a call, so that no other process calls too.
    next_query_at timestamptz,
    queries integer not null default 0 check (queries >= 0),
    -- Whether the next call closes it.
    close_wanted boolean not null default false,
    last_error text,
    -- Why a person must look at it.
    strange text,
    check ((status = 'paid') = (paid_at is not null)),
    check (status <> 'paid' or pay_method = 'cod' or trade_no is not null),
    check (status <> 'closed' or closed_at is not null),
    check (not counts or status = 'paid')
);

create unique index payments_counting_key on payments (order_id) where counts;
create unique index payments_trade_no_key on payments (pay_method, trade_no) where trade_no is not null;
create index payments_order_id_idx on payments (order_id, id);
create index payments_query_idx on payments (next_query_at) where next_query_at is not null;
create index payments_strange_idx on payments (id) where strange is not null;

-- Notifications whose signature was right, as they came; those that are repeated are one row.
create table payment_notifications (
    id bigint generated always as identity primary key,
    pay_method text not null check (pay_method = 'alipay'),
    -- SHA-256 of the body.
    fingerprint bytea not null check (length(fingerprint) = 32),
    body bytea not null check (length(body) <= 65536),
    payment_id bigint references payments,
    first_at timestamptz not null default now(),
    last_at timestamptz not null default now(),
    times integer not null default 1 check (times > 0),
    -- What it led to.
    outcome text not null,
    unique (pay_method, fingerprint)
);

create index payment_notifications_payment_id_idx on payment_notifications (payment_id, id);

create table refunds (
    id bigint generated always as identity primary key,
    payment_id bigint not null references payments,
    -- The number that the gateway knows it by; after an error the same one is sent again.
    number text not null unique check (number ~ '^[A-Za-z0-9_]{6,64}$'),
    amount numeric(12, 2) not null check (amount > 0),
    -- The part of the amount that is freight.
    freight numeric(12, 2) not null default 0,
    -- 'wanted': not sent yet; 'sent': its outcome is not known yet; 'elsewhere': given back without the gateway
    status text not null default 'wanted' check (status in ('wanted', 'sent', 'done', 'refused', 'elsewhere')),
    reason text not null check (reason in ('canceled', 'surplus', 'out_of_stock', 'lines', 'amount')),
    note text not null default '' check (length(note) <= 500),
    -- Null: it was wanted by a rule.
    staff_id bigint references users,
    -- The token of the form: sent twice, it is one refund.
    token text unique check (length(token) between 16 and 64),
    created_at timestamptz not null default now(),
    sent_at timestamptz,
    done_at timestamptz,
    next_attempt_at timestamptz,
    attempts integer not null default 0 check (attempts >= 0),
    last_error text,
    check (freight between 0 and amount),
    check ((status in ('done', 'elsewhere')) = (done_at is not null))
);

create index refunds_payment_id_idx on refunds (payment_id, id);
create index refunds_attempt_idx on refunds (next_attempt_at) where next_attempt_at is not null;
create index refunds_refused_idx on refunds (id) where status = 'refused';

create table refund_goods (
    refund_id bigint not null references refunds,
    order_goods_id bigint not null references order_goods,
    count integer not null check (count > 0),
    amount numeric(12, 2) not null check (amount >= 0),
    primary key (refund_id, order_goods_id)
);

create index refund_goods_order_goods_id_idx on refund_goods (order_goods_id);
