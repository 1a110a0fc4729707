-- The outbox: jobs that are written in a transaction and performed after its commit.

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
