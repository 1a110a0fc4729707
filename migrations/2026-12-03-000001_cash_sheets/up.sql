-- Sheets of carriers: the amounts that their couriers have collected for parcels of cash-on-delivery orders.
create table cash_sheets (
    id bigint generated always as identity primary key,
    -- The idempotency token of the form: sent twice, it stores one sheet.
    token text not null unique check (length(token) between 16 and 64),
    staff_id bigint not null references users,
    file_name text not null check (length(file_name) <= 200),
    uploaded_at timestamptz not null default now(),
    state text not null default 'ready' check (state in ('ready', 'applying', 'done', 'discarded')),
    confirmed_by bigint references users,
    confirmed_at timestamptz,
    finished_at timestamptz,
    check ((state in ('applying', 'done')) = (confirmed_at is not null)),
    check ((confirmed_at is null) = (confirmed_by is null)),
    check ((state = 'done') = (finished_at is not null))
);
create index cash_sheets_applying_idx on cash_sheets (id) where state = 'applying';

-- The orders of a confirmed sheet, with the sum that was collected for each and what became of it.
create table cash_sheet_orders (
    sheet_id bigint not null references cash_sheets,
    order_id bigint not null references orders,
    amount numeric(12, 2) not null check (amount > 0),
    outcome text check (outcome in ('recorded', 'strange', 'already', 'not_due')),
    primary key (sheet_id, order_id)
);
create index cash_sheet_orders_waiting_idx on cash_sheet_orders (sheet_id, order_id) where outcome is null;

create table cash_sheet_lines (
    sheet_id bigint not null references cash_sheets,
    line integer not null check (line > 0),
    -- The cells of the file.
    number text not null,
    order_number text not null,
    amount text not null,
    -- Whether a spreadsheet has changed the tracking number, for example rounded it.
    is_number_lost boolean not null,
    -- Set when the sheet is confirmed: the order to which the line belongs, or why it records nothing.
    order_id bigint,
    problem text,
    detail text not null default '',
    primary key (sheet_id, line),
    foreign key (sheet_id, order_id) references cash_sheet_orders,
    check (order_id is null or problem is null)
);
