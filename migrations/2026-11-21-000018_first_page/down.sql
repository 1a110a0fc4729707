drop index sku_figures_week_idx;
alter table sku_figures drop column sold_7;
drop table order_days;
drop index orders_status_idx;
drop index orders_placed_idx;
