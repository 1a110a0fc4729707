drop trigger spus_was_published on spus;
drop function note_published();
alter table spus drop column was_published;
