-- Stock imports: the uploaded file, what each of its lines would do, and what it did.

create table imports (
    id bigint generated always as identity primary key,
    -- The token of the form: sent twice, it is one import.
    token text not null unique check (token ~ '^[A-Za-z0-9_-]{16,64}$'),
    staff_id bigint not null references users,
    file_name text not null check (length(file_name) <= 200),
    bytes bigint not null check (bytes >= 0),
    -- SHA-256 of the file.
    digest text not null check (digest ~ '^[0-9a-f]{64}$'),
    -- Whether the lines are differences or counts.
    mode text not null check (mode in ('difference', 'count')),
    reason text not null check (reason in ('delivery', 'damage', 'count', 'return', 'correction', 'import')),
    note text not null default '' check (length(note) <= 500),
    state text not null default 'reading' check (state in
        ('reading', 'refused', 'unmapped', 'ready', 'discarded', 'applying', 'done')),
    -- Why the file could not be read, and at which line.
    problem text,
    problem_line integer,
    -- How often reading began: a file that crashes the process is not tried for ever.
    attempts integer not null default 0 check (attempts >= 0),
    -- The number of lines, and how many of them are due, applied, unchanged or failed.
    line_count integer not null default 0 check (line_count >= 0),
    due_count integer not null default 0 check (due_count >= 0),
    applied_count integer not null default 0 check (applied_count >= 0),
    unchanged_count integer not null default 0 check (unchanged_count >= 0),
    failed_count integer not null default 0 check (failed_count >= 0),
    -- All SKUs up to this id are done.
    through_sku bigint not null default 0,
    -- The same file was applied before, and is applied again on purpose.
    repeated boolean not null default false,
    -- The import whose stale lines are decided again here.
    follows_id bigint unique references imports,
    confirmed_by bigint references users,
    at timestamptz not null default now(),
    confirmed_at timestamptz,
    finished_at timestamptz,
    -- What was recognized, and the alternatives: sheets, headings, columns.
    layout jsonb,
    -- The chosen columns, and who chose them.
    mapping jsonb,
    mapped_by bigint references users,
    -- Incremented by each reading. A confirmation names the revision that it has shown.
    revision integer not null default 1 check (revision > 0),
    check ((state = 'refused') = (problem is not null)),
    check ((state in ('applying', 'done')) = (confirmed_at is not null)),
    check ((confirmed_at is null) = (confirmed_by is null)),
    constraint imports_mapping_check check ((mapping is null) = (mapped_by is null))
);

-- The contents of the file in parts. They are kept until the import is applied or discarded, so that the file can be
-- read again with other columns.
create table import_files (
    import_id bigint not null references imports on delete cascade,
    part integer not null,
    bytes bytea not null check (length(bytes) <= 1048576),
    primary key (import_id, part)
);

create table import_rows (
    import_id bigint not null references imports on delete cascade,
    -- The line number in the file, from 1.
    line integer not null check (line > 0),
    -- As typed, truncated if it is far too long.
    code text not null check (length(code) <= 101),
    typed text not null check (length(typed) <= 101),
    -- No foreign key: its check would lock every SKU of the file against orders while the file is read, and SKUs are
    -- never deleted.
    sku_id bigint,
    stock_before integer,
    stock_after integer,
    outcome text not null check (outcome in ('due', 'unchanged', 'failed', 'applied')),
    -- Why the line failed, and a number for the message: another line, or the stock.
    problem text,
    detail bigint,
    -- The note in the file's line.
    note text not null default '' check (length(note) <= 101),
    primary key (import_id, line),
    check ((outcome = 'failed') = (problem is not null)),
    check (outcome not in ('due', 'applied') or num_nonnulls(sku_id, stock_before, stock_after) = 3)
);

-- The columns that a member of staff chose for files with the same headings.
create table import_mappings (
    staff_id bigint not null references users on delete cascade,
    mode text not null check (mode in ('difference', 'count')),
    -- SHA-256 of the headings.
    digest text not null check (digest ~ '^[0-9a-f]{64}$'),
    -- Columns, counted from 0.
    code_column integer not null check (code_column >= 0),
    number_column integer not null check (number_column >= 0),
    note_column integer check (note_column >= 0),
    at timestamptz not null default now(),
    primary key (staff_id, mode, digest),
    check (code_column <> number_column)
);

-- A file is not applied twice by accident, even by concurrent requests.
create unique index imports_digest_key on imports (digest)
    where confirmed_at is not null and not repeated and follows_id is null;
create index imports_waiting_idx on imports (id) where state in ('reading', 'applying');
create index imports_staff_id_idx on imports (staff_id);
create index imports_confirmed_by_idx on imports (confirmed_by) where confirmed_by is not null;
create index imports_mapped_by_idx on imports (mapped_by) where mapped_by is not null;

create index import_rows_outcome_idx on import_rows (import_id, outcome, line);
-- The order in which SKUs are locked everywhere.
create index import_rows_due_idx on import_rows (import_id, sku_id) where outcome = 'due';
