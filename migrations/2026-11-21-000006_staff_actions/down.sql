drop table staff_actions;
drop function staff_actions_append_only;
