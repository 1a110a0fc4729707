alter table spus drop column version;
drop table price_changes;
drop function price_changes_append_only();
