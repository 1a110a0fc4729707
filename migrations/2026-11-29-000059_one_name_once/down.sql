alter table options drop constraint options_name_key;
alter table option_values drop constraint option_values_name_key;
