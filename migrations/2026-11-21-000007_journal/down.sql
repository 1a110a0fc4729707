drop index staff_actions_what_idx;
alter table staff_actions drop constraint staff_actions_by_somebody;
-- Entries of the command line have no member of staff, so they cannot be kept.
alter table staff_actions disable trigger staff_actions_append_only;
delete from staff_actions where staff_id is null;
alter table staff_actions enable trigger staff_actions_append_only;
alter table staff_actions alter column staff_id set not null;
