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
