-- When a member of staff last signed in. It is not recorded for shoppers.
alter table users add column signed_in_at timestamptz;
