-- The audit log: every change by staff, with who made it, what it changed, and from where.

create table staff_actions (
    id bigint generated always as identity primary key,
    staff_id bigint not null references users,
    -- What was done: 'move_stock', 'edit_spu' and so on.
    what text not null check (what ~ '^[a-z_]{1,40}$'),
    -- What was changed, as staff call it: a SKU's code, a category's slug, a username.
    subject text not null check (length(subject) <= 200),
    -- The changed fields; null if there was nothing before, or nothing is left.
    before jsonb,
    after jsonb,
    -- The address of the request; null on the command line.
    came_from text check (length(came_from) <= 64),
    at timestamptz not null default now()
);

create index staff_actions_at_idx on staff_actions (at desc, id desc);
create index staff_actions_staff_id_idx on staff_actions (staff_id, id desc);
create index staff_actions_subject_idx on staff_actions (subject, id desc);

create function staff_actions_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'staff_actions is append-only' using errcode = 'restrict_violation';
end
$$;

create trigger staff_actions_append_only before update or delete on staff_actions
    for each row execute function staff_actions_append_only();
