-- Fapiao: what shoppers have asked for, what staff have issued on the tax platform, and the files.

alter table invoice_settings
    add column fapiao boolean not null default false,
    -- For so many days after the payment shoppers can ask for one.
    add column fapiao_days integer not null default 365 check (fapiao_days between 1 and 3650);

create table fapiao_requests (
    id bigint generated always as identity primary key,
    order_id bigint not null references orders,
    kind text not null check (kind in ('ordinary', 'special')),
    title_kind text not null check (title_kind in ('person', 'company')),
    title text not null check (length(title) <= 100),
    taxpayer_number text not null default '' check (taxpayer_number ~ '^([0-9A-Z]{15,20})?$'),
    address text not null default '' check (length(address) <= 200),
    phone text not null default '' check (length(phone) <= 40),
    bank text not null default '' check (length(bank) <= 100),
    bank_account text not null default '' check (bank_account ~ '^([0-9]{5,32})?$'),
    email text not null check (length(email) <= 254),
    -- 'to_reverse': money went back after it was issued, and staff must issue a red one; 'reversed': they have.
    status text not null default 'requested'
        check (status in ('requested', 'issued', 'refused', 'to_reverse', 'reversed')),
    -- Since when it has this status: an open request waits since then.
    status_since timestamptz not null default now(),
    requested_at timestamptz not null default now(),
    -- Counts the changes of the shopper: staff issue what they have seen.
    version integer not null default 1 check (version > 0),
    -- What the fapiao is about.
    amount numeric(12, 2) check (amount > 0),
    issued_at timestamptz,
    -- Why staff issue none.
    refusal text not null default '' check (length(refusal) <= 500),
    reversed_at timestamptz,
    -- When all that names the shopper was erased.
    erased_at timestamptz,
    check (title <> '' and email <> '' or erased_at is not null),
    check (kind = 'ordinary' or title_kind = 'company'),
    check (title_kind = 'person' or taxpayer_number <> '' or erased_at is not null),
    check (title_kind = 'company' or taxpayer_number = '' and address = '' and phone = '' and bank = ''
        and bank_account = ''),
    check (kind = 'ordinary' or address <> '' and phone <> '' and bank <> '' and bank_account <> ''
        or erased_at is not null),
    check ((status in ('requested', 'refused')) = (issued_at is null)),
    check ((issued_at is null) = (amount is null)),
    check ((status = 'refused') = (refusal <> '') or erased_at is not null),
    check ((status = 'reversed') = (reversed_at is not null))
);

-- An order has one fapiao at a time.
create unique index fapiao_requests_order_key on fapiao_requests (order_id)
    where status in ('requested', 'issued', 'to_reverse');
create index fapiao_requests_order_id_idx on fapiao_requests (order_id, id);
create index fapiao_requests_status_idx on fapiao_requests (status, status_since, id);
-- What waits for staff.
create index fapiao_requests_open_idx on fapiao_requests (status_since, id)
    where status in ('requested', 'to_reverse');

-- The tax platform gives each number once.
create table fapiao_numbers (
    number text primary key check (number ~ '^[0-9]{8,20}$'),
    request_id bigint not null references fapiao_requests,
    part text not null check (part in ('fapiao', 'reversal'))
);

create index fapiao_numbers_request_id_idx on fapiao_numbers (request_id, part, number);

create table fapiao_files (
    request_id bigint not null references fapiao_requests,
    part text not null check (part in ('fapiao', 'reversal')),
    format text not null check (format in ('pdf', 'ofd')),
    body bytea not null check (length(body) between 1 and 2097152),
    primary key (request_id, part)
);

alter table fapiao_files alter column body set storage external;

-- They are validated by the next migration.
alter table order_events
    drop constraint order_events_event_check,
    add constraint order_events_event_check check (event in
        ('placed', 'paid', 'revived', 'expired', 'canceled', 'sent', 'received', 'finished', 'refused', 'refunded',
            'packing', 'packing_stopped', 'parcel_sent', 'parcel_corrected', 'parcel_undone', 'parcel_lost',
            'withdrawn', 'held', 'released', 'noted', 'address_changed',
            'cancellation_asked', 'cancellation_declined', 'refund_wanted', 'refund_done', 'refund_refused',
            'return_asked', 'return_approved', 'return_declined', 'return_sent_back', 'return_arrived',
            'return_closed', 'return_withdrawn',
            'fapiao_requested', 'fapiao_issued', 'fapiao_refused', 'fapiao_reversed')) not valid;

alter table order_mails
    drop constraint order_mails_kind_check,
    add constraint order_mails_kind_check check (kind in
        ('placed', 'pay_reminder', 'expired', 'paid', 'revived', 'parcel_sent', 'canceled', 'refund_done', 'paid_late',
            'paid_twice', 'return_asked', 'return_approved', 'return_declined', 'return_arrived', 'return_closed',
            'delivery_soon', 'review_asked', 'fapiao_issued', 'fapiao_refused')) not valid;
