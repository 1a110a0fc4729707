-- Renames the table of staff changes and its columns to the usual words; nothing else changes.
alter table staff_actions rename to audit_log;
alter table audit_log rename column what to action;
alter table audit_log rename column subject to target;
alter table audit_log rename column came_from to ip_address;

alter sequence staff_actions_id_seq rename to audit_log_id_seq;
alter table audit_log rename constraint staff_actions_pkey to audit_log_pkey;
alter table audit_log rename constraint staff_actions_staff_id_fkey to audit_log_staff_id_fkey;
alter table audit_log rename constraint staff_actions_what_check to audit_log_action_check;
alter table audit_log rename constraint staff_actions_subject_check to audit_log_target_check;
alter table audit_log rename constraint staff_actions_came_from_check to audit_log_ip_address_check;
alter table audit_log rename constraint staff_actions_by_somebody to audit_log_staff_or_command_line;

alter index staff_actions_at_idx rename to audit_log_at_idx;
alter index staff_actions_staff_id_idx rename to audit_log_staff_id_idx;
alter index staff_actions_subject_idx rename to audit_log_target_idx;
alter index staff_actions_what_idx rename to audit_log_action_idx;

alter trigger staff_actions_append_only on audit_log rename to audit_log_append_only;
alter function staff_actions_append_only() rename to audit_log_append_only;
create or replace function audit_log_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'audit_log is append-only' using errcode = 'restrict_violation';
end
$$;
