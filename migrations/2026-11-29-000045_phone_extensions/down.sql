update addresses set phone = split_part(phone, ';', 1) where phone like '%;%';
alter table addresses
    drop constraint addresses_phone_check,
    add constraint addresses_phone_check check (length(phone) between 5 and 20);
