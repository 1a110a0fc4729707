drop table store_settings;
