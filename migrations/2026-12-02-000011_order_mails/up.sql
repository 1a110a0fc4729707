-- Emails about orders: one for each order, kind and thing, and those for staff. Jobs that send mail have a lane of
-- their own.

alter table outbox add column lane text not null default 'main' check (lane in ('main', 'mail'));
create index outbox_lane_due_idx on outbox (lane, due_at) where done_at is null;
drop index outbox_due_idx;

create table order_mails (
    id bigint generated always as identity primary key,
    order_id bigint not null references orders,
    kind text not null check (kind in
        ('placed', 'pay_reminder', 'expired', 'paid', 'revived', 'parcel_sent', 'canceled', 'refund_done', 'paid_late',
            'paid_twice', 'return_asked', 'return_approved', 'return_declined', 'return_arrived', 'return_closed',
            'delivery_soon')),
    -- What it is about besides the order: a parcel, refund, payment or return; 0: the order alone.
    thing bigint not null default 0,
    language text not null check (language in ('en', 'zh')),
    -- The job that sends it. Jobs that are done are forgotten after a week.
    job_id bigint,
    promised_at timestamptz not null default now(),
    -- When sending of the text began. From then on the email may have arrived, so it is not sent again unless it was
    -- refused.
    begun_at timestamptz,
    sent_at timestamptz,
    -- Why it was not sent, and will not be.
    skipped text check (skipped in ('no_address', 'outdated')),
    unique (order_id, kind, thing),
    check (sent_at is null or begun_at is not null)
);

-- Orders that were placed up to here have their emails; a little before it they are looked at again, since a
-- transaction may commit late.
create table order_mail_cursor (
    id boolean primary key default true check (id),
    placed_at timestamptz not null default now()
);

insert into order_mail_cursor default values;

-- Payments that do not pay their order: late ones, and second ones.
create index payments_not_counting_idx on payments (paid_at) where status = 'paid' and not counts;

-- Which emails about orders a member of staff wants.
create table staff_mail_readers (
    user_id bigint not null references users on delete cascade,
    kind text not null check (kind in ('new_orders', 'return_asked', 'strange_payment')),
    language text not null check (language in ('en', 'zh')),
    since timestamptz not null default now(),
    -- New orders were told up to here.
    told_until timestamptz not null default now(),
    primary key (user_id, kind)
);

create table staff_mails (
    id bigint generated always as identity primary key,
    user_id bigint not null references users on delete cascade,
    kind text not null check (kind in ('new_orders', 'return_asked', 'strange_payment')),
    -- A return or a payment; of new orders, the second since 1970 up to which earlier ones were told.
    thing bigint not null,
    -- New orders from `told_from` (exclusive) to `told_until` (inclusive).
    told_from timestamptz,
    told_until timestamptz,
    job_id bigint,
    promised_at timestamptz not null default now(),
    begun_at timestamptz,
    sent_at timestamptz,
    skipped text check (skipped in ('no_address', 'outdated')),
    unique (user_id, kind, thing),
    check ((kind = 'new_orders') = (told_from is not null and told_until is not null)),
    check (sent_at is null or begun_at is not null)
);
