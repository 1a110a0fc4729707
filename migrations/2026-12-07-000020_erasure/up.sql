-- Shoppers whose data was erased. Their account and their orders stay as rows without any personal data, so that every
-- figure is as before; the checks say what such a row looks like.

alter table users
    add column erased_at timestamptz,
    -- An erased account has no email address and no password. Nobody can choose a username with a `#`.
    drop constraint users_email_check,
    add constraint users_email_check check (case when erased_at is null then length(email) between 3 and 254
        else email = '' end) not valid,
    add constraint users_erased_check check (erased_at is null or (role = 'shopper' and disabled_at is not null
        and password_hash = '' and username = 'erased#' || id)) not valid;

-- Erased accounts share the empty address; any other has one account. The first column serves sign-ins.
create unique index users_email_new_key on users (lower(email), (case when email = '' then id else 0 end));
drop index users_email_key;
alter index users_email_new_key rename to users_email_key;

alter table orders
    -- An order without a recipient was erased: then it is over, and has nothing else of the shopper.
    add constraint orders_erased_check check (recipient <> '' or (status in
        ('unreviewed', 'finished', 'canceled', 'refunded')
        and phone = '' and region = '' and street = '' and postcode = '' and note = '')) not valid;

-- Erased accounts, whose documents become old enough to be blanked.
create index users_erased_idx on users (id) where erased_at is not null;

-- Questions of guests are found by their address, when its owner has an account and wants to be forgotten.
create index questions_email_idx on questions (lower(email)) where email is not null;

-- Rows of the audit log stay, but an erasure replaces what they say about the person.
create or replace function audit_log_append_only() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and current_setting('till.erasing', true) = 'on'
        and (new.id, new.staff_id, new.action, new.at) is not distinct from (old.id, old.staff_id, old.action, old.at)
    then
        return new;
    end if;
    raise exception 'audit_log is append-only' using errcode = 'restrict_violation';
end
$$;

-- The same for the notes of stock movements.
create or replace function stock_movements_append_only() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and current_setting('till.erasing', true) = 'on' and new.note = '' then
        new := old;
        new.note := '';
        return new;
    end if;
    raise exception 'stock_movements is append-only: write the reverse movement instead'
        using errcode = 'restrict_violation';
end
$$;

-- A notification that comes in late for an erased order brings no data of the buyer back. Whoever stores one has locked
-- its order, as the erasure has.
create function forget_buyer() returns trigger language plpgsql as $$
begin
    if exists (
        select from payments p join orders o on o.id = p.order_id
        where p.id = new.payment_id and o.recipient = ''
    ) then
        new.body := '';
    end if;
    return new;
end
$$;

create trigger payment_notifications_of_erased before insert on payment_notifications
    for each row when (new.payment_id is not null) execute function forget_buyer();

-- A blocked contact stays blocked when its owner is erased: the row then has a salted digest in place of the contact.
create table contact_salt (
    is_only_row boolean primary key default true check (is_only_row),
    salt bytea not null check (length(salt) >= 32)
);

insert into contact_salt (salt)
select decode(replace(gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex');

create function salted_digest(key text, salt bytea) returns text language sql immutable strict parallel safe
return 'sha256:' || encode(sha256(salt || convert_to(key, 'UTF8')), 'hex');

create function contact_digest(key text) returns text language sql stable strict
return (select salted_digest(key, salt) from contact_salt);

alter table blocked_contacts
    add column erased_at timestamptz,
    drop constraint blocked_contacts_check,
    add constraint blocked_contacts_check check (case when erased_at is not null
        then value ~ '^sha256:[0-9a-f]{64}$' and contact = '-' and reason = '-'
        else case kind
            when 'phone' then value ~ '^\+?[0-9]{3,15}(;ext=[0-9]{1,6})?$'
            when 'email' then value = lower(value) and value like '_%@_%' and length(value) <= 254
            else value !~ '[A-Z ]' and length(value) between 1 and 300
        end end);

-- Tells the checkout whether there are any.
create index blocked_contacts_erased_idx on blocked_contacts (id) where erased_at is not null;

-- Whether a text names a person: by an email address, or by a phone number, with no digit before or after it, also if
-- spaces or hyphens stand between its digits.
create function names_person(said text, emails text[], phones text[]) returns boolean
language plpgsql immutable parallel safe as $$
declare
    folded constant text := lower(said);
    wanted text;
begin
    foreach wanted in array emails loop
        if strpos(folded, wanted) > 0 then
            return true;
        end if;
    end loop;
    foreach wanted in array phones loop
        -- The last two digits are written without a space between them; the rest is slower.
        if strpos(folded, right(wanted, 2)) > 0 and strpos(translate(folded, ' .()-', ''), wanted) > 0 then
            wanted := '(^|[^0-9])' || wanted || '($|[^0-9])';
            if folded ~ wanted or regexp_replace(folded, '(?<=[0-9])[ .()-]+(?=[0-9])', '', 'g') ~ wanted then
                return true;
            end if;
        end if;
    end loop;
    return false;
end
$$;
