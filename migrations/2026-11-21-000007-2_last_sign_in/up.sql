-- When a member of staff last signed in. Shoppers are not written down.
alter table users add column signed_in_at timestamptz;
