-- The bill of each day of a gateway, compared with payments and refunds.

create table gateway_bills (
    pay_method text not null check (pay_method = 'alipay'),
    -- In the gateway's time zone.
    day date not null,
    -- When the job asks for it next; null: no more. It is moved on before a call, so that no other process calls too.
    next_attempt_at timestamptz,
    -- Null: not compared yet.
    compared_at timestamptz,
    milliseconds bigint not null default 0 check (milliseconds >= 0),
    payments integer not null default 0 check (payments >= 0),
    paid numeric(14, 2) not null default 0,
    refunds integer not null default 0 check (refunds >= 0),
    refunded numeric(14, 2) not null default 0,
    fees numeric(14, 2) not null default 0,
    -- How many checks found mismatches.
    failed_checks integer check (failed_checks >= 0),
    findings jsonb not null default '[]',
    -- Why the last attempt compared nothing.
    failure text,
    primary key (pay_method, day),
    check ((compared_at is null) = (failed_checks is null))
);

create index gateway_bills_attempt_idx on gateway_bills (next_attempt_at) where next_attempt_at is not null;

-- What must be in the bill of a day.
create index payments_paid_at_idx on payments (paid_at) where status = 'paid';
create index refunds_done_at_idx on refunds (done_at) where status = 'done';
