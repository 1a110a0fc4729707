-- The columns of an import can be chosen. The file is kept until the import is applied or discarded, so that it can be
-- read again.

alter table imports
    -- What was recognized, and the alternatives: sheets, headings, columns.
    add column layout jsonb,
    -- The chosen columns, and who chose them.
    add column mapping jsonb,
    add column mapped_by bigint references users,
    -- Incremented by each reading. A confirmation names the revision that it has shown.
    add column revision integer not null default 1 check (revision > 0),
    add constraint imports_mapping_check check ((mapping is null) = (mapped_by is null)),
    drop constraint imports_state_check,
    add constraint imports_state_check check (state in
        ('reading', 'refused', 'unmapped', 'ready', 'discarded', 'applying', 'done'));

create index imports_mapped_by_idx on imports (mapped_by) where mapped_by is not null;

-- The note in the file's line.
alter table import_rows add column note text not null default '' check (length(note) <= 101);

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
