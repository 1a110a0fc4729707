-- A number of 16 characters at most, and an extension of six behind `;ext=` (RFC 3966).
alter table addresses
    drop constraint addresses_phone_check,
    add constraint addresses_phone_check check (length(phone) between 5 and 32);
