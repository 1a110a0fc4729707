-- The audit log also records changes on the command line, where nobody is signed in: entries without a member of staff.
alter table staff_actions alter column staff_id drop not null;
alter table staff_actions add constraint staff_actions_by_somebody check (staff_id is not null or came_from is null);

-- The audit log filtered by action, and the list of its actions.
create index staff_actions_what_idx on staff_actions (what, id desc);
