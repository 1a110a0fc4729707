alter table users drop column signed_in_at;
