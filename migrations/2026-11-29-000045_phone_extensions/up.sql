-- A number of at most 16 characters, and an extension of at most six after `;ext=` (RFC 3966).
alter table addresses
    drop constraint addresses_phone_check,
    add constraint addresses_phone_check check (length(phone) between 5 and 32);
