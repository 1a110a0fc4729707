-- The audit log: every change by staff, with who made it, what it changed, and from where.

create table audit_log (
    id bigint generated always as identity primary key,
    -- Null for changes on the command line, where nobody is signed in.
    staff_id bigint references users,
    -- What was done: 'move_stock', 'edit_spu' and so on.
    action text not null check (action ~ '^[a-z_]{1,40}$'),
    -- What was changed, as staff call it: a SKU's code, a category's slug, a username.
    target text not null check (length(target) <= 200),
    -- The changed fields; null if there was nothing before, or nothing is left.
    before jsonb,
    after jsonb,
    -- The address of the request; null on the command line.
    ip_address text check (length(ip_address) <= 64),
    at timestamptz not null default now(),
    constraint audit_log_staff_or_command_line check (staff_id is not null or ip_address is null)
);

create index audit_log_at_idx on audit_log (at desc, id desc);
create index audit_log_staff_id_idx on audit_log (staff_id, id desc);
create index audit_log_target_idx on audit_log (target, id desc);
-- The log filtered by action, and the list of its actions.
create index audit_log_action_idx on audit_log (action, id desc);

create function audit_log_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'audit_log is append-only' using errcode = 'restrict_violation';
end
$$;

create trigger audit_log_append_only before update or delete on audit_log
    for each row execute function audit_log_append_only();
