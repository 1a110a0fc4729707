-- What was erased stays erased: accounts get an address that nobody has, so that the old rules hold.
alter table blocked_contacts drop constraint blocked_contacts_check;
delete from blocked_contacts where erased_at is not null;
alter table blocked_contacts
    drop column erased_at,
    add constraint blocked_contacts_check check (case kind
        when 'phone' then value ~ '^\+?[0-9]{3,15}(;ext=[0-9]{1,6})?$'
        when 'email' then value = lower(value) and value like '_%@_%' and length(value) <= 254
        else value !~ '[A-Z ]' and length(value) between 1 and 300
    end);
drop function contact_digest;
drop function salted_digest;
drop table contact_salt;

drop trigger payment_notifications_of_erased on payment_notifications;
drop function forget_buyer;

create or replace function stock_movements_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'stock_movements is append-only: write the reverse movement instead'
        using errcode = 'restrict_violation';
end
$$;

create or replace function audit_log_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'audit_log is append-only' using errcode = 'restrict_violation';
end
$$;

drop function names_person;

drop index users_erased_idx;

drop index questions_email_idx;

alter table orders drop constraint orders_erased_check;

drop index users_email_key;
alter table users drop constraint users_email_check, drop constraint users_erased_check;
update users set email = username || '@erased.invalid' where erased_at is not null;
alter table users
    drop column erased_at,
    add constraint users_email_check check (length(email) between 3 and 254);
create unique index users_email_key on users (lower(email));
