drop table addresses;
drop table users;
