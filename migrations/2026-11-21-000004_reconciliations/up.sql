-- Each time the books were asked, and what they said.

create table reconciliations (
    id bigint generated always as identity primary key,
    started_at timestamptz not null,
    milliseconds bigint not null check (milliseconds >= 0),
    -- Who asked from behind the counter; nobody where it was `till reconcile`.
    staff_id bigint references users,
    -- How many books do not agree; unknown where they could not be read.
    disagreeing integer check (disagreeing >= 0),
    -- Of each book its name, how many rows disagree, and the first of them.
    findings jsonb not null default '[]' check (jsonb_typeof(findings) = 'array'),
    -- Why they could not be read.
    failure text,
    check ((disagreeing is null) = (failure is not null))
);
