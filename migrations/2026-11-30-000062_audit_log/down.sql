create or replace function audit_log_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'staff_actions is append-only' using errcode = 'restrict_violation';
end
$$;
alter function audit_log_append_only() rename to staff_actions_append_only;
alter trigger audit_log_append_only on audit_log rename to staff_actions_append_only;

alter index audit_log_action_idx rename to staff_actions_what_idx;
alter index audit_log_target_idx rename to staff_actions_subject_idx;
alter index audit_log_staff_id_idx rename to staff_actions_staff_id_idx;
alter index audit_log_at_idx rename to staff_actions_at_idx;

alter table audit_log rename constraint audit_log_staff_or_command_line to staff_actions_by_somebody;
alter table audit_log rename constraint audit_log_ip_address_check to staff_actions_came_from_check;
alter table audit_log rename constraint audit_log_target_check to staff_actions_subject_check;
alter table audit_log rename constraint audit_log_action_check to staff_actions_what_check;
alter table audit_log rename constraint audit_log_staff_id_fkey to staff_actions_staff_id_fkey;
alter table audit_log rename constraint audit_log_pkey to staff_actions_pkey;
alter sequence audit_log_id_seq rename to staff_actions_id_seq;

alter table audit_log rename column ip_address to came_from;
alter table audit_log rename column target to subject;
alter table audit_log rename column action to what;
alter table audit_log rename to staff_actions;
