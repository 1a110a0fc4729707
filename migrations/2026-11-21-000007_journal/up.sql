-- The journal also tells what an operator did on the command line, where nobody is signed in: a row without a member of staff.
alter table staff_actions alter column staff_id drop not null;
alter table staff_actions add constraint staff_actions_by_somebody check (staff_id is not null or came_from is null);

-- The journal by what was done, and the list of what there is to choose from.
create index staff_actions_what_idx on staff_actions (what, id desc);
