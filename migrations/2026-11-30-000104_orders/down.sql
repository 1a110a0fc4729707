drop table reconciliations, order_days, order_goods, orders;
