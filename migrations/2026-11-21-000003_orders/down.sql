drop table outbox;
drop table stock_movements;
drop function stock_movements_append_only();
drop table order_goods;
drop table orders;
