-- Files with tracking numbers: the rows of a file, and the parcels that it sends once staff have confirmed it.

create table shipment_imports (
    id bigint generated always as identity primary key,
    -- The idempotency token of the form: sent twice, it stores one file.
    token text not null unique check (length(token) between 16 and 64),
    staff_id bigint not null references users,
    file_name text not null check (length(file_name) <= 200),
    uploaded_at timestamptz not null default now(),
    state text not null default 'ready' check (state in ('ready', 'applying', 'done', 'discarded')),
    -- The number of changes of the columns; whoever confirms names the one they saw.
    revision integer not null default 1,
    -- The row with the headings, 0 if there is none, and the indexes of the columns.
    heading_line integer not null default 0,
    order_column integer,
    carrier_column integer,
    number_column integer,
    code_column integer,
    count_column integer,
    -- The carrier of lines that name none.
    carrier_id bigint references carriers on delete set null,
    confirmed_by bigint references users,
    confirmed_at timestamptz,
    finished_at timestamptz,
    check ((state in ('applying', 'done')) = (confirmed_at is not null)),
    check ((state = 'done') = (finished_at is not null))
);

create index shipment_imports_applying_idx on shipment_imports (id) where state = 'applying';

-- The parcels of a confirmed import, with what became of each.
create table shipment_import_parcels (
    import_id bigint not null references shipment_imports,
    position integer not null,
    order_id bigint not null references orders,
    carrier_id bigint not null,
    number text not null check (length(number) between 1 and 64),
    -- The units of each order line; null: all that is left.
    units jsonb,
    outcome text check (outcome in ('sent', 'already', 'failed')),
    problem text,
    detail text not null default '',
    primary key (import_id, position),
    check ((outcome = 'failed') = (problem is not null))
);

create index shipment_import_parcels_waiting_idx on shipment_import_parcels (import_id, position)
    where outcome is null;

create table shipment_import_lines (
    import_id bigint not null references shipment_imports,
    line integer not null check (line > 0),
    cells jsonb not null,
    -- Set when the import is confirmed: the parcel of the line, or why it has none.
    parcel integer,
    problem text,
    detail text not null default '',
    primary key (import_id, line)
);
