drop index stock_movements_token_key;
alter table stock_movements drop column token;
