drop table low_stock_mails;
drop table low_stock_readers;
delete from outbox where kind = 'low_stock_mail';
