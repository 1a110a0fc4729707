-- They were not validated before.
alter table users
    drop constraint users_email_check,
    add constraint users_email_check check (case when erased_at is null then length(email) between 3 and 254
        else email = '' end) not valid,
    drop constraint users_erased_check,
    add constraint users_erased_check check (erased_at is null or (role = 'shopper' and disabled_at is not null
        and password_hash = '' and username = 'erased#' || id)) not valid;

alter table orders
    drop constraint orders_erased_check,
    add constraint orders_erased_check check (recipient <> '' or (status in
        ('unreviewed', 'finished', 'canceled', 'refunded')
        and phone = '' and region = '' and street = '' and postcode = '' and note = '')) not valid;
