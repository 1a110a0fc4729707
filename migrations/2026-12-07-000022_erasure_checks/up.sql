-- The checks of erased rows hold for all rows. Checkouts do not wait for this.
alter table users validate constraint users_email_check;
alter table users validate constraint users_erased_check;
alter table orders validate constraint orders_erased_check;
