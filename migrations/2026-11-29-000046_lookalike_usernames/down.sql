drop trigger username_skeleton on users;
drop function keep_username_skeleton();
alter table users drop column username_skeleton;
drop function username_skeleton(text);
