-- A movement by staff has the token of its form: sent twice, it is applied once.

alter table stock_movements add column token text check (length(token) between 16 and 64);

create unique index stock_movements_token_key on stock_movements (sku_id, token) where token is not null;
